import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CalendarEntry, CalendarEntryId, PoolId, Resources, Stretch } from '#model';
import type { Claim } from '#booking';
import { amountAt, clip, isSameShape, joinClaims } from './claim-shapes.js';
import { blockPoolOf, totalsOf, wantedClaims } from './wanted.js';

const hour = 3_600_000;
const pool = 'stage/main' as PoolId;
const reach = { start: 0, end: 50 * hour };
const bases = new Map<PoolId, Resources>([[pool, { cores: 16 }]]);

function anEntry(kind: CalendarEntry['kind'], times: readonly Stretch[], cores?: number): CalendarEntry {
  const block = kind === 'block' ? { block: { group: 'ws', whenFull: 'general' as const } } : {};
  return { id: `0000000${cores ?? 0}-0000-4000-8000-000000000001` as CalendarEntryId, kind, pool, times, forced: false, created: 0, ...(cores === undefined ? {} : { amounts: { cores } }), ...block };
}

const times = fc.uniqueArray(fc.integer({ min: 0, max: 48 }), { minLength: 2, maxLength: 6 }).map((edges): readonly Stretch[] => {
  const sorted = edges.sort((a, b) => a - b);
  return Array.from({ length: Math.floor(sorted.length / 2) }, (_, index) => ({ start: (sorted[2 * index] ?? 0) * hour, end: (sorted[2 * index + 1] ?? 0) * hour }));
});

function lasts(entry: CalendarEntry, at: number): boolean {
  return entry.times.some((one) => one.start <= at && at < (one.end ?? Infinity));
}

describe('what entries take', () => {
  it('leaves at every hour just what is there: bases and growth, less maintenance and blocks, and of a block its amounts while it lasts', () => {
    const entries = fc.tuple(times, times, times, times).map(([growth, repair, course, all]) =>
      [anEntry('growth', growth, 8), anEntry('maintenance', repair, 3), anEntry('block', course, 5), anEntry('maintenance', all)] as const);
    fc.assert(fc.property(entries, ([growth, repair, course, all]) => {
      const known = [growth, repair, course, all];
      const totals = totalsOf(bases, known);
      const left = (of: readonly CalendarEntry[], place: PoolId, at: number): number =>
        (totals.get(place)?.['cores'] ?? 0) - of.reduce((sum, entry) => sum + amountAt(wantedClaims(entry, { bases, entries: known, reach }), { pool: place, resource: 'cores' }, at), 0);
      for (let at = 0; at < 50 * hour; at += hour) {
        const there = 16 + (lasts(growth, at) ? 8 : 0);
        expect(left([growth, repair, course], pool, at)).toBe(there - (lasts(repair, at) ? 3 : 0) - (lasts(course, at) ? 5 : 0));
        expect(left([growth, all], pool, at)).toBe(lasts(all, at) ? 0 : there);
        expect(left([course], blockPoolOf(course), at)).toBe(lasts(course, at) ? 5 : 0);
      }
    }), { numRuns: 200 });
  });

  it('reaches beyond what can be offered where it has no end', () => {
    expect(wantedClaims(anEntry('maintenance', [{ start: 4 * hour }], 3), { bases, entries: [], reach })).toEqual([{ pool, interval: { start: 4 * hour, end: reach.end }, amount: { cores: 3 } }]);
  });

  it('calls a block\'s pool by its name, else by its identifier', () => {
    expect(blockPoolOf(anEntry('block', [], 5))).toBe('stage/block-00000005');
    expect(blockPoolOf({ ...anEntry('block', [], 5), name: 'ws' })).toBe('stage/block-ws');
  });
});

describe('claims as shapes', () => {
  it('are the same whatever pieces they are written in', () => {
    fc.assert(fc.property(times, fc.array(fc.integer({ min: 1, max: 49 }), { maxLength: 5 }), (all, cuts) => {
      const claims = all.map((one): Claim => ({ pool, interval: { start: one.start, end: one.end ?? 0 }, amount: { cores: 2, memory: 0 } }));
      const edges = [0, ...cuts.sort((a, b) => a - b).map((cut) => cut * hour), 50 * hour];
      const pieces = edges.slice(1).flatMap((end, index) => clip(claims, { start: edges[index] ?? 0, end }));
      expect(isSameShape(claims, pieces)).toBe(true);
      expect(joinClaims(pieces)).toEqual(joinClaims(claims));
    }), { numRuns: 200 });
  });

  it('differ by any amount', () => {
    const one: Claim = { pool, interval: { start: 0, end: hour }, amount: { cores: 2 } };
    expect(isSameShape([one], [{ ...one, amount: { cores: 3 } }])).toBe(false);
    expect(isSameShape([one], [])).toBe(false);
  });
});
