/** What every ledger store must do. Each test gets a store of its own, empty, with a grain of {@link contractGrain}. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OfferSetId, PoolId, RequesterId, SessionId } from '#model';
import { offerSetIdFrom, offerSetOf, sessionIdOf } from '#model';
import type { Claim, Hold, LedgerEvent } from '../booking.js';
import type { CommitBatch, LedgerStore } from '../booking-store.js';

/** Five minutes, in milliseconds. */
export const contractGrain = 300_000;

const at = Date.parse('2030-06-03T08:00:00Z');
const hour = 3_600_000;
const pool = 'n1/all' as PoolId;
const owner = 'local:alice' as RequesterId;

function batch(parts: Partial<CommitBatch>): CommitBatch {
  return { at, events: [], pools: [], newSets: [], accepts: [], rejects: [], expired: [], prolonged: [], releases: [], rebooked: [], ...parts };
}

function claim(cores: number, start = at + hour, length = hour): Claim {
  return { pool, interval: { start, end: start + length }, amount: { cores } };
}

function definePool(cores: number): CommitBatch {
  return batch({ events: [{ kind: 'pool', pool, total: { cores } }], pools: [{ pool, total: { cores } }] });
}

interface Made { readonly id: OfferSetId; readonly batch: CommitBatch }

function newSet(...claims: readonly Claim[]): Made {
  const id = offerSetIdFrom(randomUUID());
  const holds: readonly Hold[] = claims.map((one, index) => ({ index, claims: [one] }));
  const expires = at + 300_000;
  const events: readonly LedgerEvent[] = [{ kind: 'held', set: id, expires, holds }];
  return { id, batch: batch({ events, newSets: [{ id, owner, created: at, expires, holds, document: { offers: claims.length }, state: 'OFFERED' }] }) };
}

function accept(set: OfferSetId, claims: readonly Claim[], index = 0): CommitBatch {
  const session = sessionIdOf(set, index);
  const seed = { id: session, owner, phase: 'ACCEPTED' as const, due: at, document: { session: { created: at } } };
  return batch({ events: [{ kind: 'accepted', set, index }], accepts: [{ set, index, booking: { session, set, claims }, seed }] });
}

function reject(set: OfferSetId, index: number, last: boolean): CommitBatch {
  return batch({ events: [{ kind: 'rejected', set, index }], rejects: [{ set, index, last }] });
}

function release(session: SessionId, remaining: readonly Claim[], freed: readonly Claim[]): CommitBatch {
  return batch({ events: [{ kind: 'released', session, from: freed[0]?.interval.start ?? at }], releases: [{ session, remaining, freed }] });
}

function rebook(session: SessionId, ...claims: readonly Claim[]): CommitBatch {
  return batch({ events: [{ kind: 'rebooked', booking: session, claims }], rebooked: [{ session, set: offerSetOf(session), claims }] });
}

export function ledgerStoreContract(name: string, makeStore: () => Promise<{ store: LedgerStore; close(): Promise<void> }>): void {
  describe(`${name} as a ledger store`, () => {
    let made: Awaited<ReturnType<typeof makeStore>>;
    const commitAll = async (...batches: readonly CommitBatch[]): Promise<void> => {
      for (const one of batches) {
        const { version } = await made.store.snapshot(at);
        expect(await made.store.commit(version, one)).toEqual({ kind: 'committed', version: version + 1 });
      }
    };
    beforeEach(async () => { made = await makeStore(); });
    afterEach(() => made.close());

    fenceContract(() => made.store, commitAll);
    setContract(() => made.store, commitAll);
    bookingContract(() => made.store, commitAll);
    rebookContract(() => made.store, commitAll);
  });
}

type CommitAll = (...batches: readonly CommitBatch[]) => Promise<void>;

