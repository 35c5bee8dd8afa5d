import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OfferSetId, PoolId, RequesterId, Resources, SessionId } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import type { Claim, CommitBatch, LedgerStore } from '#booking';
import { HandClock } from '#runtime/testing';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { openPersistence } from '../open-persistence.js';
import type { Persistence } from '../open-persistence.js';
import { testDatabase } from '../testing/index.js';
import type { TestDatabase } from '../testing/index.js';

const grain = 300_000;
const now = Date.parse('2030-06-03T09:00:00Z');
const hour = 3_600_000;
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const owner = 'local:alice' as RequesterId;

let database: TestDatabase;
let persistence: Persistence;
let ledger: LedgerStore;

function open(url: string, step = grain): Promise<Persistence> {
  return openPersistence({ url, grain: step, log, clock: new HandClock(now) });
}

beforeAll(async () => {
  database = await testDatabase();
  persistence = await open(database.url);
  ledger = persistence.ledger;
});

afterAll(async () => {
  await persistence.close();
  await database.drop();
});

const empty: CommitBatch = { at: now, events: [], pools: [], newSets: [], accepts: [], rejects: [], expired: [], prolonged: [], releases: [], rebooked: [] };

function claim(pool: PoolId, from: number, length: number, amount: Resources): Claim {
  return { pool, interval: { start: from, end: from + length }, amount };
}

function offered(claims: readonly Claim[], expires = now + hour): { set: OfferSetId; batch: CommitBatch } {
  const set = offerSetIdFrom(randomUUID());
  const holds = [{ index: 0, claims }, { index: 1, claims }];
  return { set, batch: { ...empty, newSets: [{ id: set, owner, created: now, expires, holds, document: { text: 'as \u0000 it came' }, state: 'OFFERED' }], events: [{ kind: 'held', set, expires, holds }] } };
}

function accepted(set: OfferSetId, claims: readonly Claim[], at = now): CommitBatch {
  const session = sessionIdOf(set, 0);
  return {
    ...empty, at, events: [{ kind: 'accepted', set, index: 0 }],
    accepts: [{ set, index: 0, booking: { session, set, claims }, seed: { id: session, owner, phase: 'ACCEPTED', due: now, document: { session: { id: session, created: now } } } }],
  };
}

async function version(): Promise<number> {
  return (await ledger.snapshot(0)).version;
}

async function freshPool(total: Resources): Promise<PoolId> {
  const pool = `local/${randomUUID()}` as PoolId;
  await ledger.commit(await version(), { ...empty, events: [{ kind: 'pool', pool, total }], pools: [{ pool, total }] });
  return pool;
}

/** Offers and accepts the claims, without asking whether they fit. */
async function book(claims: readonly Claim[]): Promise<SessionId> {
  const { set, batch } = offered(claims);
  await ledger.commit(await version(), batch);
  await ledger.commit(await version(), accepted(set, claims));
  return sessionIdOf(set, 0);
}

/** What the guard calls free of each kind, where that changes. */
async function guard(pool: PoolId): Promise<readonly { kind: string; t: number; free: number }[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query<{ kind: string; t: string; free: string }>(`
    select kind, t, free from (select p.kinds[g.kind] as kind, g.t, g.free, lag(g.free) over (partition by g.kind order by g.t) as before
      from capacity_guard g join pool p on p.id = g.pool where p.name = $1) x where before is distinct from free order by kind, t`, [pool]);
  await client.end();
  return rows.map(({ kind, t, free }) => ({ kind, t: Number(t), free: Number(free) }));
}

describe('the guard', () => {
  it('refuses a booking that exceeds its pool, even when the caller says that it fits', async () => {
    const pool = await freshPool({ cores: 8 });
    await book([claim(pool, now, hour, { cores: 5 })]);
    await expect(book([claim(pool, now + hour / 2, hour, { cores: 4 })])).rejects.toMatchObject({ word: 'defect' });
    await book([claim(pool, now + hour, hour, { cores: 4 })]);
  });

  it('counts times outward to the grain', async () => {
    const pool = await freshPool({ cores: 8, memory: 64 });
    await book([claim(pool, now + 1, grain, { cores: 3 })]);
    expect(await guard(pool)).toEqual([
      { kind: 'cores', t: 0, free: 8 }, { kind: 'cores', t: now, free: 5 }, { kind: 'cores', t: now + 2 * grain, free: 8 }, { kind: 'memory', t: 0, free: 64 },
    ]);
  });

  it('refuses a kind that the pool has not', async () => {
    const pool = await freshPool({ cores: 8 });
    await expect(book([claim(pool, now, hour, { gpu: 1 })])).rejects.toMatchObject({ word: 'defect' });
  });

  it('gets back what a shortened booking no longer needs, and no more', async () => {
    const pool = await freshPool({ cores: 8 });
    const whole = claim(pool, now, hour, { cores: 8 });
    const session = await book([whole]);
    const from = now + hour / 2;
    await ledger.commit(await version(), { ...empty, events: [{ kind: 'released', session, from }], releases: [{ session, remaining: [claim(pool, now, hour / 2, { cores: 8 })], freed: [claim(pool, from, hour / 2, { cores: 8 })] }] });
    await book([claim(pool, from, hour / 2, { cores: 8 })]);
    await expect(book([claim(pool, now, grain, { cores: 1 })])).rejects.toMatchObject({ word: 'defect' });
  });

  it('lets one commit give back and take the same capacity', async () => {
    const pool = await freshPool({ cores: 8 });
    const claims = [claim(pool, now, hour, { cores: 8 })];
    const session = await book(claims);
    const { set, batch } = offered(claims);
    await ledger.commit(await version(), batch);
    const both = { ...accepted(set, claims), releases: [{ session, remaining: [], freed: claims }] };
    expect(await ledger.commit(await version(), both)).toMatchObject({ kind: 'committed' });
    expect((await ledger.snapshot(0)).bookings.filter((one) => one.claims[0]?.pool === pool)).toEqual([{ session: sessionIdOf(set, 0), set, claims }]);
  });

  it('refuses to cut a pool below what is firmly booked, and takes new kinds', async () => {
    const pool = await freshPool({ cores: 8 });
    await book([claim(pool, now, hour, { cores: 6 })]);
    const resize = async (total: Resources) => ledger.commit(await version(), { ...empty, pools: [{ pool, total }] });
    await expect(resize({ cores: 5 })).rejects.toMatchObject({ word: 'defect' });
    await resize({ cores: 6, gpu: 2 });
    await book([claim(pool, now, hour, { gpu: 2 })]);
    await expect(book([claim(pool, now, hour, { gpu: 1 })])).rejects.toMatchObject({ word: 'defect' });
    expect((await ledger.snapshot(0)).pools.find((one) => one.pool === pool)?.total).toEqual({ cores: 6, gpu: 2 });
  });
});

