import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OfferSetId, PoolId, RequesterId, SessionId } from '#model';
import { offerSetIdFrom, offerSetOf, sessionIdOf } from '#model';
import type { Claim } from '../booking.js';
import { claimsBeyond } from '../times/claims-beyond.js';
import { Ledger } from '../index.js';
import { addSteps, stepsOfClaims } from '../testing/brute-force.js';
import { MemoryLedgerStore } from '../testing/index.js';

const grain = 300_000;
const hour = 12 * grain;
const start = Date.parse('2030-06-03T08:00:00Z');
const pool = 'n1/all' as PoolId;
const newId = (): SessionId => sessionIdOf(offerSetIdFrom(randomUUID()), 0);
const claim = (cores: number, from = 0, length = hour): Claim => ({ pool, interval: { start: start + from, end: start + from + length }, amount: { cores } });

async function ledgerOf(store = new MemoryLedgerStore(grain), clock = { at: start }): Promise<Ledger> {
  const silent = (): undefined => undefined;
  const ledger = await Ledger.open({
    store, clock: { now: () => clock.at, sleep: () => Promise.resolve() }, log: { debug: silent, info: silent, warn: silent, error: silent },
    grain, horizon: 240 * hour, alarm: (one) => { throw new Error(JSON.stringify(one)); },
  });
  await ledger.definePools([{ pool, total: { cores: 8 } }]);
  return ledger;
}

function hold(ledger: Ledger, set: OfferSetId, held: Claim): Promise<unknown> {
  return ledger.offer({
    set, owner: 'local:a' as RequesterId, created: start, expires: start + grain,
    choose: () => [{ query: 0, start: held.interval.start, duration: hour, granted: held.amount, claims: [held] }],
    compose: () => ({ document: {}, state: 'OFFERED' }),
  });
}

describe('Ledger.rebook', () => {
  it('makes a booking without an offer, tells what each change adds and frees, and removes it', async () => {
    const ledger = await ledgerOf();
    const id = newId();
    expect(await ledger.rebook(id, [claim(4)])).toEqual({ kind: 'rebooked', freed: [], added: [claim(4)] });
    expect(ledger.bookingOf(id)).toEqual({ session: id, set: offerSetOf(id), claims: [claim(4)] });
    expect(await ledger.rebook(id, [claim(6, 0, 2 * hour)])).toEqual({ kind: 'rebooked', freed: [], added: [claim(2), claim(6, hour)] });
    expect(await ledger.rebook(id, [claim(1)])).toEqual({ kind: 'rebooked', freed: [claim(5), claim(6, hour)], added: [] });
    expect(await ledger.rebook(id, [claim(1)])).toEqual({ kind: 'rebooked', freed: [], added: [] });
    expect(await ledger.rebook(id, [])).toEqual({ kind: 'rebooked', freed: [claim(1)], added: [] });
    expect(ledger.bookings({ start, end: start + hour })).toEqual([]);
  });

  it('refuses what does not fit, names who is in the way, and changes nothing', async () => {
    const ledger = await ledgerOf();
    const [id, other, elsewhere, set] = [newId(), newId(), newId(), offerSetIdFrom(randomUUID())];
    await ledger.rebook(other, [claim(5)]);
    await ledger.rebook(elsewhere, [claim(8, 2 * hour)]);
    await hold(ledger, set, claim(3, 0, 2 * hour));
    expect(await ledger.rebook(id, [claim(1)])).toEqual({ kind: 'refused', sessions: [other], sets: [set] });
    expect(await ledger.rebook(other, [claim(5, 0, 3 * hour)])).toEqual({ kind: 'refused', sessions: [elsewhere], sets: [] });
    expect(await ledger.rebook(other, [claim(9, 0)])).toEqual({ kind: 'refused', sessions: [], sets: [set] });
    expect(ledger.bookingOf(id)).toBeUndefined();
    expect(ledger.bookingOf(other)?.claims).toEqual([claim(5)]);
    expect(await ledger.rebook(other, [claim(5, hour)])).toMatchObject({ kind: 'rebooked' });
  });

  it('expires what is due before it refuses', async () => {
    const clock = { at: start };
    const ledger = await ledgerOf(undefined, clock);
    await hold(ledger, offerSetIdFrom(randomUUID()), claim(8));
    const id = newId();
    expect(await ledger.rebook(id, [claim(8)])).toMatchObject({ kind: 'refused' });
    clock.at += grain;
    expect(await ledger.rebook(id, [claim(8)])).toMatchObject({ kind: 'rebooked' });
  });

  it('reaches the other replicas, and a replica that starts', async () => {
    const store = new MemoryLedgerStore(grain);
    const [a, b] = [await ledgerOf(store), await ledgerOf(store)];
    const [id, set] = [newId(), offerSetIdFrom(randomUUID())];
    await a.rebook(id, [claim(8)], { set });
    expect(await b.rebook(newId(), [claim(1)])).toEqual({ kind: 'refused', sessions: [id], sets: [] });
    expect(b.bookingOf(id)?.set).toBe(set);
    const late = await ledgerOf(store);
    expect(late.bookings({ start, end: start + 1 })).toEqual([{ session: id, set, claims: [claim(8)] }]);
    expect(late.preview((profile) => [profile.freeDuring(pool, { start: start + hour - 1, end: start + 2 * hour }), profile.freeDuring(pool, { start: start + hour, end: start + 2 * hour })])).toEqual([{ cores: 0 }, { cores: 8 }]);
  });
});

describe('claimsBeyond', () => {
  const claims = fc.array(fc.record({ from: fc.integer({ min: 0, max: 12 }), length: fc.integer({ min: 1, max: 8 }), cores: fc.integer({ min: 0, max: 3 }), memory: fc.integer({ min: 0, max: 3 }), isFirst: fc.boolean() })
    .map(({ from, length, cores, memory, isFirst }): Claim => ({ pool: (isFirst ? 'a' : 'b') as PoolId, interval: { start: from, end: from + length }, amount: { cores, memory } })), { maxLength: 5 });
  const use = (all: readonly Claim[]): Map<string, number> => {
    const counted = new Map<string, number>();
    addSteps(counted, stepsOfClaims(all, 1));
    return counted;
  };

  it('is at each instant what one takes more than the other', () => {
    fc.assert(fc.property(claims, claims, (more, less) => {
      const [a, b, beyond] = [use(more), use(less), use(claimsBeyond(more, less))];
      for (const [key, amount] of a) expect(beyond.get(key) ?? 0).toBe(Math.max(0, amount - (b.get(key) ?? 0)));
      for (const key of beyond.keys()) expect(a.has(key)).toBe(true);
    }));
  });
});