function fenceContract(store: () => LedgerStore, commitAll: CommitAll): void {
  it('starts empty at version 0', async () => {
    expect(await store().snapshot(at)).toEqual({ version: 0, pools: [], bookings: [], open: [] });
    expect(await store().since(0)).toEqual([]);
  });

  it('lets only one of two commits on the same version through, and the other leaves no trace', async () => {
    await commitAll(definePool(8));
    const [a, b] = [newSet(claim(1)), newSet(claim(2))];
    const results = await Promise.all([store().commit(1, a.batch), store().commit(1, b.batch)]);
    expect(results.map((one) => one.kind).sort()).toEqual(['committed', 'conflict']);
    const snapshot = await store().snapshot(at);
    expect(snapshot.version).toBe(2);
    expect(snapshot.open).toHaveLength(1);
  });

  it('refuses a commit on a version that is past or yet to come', async () => {
    await commitAll(definePool(8));
    expect(await store().commit(0, newSet(claim(1)).batch)).toEqual({ kind: 'conflict' });
    expect(await store().commit(7, newSet(claim(1)).batch)).toEqual({ kind: 'conflict' });
  });

  it('tells the events after a version, oldest first, as they were written', async () => {
    const set = newSet(claim(1));
    await commitAll(definePool(8), set.batch);
    expect(await store().since(0)).toEqual([{ version: 1, events: definePool(8).events }, { version: 2, events: set.batch.events }]);
    expect(await store().since(2)).toEqual([]);
  });

  it('tells on taking a turn what was missed, and keeps others waiting until it is left', async () => {
    const [set, mine, other] = [newSet(claim(1)), newSet(claim(2)), newSet(claim(3))];
    await commitAll(definePool(8), set.batch);
    const turn = await store().takeTurn(1);
    expect(turn.missed).toEqual([{ version: 2, events: set.batch.events }]);
    const [late, next] = [store().commit(2, other.batch), store().takeTurn(2)];
    expect(await turn.commit(2, mine.batch, false)).toEqual({ kind: 'committed', version: 3 });
    expect(await turn.commit(2, mine.batch, false)).toEqual({ kind: 'conflict' });
    await turn.leave();
    await turn.leave();
    expect(await late).toEqual({ kind: 'conflict' });
    const { missed, leave } = await next;
    expect(missed).toEqual([{ version: 3, events: mine.batch.events }]);
    await leave();
    expect((await store().snapshot(at)).open).toHaveLength(2);
  });

  it('ends a turn with its last commit, made or refused', async () => {
    const set = newSet(claim(1));
    await commitAll(definePool(8));
    const first = await store().takeTurn(1);
    expect(await first.commit(1, set.batch, true)).toEqual({ kind: 'committed', version: 2 });
    const second = await store().takeTurn(2);
    await expect(second.commit(2, accept(offerSetIdFrom(randomUUID()), [claim(1)]), true)).rejects.toThrow();
    const third = await store().takeTurn(2);
    expect(await third.commit(1, newSet(claim(2)).batch, true)).toEqual({ kind: 'conflict' });
    await commitAll(newSet(claim(2)).batch);
  });
}