describe('the fence', () => {
  it('refuses a version that somebody else has committed', async () => {
    const seen = await version();
    const other = await open(database.url);
    expect(await other.ledger.commit(seen, offered([]).batch)).toEqual({ kind: 'committed', version: seen + 1 });
    expect(await ledger.commit(seen, offered([]).batch)).toEqual({ kind: 'conflict' });
    await other.close();
  });

  it('refuses a version that leaves a gap', async () => {
    expect(await ledger.commit(await version() + 5, empty)).toEqual({ kind: 'conflict' });
  });

  it('keeps the commits of another connection waiting in a turn', async () => {
    const other = await open(database.url);
    const seen = await version();
    const turn = await ledger.takeTurn(seen);
    const waiting = other.ledger.commit(seen, offered([]).batch);
    expect(await turn.commit(seen, offered([]).batch, false)).toEqual({ kind: 'committed', version: seen + 1 });
    await turn.leave();
    expect(await waiting).toEqual({ kind: 'conflict' });
    await other.close();
  });

  it('lets two replicas that fight commit every batch once', async () => {
    const other = await open(database.url);
    const start = await version();
    const work = async (store: LedgerStore) => {
      let seen = start;
      for (let left = 20; left > 0;) {
        const result = await store.commit(seen, offered([]).batch);
        if (result.kind === 'committed') left -= 1;
        seen = (await store.since(start)).at(-1)?.version ?? start;
      }
    };
    await Promise.all([work(ledger), work(other.ledger)]);
    expect(await version()).toBe(start + 40);
    await other.close();
  });
});

describe('an offer set', () => {
  it('is accepted once', async () => {
    const { set, batch } = offered([]);
    await ledger.commit(await version(), batch);
    await ledger.commit(await version(), accepted(set, []));
    await expect(ledger.commit(await version(), accepted(set, []))).rejects.toMatchObject({ word: 'conflict' });
    expect(await ledger.offerSet(set)).toMatchObject({ state: 'ACCEPTED', accepted: 0, document: { text: 'as \u0000 it came' } });
    expect(await persistence.sessions.ofOfferSet(set)).toMatchObject({ revision: 1, due: now });
  });

  it('is not accepted after its expiry by the clock of the batch', async () => {
    const { set, batch } = offered([], now + 1000);
    await ledger.commit(await version(), batch);
    await expect(ledger.commit(await version(), accepted(set, [], now + 1000))).rejects.toMatchObject({ word: 'conflict' });
    await ledger.commit(await version(), { ...empty, at: now + 1000, expired: [set] });
    expect(await ledger.offerSet(set)).toMatchObject({ state: 'EXPIRED', modified: now + 1000 });
  });

  it('remembers offers that were rejected one by one', async () => {
    const { set, batch } = offered([]);
    await ledger.commit(await version(), batch);
    await ledger.commit(await version(), { ...empty, rejects: [{ set, index: 1, last: false }] });
    expect((await ledger.snapshot(now)).open.find((one) => one.set === set)?.rejected).toEqual([1]);
    await ledger.commit(await version(), { ...empty, rejects: [{ set, index: 0, last: true }] });
    expect(await ledger.offerSet(set)).toMatchObject({ state: 'REJECTED', rejected: [1, 0] });
  });
});

describe('opening a database', () => {
  it('refuses another grain than the first', async () => {
    await expect(open(database.url, grain / 5)).rejects.toThrow('The ledger was made with a grain of 300 s, the configuration says 60 s');
  });

  it('refuses one that a newer version has migrated', async () => {
    const other = await testDatabase();
    const client = new pg.Client(other.url);
    await client.connect();
    await client.query("insert into migrations (timestamp, name) values (9999999999999, 'FromTheFuture9999999999999')");
    await client.end();
    await expect(open(other.url)).rejects.toThrow('FromTheFuture');
    await other.drop();
  });
});
