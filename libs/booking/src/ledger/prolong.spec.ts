import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OfferSetId, PoolId, RequesterId } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import { HandClock } from '#runtime/testing';
import type { Claim } from '../booking.js';
import { Ledger } from '../index.js';
import { MemoryLedgerStore } from '../testing/index.js';

const grain = 300_000;
const hour = 12 * grain;
const start = Date.parse('2030-06-03T08:00:00Z');
const owner = 'local:a' as RequesterId;
const pool = 'n1/all' as PoolId;
const silent = (): undefined => undefined;
const claim = (cores: number, length = hour): Claim => ({ pool, interval: { start, end: start + length }, amount: { cores } });

async function ledgerOf(store: MemoryLedgerStore, clock: HandClock): Promise<Ledger> {
  const ledger = await Ledger.open({
    store, clock, log: { debug: silent, info: silent, warn: silent, error: silent }, grain, horizon: 240 * hour,
    alarm: (one) => { throw new Error(JSON.stringify(one)); },
  });
  await ledger.definePools([{ pool, total: { cores: 8 } }]);
  return ledger;
}

async function hold(ledger: Ledger, cores: number, expires = start + grain): Promise<OfferSetId> {
  const set = offerSetIdFrom(randomUUID());
  await ledger.offer({
    set, owner, created: start, expires,
    choose: () => [{ query: 0, start, duration: hour, granted: { cores }, claims: [claim(cores)] }],
    compose: () => ({ document: { as: 'offered' }, state: 'OFFERED' }),
  });
  return set;
}

const accept = (ledger: Ledger, set: OfferSetId): Promise<unknown> => ledger.accept(set, 0, { id: sessionIdOf(set, 0), owner, phase: 'ACCEPTED', due: start, document: {} });

describe('Ledger.prolong', () => {
  it('keeps a set open beyond its first expiry, on every replica and after a start', async () => {
    const [store, clock] = [new MemoryLedgerStore(grain), new HandClock(start)];
    const [ledger, other] = [await ledgerOf(store, clock), await ledgerOf(store, clock)];
    const set = await hold(ledger, 8);
    expect(await ledger.prolong(set, { expires: start + 3 * grain })).toEqual({ kind: 'prolonged', expires: start + 3 * grain });
    expect(ledger.nextExpiry()).toBe(start + 3 * grain);
    await clock.moveTo(start + 2 * grain);
    expect(await other.expireDue()).toBe(0);
    expect((await ledgerOf(store, clock)).nextExpiry()).toBe(start + 3 * grain);
    expect(await accept(other, set)).toMatchObject({ kind: 'accepted' });
  });

  it('moves an expiry nearer, but not into the past', async () => {
    const clock = new HandClock(start);
    const ledger = await ledgerOf(new MemoryLedgerStore(grain), clock);
    const set = await hold(ledger, 8);
    // What was asked for may be over when it is decided.
    expect(await ledger.prolong(set, { expires: start })).toEqual({ kind: 'refused', why: 'past' });
    expect(await ledger.prolong(set, { expires: start + 1000 })).toMatchObject({ kind: 'prolonged' });
    await clock.moveTo(start + 1000);
    expect(await accept(ledger, set)).toEqual({ kind: 'refused', why: 'expired' });
  });

  it('refuses who has seen another expiry than it has now', async () => {
    const ledger = await ledgerOf(new MemoryLedgerStore(grain), new HandClock(start));
    const set = await hold(ledger, 8);
    expect(await ledger.prolong(set, { expires: start + 2 * grain, from: start + grain })).toMatchObject({ kind: 'prolonged' });
    expect(await ledger.prolong(set, { expires: start + 3 * grain, from: start + grain })).toEqual({ kind: 'refused', why: 'changed' });
  });

  it('refuses a set whose time is over, that was accepted, or that nobody knows', async () => {
    const clock = new HandClock(start);
    const ledger = await ledgerOf(new MemoryLedgerStore(grain), clock);
    const [late, taken] = [await hold(ledger, 2), await hold(ledger, 2)];
    await accept(ledger, taken);
    expect(await ledger.prolong(taken, { expires: start + hour })).toEqual({ kind: 'refused', why: 'accepted' });
    expect(await ledger.prolong(offerSetIdFrom(randomUUID()), { expires: start + hour })).toEqual({ kind: 'refused', why: 'unknown' });
    await clock.moveTo(start + grain);
    expect(await ledger.prolong(late, { expires: start + hour })).toEqual({ kind: 'refused', why: 'expired' });
  });

  it('holds more when that is free, names who is in the way when it is not, and then changes nothing', async () => {
    const [store, clock] = [new MemoryLedgerStore(grain), new HandClock(start)];
    const ledger = await ledgerOf(store, clock);
    const [set, other] = [await hold(ledger, 4), await hold(ledger, 4)];
    const wider = [{ index: 0, claims: [claim(4, 2 * hour)] }];
    expect(await ledger.prolong(set, { expires: start + 2 * grain, holds: wider, document: { as: 'prolonged' } })).toMatchObject({ kind: 'prolonged' });
    expect(await store.offerSet(set)).toMatchObject({ expires: start + 2 * grain, holds: wider, document: { as: 'prolonged' } });
    const before = await store.snapshot(start);
    expect(await ledger.prolong(other, { expires: start + hour, holds: [{ index: 0, claims: [claim(5)] }] })).toEqual({ kind: 'in-the-way', sessions: [], sets: [set] });
    await expect(ledger.prolong(other, { expires: start + hour, holds: [] })).rejects.toMatchObject({ word: 'defect' });
    expect(await store.snapshot(start)).toEqual(before);
    expect(await accept(ledger, set)).toMatchObject({ booking: { claims: [claim(4, 2 * hour)] } });
    expect(await ledger.prolong(other, { expires: start + hour, holds: [{ index: 0, claims: [claim(8)] }] })).toEqual({ kind: 'in-the-way', sessions: [sessionIdOf(set, 0)], sets: [] });
  });
});