function setContract(store: () => LedgerStore, commitAll: CommitAll): void {
  it('keeps an offer set as one row with its holds and document', async () => {
    const set = newSet(claim(1), claim(2, at + 2 * hour));
    await commitAll(definePool(8), set.batch);
    const [row] = set.batch.newSets;
    expect(await store().offerSet(set.id)).toEqual({ ...row, rejected: [], modified: at });
    expect((await store().snapshot(at)).open).toEqual([{ set: set.id, expires: row?.expires, holds: row?.holds, rejected: [] }]);
    expect(await store().offerSet(offerSetIdFrom(randomUUID()))).toBeUndefined();
  });

  it('keeps a refused set without anything held', async () => {
    const id = offerSetIdFrom(randomUUID());
    await commitAll(batch({ newSets: [{ id, owner, created: at, expires: at, holds: [], document: { why: 'full' }, state: 'REFUSED' }] }));
    expect(await store().offerSet(id)).toMatchObject({ state: 'REFUSED', document: { why: 'full' } });
    expect((await store().snapshot(at)).open).toEqual([]);
  });

  it('accepts an offer once, with its booking, and closes its set', async () => {
    const set = newSet(claim(1), claim(2));
    await commitAll(definePool(8), set.batch, accept(set.id, [claim(2)], 1));
    expect(await store().offerSet(set.id)).toMatchObject({ state: 'ACCEPTED', accepted: 1 });
    const snapshot = await store().snapshot(at);
    expect(snapshot.bookings).toEqual([{ session: sessionIdOf(set.id, 1), set: set.id, claims: [claim(2)] }]);
    expect(snapshot.open).toEqual([]);
    await expect(store().commit(3, accept(set.id, [claim(1)]))).rejects.toThrow();
    expect((await store().snapshot(at)).version).toBe(3);
  });

  it('refuses to accept an expired, rejected or unknown offer', async () => {
    const set = newSet(claim(1), claim(2));
    await commitAll(definePool(8), set.batch, reject(set.id, 0, false));
    await expect(store().commit(3, accept(set.id, [claim(1)]))).rejects.toThrow();
    await expect(store().commit(3, { ...accept(set.id, [claim(2)], 1), at: at + 300_000 })).rejects.toThrow();
    await expect(store().commit(3, accept(offerSetIdFrom(randomUUID()), [claim(1)]))).rejects.toThrow();
    expect((await store().snapshot(at)).version).toBe(3);
  });

  it('remembers which offers were rejected, and closes the set with the last of them', async () => {
    const set = newSet(claim(1), claim(2));
    await commitAll(definePool(8), set.batch, reject(set.id, 1, false));
    expect(await store().offerSet(set.id)).toMatchObject({ state: 'OFFERED', rejected: [1] });
    expect((await store().snapshot(at)).open[0]?.rejected).toEqual([1]);
    await commitAll(reject(set.id, 0, true));
    expect(await store().offerSet(set.id)).toMatchObject({ state: 'REJECTED', rejected: [1, 0] });
    expect((await store().snapshot(at)).open).toEqual([]);
  });

  it('moves the expiry of an open set, with other holds and another document where they are given', async () => {
    const [later, wider] = [newSet(claim(1)), newSet(claim(1))];
    const holds = [{ index: 0, claims: [claim(1, at + hour, 2 * hour)] }];
    const prolong = (set: OfferSetId, more: { holds?: readonly Hold[]; document?: unknown } = {}): CommitBatch => batch({ events: [{ kind: 'prolonged', set, expires: at + 600_000, ...(more.holds ? { holds: more.holds } : {}) }], prolonged: [{ set, expires: at + 600_000, ...more }] });
    await commitAll(definePool(8), later.batch, wider.batch, prolong(later.id), prolong(wider.id, { holds, document: { text: 'as \u0000 it is' } }));
    expect(await store().offerSet(later.id)).toMatchObject({ state: 'OFFERED', expires: at + 600_000, holds: later.batch.newSets[0]?.holds, document: { offers: 1 } });
    expect(await store().offerSet(wider.id)).toMatchObject({ expires: at + 600_000, holds, document: { text: 'as \u0000 it is' } });
    expect((await store().snapshot(at)).open.map(({ set, expires, holds: held }) => [set, expires, held]).sort())
      .toEqual([[later.id, at + 600_000, later.batch.newSets[0]?.holds], [wider.id, at + 600_000, holds]].sort());
    await commitAll({ ...accept(later.id, [claim(1)]), at: at + 500_000 });
    await expect(store().commit(6, prolong(later.id))).rejects.toThrow();
    await expect(store().commit(6, { ...prolong(wider.id), at: at + 600_000 })).rejects.toThrow();
    expect((await store().since(4))[0]?.events).toEqual([{ kind: 'prolonged', set: wider.id, expires: at + 600_000, holds }]);
  });

  it('closes expired sets', async () => {
    const set = newSet(claim(1));
    await commitAll(definePool(8), set.batch, batch({ at: at + 300_000, events: [{ kind: 'expired', set: set.id }], expired: [set.id] }));
    expect(await store().offerSet(set.id)).toMatchObject({ state: 'EXPIRED', modified: at + 300_000 });
    await expect(store().commit(3, accept(set.id, [claim(1)]))).rejects.toThrow();
  });
}

