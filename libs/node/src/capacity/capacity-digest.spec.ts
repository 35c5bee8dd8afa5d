import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant, OfferSetId, PoolId, SessionId } from '#model';
import type { Booking, Claim } from '#booking';
import { freeAhead } from './capacity-digest.js';

const at = (iso: string): Instant => Date.parse(iso);
const now = at('2030-06-03T08:20:00Z');
const minute = 60_000;
const pool = (name: string): PoolId => name as PoolId;

function booked(...claims: readonly Claim[]): readonly Booking[] {
  return claims.map((claim, index) => ({ session: `s${index}` as SessionId, set: `o${index}` as OfferSetId, claims: [claim] }));
}

const claim = (start: string, end: string, cores: number, on = 'a/main'): Claim => ({ pool: pool(on), interval: { start: at(start), end: at(end) }, amount: { cores } });
const source = (bookings: readonly Booking[], pools = [{ pool: pool('a/main'), total: { cores: 8 } }]) => ({ pools, bookings: () => bookings, grain: 5 * minute });

describe('what may be free ahead', () => {
  it('is the most of each hour: an hour that is free in part counts as free', () => {
    const { window, step, free } = freeAhead(source(booked(claim('2030-06-03T08:00:00Z', '2030-06-03T09:30:00Z', 6), claim('2030-06-03T09:00:00Z', '2030-06-03T11:00:00Z', 2))), now);
    expect([window.start, step, free.cores?.length]).toEqual([at('2030-06-03T08:00:00Z'), 60 * minute, 7 * 24]);
    expect(free.cores?.slice(0, 4)).toEqual([2, 6, 6, 8]);
  });

  it('is that of the pool that has most', () => {
    const pools = [{ pool: pool('a/main'), total: { cores: 8 } }, { pool: pool('a/big'), total: { cores: 16 } }];
    expect(freeAhead(source(booked(claim('2030-06-03T08:00:00Z', '2030-06-03T09:00:00Z', 12, 'a/big')), pools), now).free.cores?.slice(0, 2)).toEqual([8, 16]);
  });

  it('limits nothing where a platform counts something else', () => {
    const pools = [{ pool: pool('a/main'), total: { cores: 8 } }, { pool: pool('b/slots'), total: { sessions: 3 } }];
    expect(freeAhead(source([], pools as never), now).free).toEqual({});
  });

  it('is never less than what is free at any moment', () => {
    const stretch = fc.tuple(fc.integer({ min: -60, max: 2_000 }), fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(fc.property(fc.array(stretch, { maxLength: 12 }), fc.constantFrom(1, 5, 7, 30, 90), fc.integer({ min: 0, max: 2_000 }), (stretches, grain, moment) => {
      const claims = stretches.map(([start, length, cores]): Claim => ({ pool: pool('a/main'), interval: { start: now + start * minute, end: now + (start + length) * minute }, amount: { cores } }));
      const { window, step, free } = freeAhead({ ...source(booked(...claims)), grain: grain * minute }, now);
      const when = now + moment * minute;
      const used = claims.filter(({ interval }) => interval.start <= when && when < interval.end).reduce((sum, { amount }) => sum + (amount['cores'] ?? 0), 0);
      expect(free.cores?.[Math.floor((when - window.start) / step)]).toBeGreaterThanOrEqual(8 - used);
    }));
  });

  it('tells accelerators from the pools that count them, and nothing of a type that nobody counts now', () => {
    const pools = [{ pool: 'a/gpu' as PoolId, total: { cores: 8, a100: 4 } }, { pool: 'a/more' as PoolId, total: { cores: 8, a100: 2 } }, { pool: 'b/main' as PoolId, total: { cores: 4 } }];
    const taken = booked({ ...claim('2030-06-03T08:00:00Z', '2030-06-03T09:00:00Z', 1, 'a/gpu'), amount: { a100: 3 } });
    const { free } = freeAhead(source(taken, pools as never), now, ['a100', 'h100']);
    expect([free['a100']?.slice(0, 2), free['h100']]).toEqual([[2, 4], undefined]);
  });
});