function bookingContract(store: () => LedgerStore, commitAll: CommitAll): void {
  const book = async (...claims: readonly Claim[]): Promise<SessionId> => {
    const set = newSet(...claims);
    await commitAll(set.batch, accept(set.id, claims));
    return sessionIdOf(set.id, 0);
  };

  it('refuses a booking that does not fit, whatever the caller believes', async () => {
    await commitAll(definePool(8));
    await book(claim(5));
    const set = newSet(claim(4));
    await commitAll(set.batch);
    await expect(store().commit(4, accept(set.id, [claim(4)]))).rejects.toThrow();
    expect(await store().offerSet(set.id)).toMatchObject({ state: 'OFFERED' });
    await book(claim(3));
  });

  it('counts bookings rounded outward to the grain', async () => {
    await commitAll(definePool(8));
    await book(claim(8, at + hour + 60_000, hour));
    const set = newSet(claim(1, at + 2 * hour + 120_000));
    await commitAll(set.batch);
    await expect(store().commit(4, accept(set.id, [claim(1, at + 2 * hour + 120_000)]))).rejects.toThrow();
    await book(claim(8, at + 2 * hour + 300_000));
  });

  it('gives back what a release frees, and keeps what remains', async () => {
    await commitAll(definePool(8));
    const session = await book(claim(8, at + hour, 2 * hour));
    await commitAll(release(session, [claim(8)], [claim(8, at + 2 * hour)]));
    expect((await store().snapshot(at)).bookings[0]?.claims).toEqual([claim(8)]);
    await book(claim(8, at + 2 * hour));
    const set = newSet(claim(1));
    await commitAll(set.batch);
    const { version } = await store().snapshot(at);
    await expect(store().commit(version, accept(set.id, [claim(1)]))).rejects.toThrow();
  });

  it('leaves bookings out of a snapshot that ended before it, or that were released whole', async () => {
    await commitAll(definePool(8));
    const session = await book(claim(8));
    expect((await store().snapshot(at + 2 * hour)).bookings).toEqual([]);
    await commitAll(release(session, [], [claim(8)]));
    expect((await store().snapshot(at)).bookings).toEqual([]);
    await book(claim(8));
  });

  it('refuses to cut a pool below what is booked, and grows it at will', async () => {
    await commitAll(definePool(8));
    await book(claim(6));
    await expect(store().commit(3, definePool(5))).rejects.toThrow();
    await commitAll(definePool(6), definePool(20));
    expect((await store().snapshot(at)).pools).toEqual([{ pool, total: { cores: 20 } }]);
    await book(claim(14));
  });

  it('adds pools and kinds of resources as they come', async () => {
    await commitAll(definePool(8), batch({ events: [], pools: [{ pool, total: { cores: 8, 'gpu:a100': 2 } }, { pool: 'n2/all' as PoolId, total: { memory: 64 } }] }));
    const { pools } = await store().snapshot(at);
    expect([...pools].sort((a, b) => a.pool.localeCompare(b.pool))).toEqual([{ pool, total: { cores: 8, 'gpu:a100': 2 } }, { pool: 'n2/all', total: { memory: 64 } }]);
    await book({ ...claim(8), amount: { cores: 8, 'gpu:a100': 2 } });
  });
}

function rebookContract(store: () => LedgerStore, commitAll: CommitAll): void {
  const newSession = (): SessionId => sessionIdOf(offerSetIdFrom(randomUUID()), 0);
  const nextVersion = async (): Promise<number> => (await store().snapshot(at)).version;

  it('makes a booking without an offer, moves, resizes and removes it, and nobody else gets what it has', async () => {
    const [entry, other] = [newSession(), newSession()];
    await commitAll(definePool(8), rebook(entry, claim(6)));
    await expect(store().commit(await nextVersion(), rebook(other, claim(3)))).rejects.toThrow();
    await commitAll(rebook(entry, claim(4), claim(8, at + 3 * hour)), rebook(other, claim(4)));
    expect((await store().snapshot(at)).bookings).toContainEqual({ session: entry, set: offerSetOf(entry), claims: [claim(4), claim(8, at + 3 * hour)] });
    await expect(store().commit(await nextVersion(), rebook(other, claim(1, at + 3 * hour)))).rejects.toThrow();
    await commitAll(rebook(entry), rebook(other, claim(8), claim(8, at + 3 * hour)), rebook(entry));
    expect((await store().snapshot(at)).bookings).toEqual([{ session: other, set: offerSetOf(other), claims: [claim(8), claim(8, at + 3 * hour)] }]);
  });

  it('extends what was accepted, and swaps two bookings in one commit', async () => {
    const set = newSet(claim(8));
    const [accepted, entry] = [sessionIdOf(set.id, 0), newSession()];
    await commitAll(definePool(8), set.batch, accept(set.id, [claim(8)]), rebook(accepted, claim(8, at + hour, 2 * hour)), rebook(entry, claim(8, at + 4 * hour)));
    const [a, b] = [rebook(accepted, claim(8, at + 4 * hour)), rebook(entry, claim(8))];
    await commitAll(batch({ events: [...a.events, ...b.events], rebooked: [...a.rebooked, ...b.rebooked] }));
    expect((await store().snapshot(at)).bookings.map(({ session, claims }) => [session, claims[0]?.interval.start]).sort())
      .toEqual([[accepted, at + 4 * hour], [entry, at + hour]].sort());
  });
}
