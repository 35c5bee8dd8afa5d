import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Log, OfferSetId, PoolId, RequesterId, Resources } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import type { Overbooking, SessionSeed, SlotQuery, StoredOfferSet } from '../index.js';
import { Ledger, planOffers } from '../index.js';
import type { CommitBatch, CommitResult, LedgerStore } from '../booking-store.js';
import { drawTimeline, MemoryLedgerStore } from '../testing/index.js';

const grain = 300_000;
const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2030-06-03T08:00:00Z');
const pool = 'n1/all' as PoolId;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

class Fixture {
  now = start;
  readonly alarms: Overbooking[] = [];
  readonly store: LedgerStore;

  constructor(store?: LedgerStore) {
    this.store = store ?? new MemoryLedgerStore(grain);
  }

  async ledger(cores?: number): Promise<Ledger> {
    const clock = { now: () => this.now, sleep: () => Promise.resolve() };
    const ledger = await Ledger.open({ store: this.store, clock, log: silent, grain, horizon: 60 * day, alarm: (one) => { this.alarms.push(one); } });
    if (cores !== undefined) await ledger.definePools([{ pool, total: { cores } }]);
    return ledger;
  }

  query(cores: number, more: Partial<SlotQuery> = {}): SlotQuery {
    const demand = { pool, min: { cores }, max: { cores }, during: 'run' as const };
    return { demands: [demand], windows: [{ start: this.now, end: this.now }], duration: { min: hour, max: hour }, lead: 0, trail: 0, notBefore: this.now, ...more };
  }

  ask(ledger: Ledger, query: SlotQuery, most = 1): Promise<StoredOfferSet> {
    return ledger.offer({
      set: offerSetIdFrom(randomUUID()), owner: 'local:a' as RequesterId, created: this.now, expires: this.now + grain,
      choose: (profile) => planOffers({ queries: [query], rules: { most, spacing: hour } }, profile),
      compose: (found) => ({ document: {}, state: found.length > 0 ? 'OFFERED' : 'REFUSED' }),
    });
  }
}

function seed(set: OfferSetId, index: number): SessionSeed {
  return { id: sessionIdOf(set, index), owner: 'local:a' as RequesterId, phase: 'ACCEPTED', due: start, document: {} };
}

function drawn(ledger: Ledger): string {
  const [report] = ledger.report({ start, end: start + 4 * hour }, hour / 2);
  return drawTimeline(report?.free ?? [], report?.total ?? {}, 'cores');
}

describe('Ledger', () => {
  it('holds what it offers until the offer expires, with no call by anyone (UC-20)', async () => {
    const fixture = new Fixture();
    const ledger = await fixture.ledger(16);
    expect(await fixture.ask(ledger, fixture.query(16))).toMatchObject({ state: 'OFFERED' });
    expect(await fixture.ask(ledger, fixture.query(16))).toMatchObject({ state: 'REFUSED', holds: [] });
    expect(ledger.nextExpiry()).toBe(start + grain);
    fixture.now = start + grain;
    expect(await fixture.ask(ledger, fixture.query(16))).toMatchObject({ state: 'OFFERED' });
  });

  it('holds the most that one sibling takes, not the sum of them (UC-21)', async () => {
    const fixture = new Fixture();
    const ledger = await fixture.ledger(16);
    const windows = [{ start, end: start + hour - 1 }];
    const set = await ledger.offer({
      set: offerSetIdFrom(randomUUID()), owner: 'local:a' as RequesterId, created: start, expires: start + grain,
      choose: (profile) => Array.from({ length: 4 }, () => planOffers({ queries: [fixture.query(8, { windows })], rules: { most: 1, spacing: hour } }, profile)).flat(),
      compose: () => ({ document: {}, state: 'OFFERED' }),
    });
    expect(set.holds).toHaveLength(4);
    expect(await fixture.ask(ledger, fixture.query(8))).toMatchObject({ state: 'OFFERED' });
    expect(await fixture.ask(ledger, fixture.query(1))).toMatchObject({ state: 'REFUSED' });
  });

  it('frees the siblings of an accepted offer at once, and accepts none of them after it (UC-22, UC-24)', async () => {
    const fixture = new Fixture();
    const ledger = await fixture.ledger(16);
    const set = await fixture.ask(ledger, fixture.query(16, { windows: [{ start, end: start + 2 * hour }] }), 3);
    expect(set.holds).toHaveLength(3);
    expect(await ledger.accept(set.id, 1, seed(set.id, 1))).toMatchObject({ kind: 'accepted' });
    expect(drawn(ledger)).toBe('cores |  ██    | 16');
    expect(await ledger.accept(set.id, 0, seed(set.id, 0))).toEqual({ kind: 'refused', why: 'rejected' });
    expect(await ledger.accept(set.id, 1, seed(set.id, 1))).toEqual({ kind: 'refused', why: 'accepted' });
    expect(await fixture.ask(ledger, fixture.query(1, { windows: [{ start: start + hour, end: start + hour }] }))).toMatchObject({ state: 'REFUSED' });
  });

  it('lets one of two parallel accepts win (UC-23), and refuses a late one (UC-25)', async () => {
    const fixture = new Fixture();
    const ledger = await fixture.ledger(16);
    const set = await fixture.ask(ledger, fixture.query(4, { windows: [{ start, end: start + 2 * hour }] }), 2);
    const results = await Promise.all([ledger.accept(set.id, 0, seed(set.id, 0)), ledger.accept(set.id, 1, seed(set.id, 1))]);
    expect(results.map((one) => one.kind)).toEqual(['accepted', 'refused']);
    const late = await fixture.ask(ledger, fixture.query(4));
    fixture.now = start + grain;
    expect(await ledger.accept(late.id, 0, seed(late.id, 0))).toEqual({ kind: 'refused', why: 'expired' });
    expect(await ledger.expireDue()).toBe(1);
  });

  it('gives back an early end from the start of the grain, once', async () => {
    const fixture = new Fixture();
    const ledger = await fixture.ledger(16);
    const set = await fixture.ask(ledger, fixture.query(16));
    await ledger.accept(set.id, 0, seed(set.id, 0));
    const session = sessionIdOf(set.id, 0);
    const freed = await ledger.release(session, start + hour / 2 + 1000);
    expect(freed.map((claim) => claim.interval)).toEqual([{ start: start + hour / 2, end: start + hour }]);
    expect(await ledger.release(session, start + hour / 2 + 2000)).toEqual([]);
    expect(drawn(ledger)).toBe('cores |█       | 16');
    expect(ledger.bookingOf(session)?.claims[0]?.interval.end).toBe(start + hour / 2);
  });

  it('refuses to cut a pool below its promises and names them', async () => {
    const fixture = new Fixture();
    const ledger = await fixture.ledger(16);
    const set = await fixture.ask(ledger, fixture.query(10));
    expect(await ledger.definePools([{ pool, total: { cores: 9 } }])).toEqual([{ kind: 'refused', sessions: [], sets: [set.id] }]);
    await ledger.accept(set.id, 0, seed(set.id, 0));
    expect(await ledger.definePools([{ pool, total: { cores: 9 } }])).toEqual([{ kind: 'refused', sessions: [sessionIdOf(set.id, 0)], sets: [] }]);
    expect(await ledger.definePools([{ pool, total: { cores: 10 } }])).toEqual([{ kind: 'defined' }]);
  });

  it('is the same after it is opened again', async () => {
    const fixture = new Fixture();
    const ledger = await fixture.ledger(16);
    const set = await fixture.ask(ledger, fixture.query(4, { windows: [{ start, end: start + 2 * hour }] }), 3);
    await ledger.reject(set.id, 0);
    const other = await fixture.ask(ledger, fixture.query(5));
    await ledger.accept(other.id, 0, seed(other.id, 0));
    await ledger.close();
    await expect(ledger.expireDue()).rejects.toMatchObject({ word: 'unavailable' });
    const again = await fixture.ledger();
    expect(drawn(again)).toBe(drawn(ledger));
    expect(again.nextExpiry()).toBe(start + grain);
  });

  it('never overbooks when two replicas fight over one store, and neither starves (UC-23)', async () => {
    const fixture = new Fixture();
    const one = await fixture.ledger(16);
    const two = await fixture.ledger();
    let accepted = 0;
    const work = async (ledger: Ledger, number: number): Promise<void> => {
      for (let turn = 0; turn < 5; turn++) {
        const from = start + ((number * 7 + turn * 3) % 6) * (hour / 2);
        const set = await fixture.ask(ledger, fixture.query(3 + (number % 4), { windows: [{ start: from, end: from + hour }] }), 3);
        if (set.state !== 'OFFERED') continue;
        const result = await (turn % 2 ? one : two).accept(set.id, 0, seed(set.id, 0));
        if (result.kind === 'accepted') accepted++;
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, number) => work(number % 2 ? one : two, number)));
    await Promise.all([one.expireDue(), two.expireDue()]);
    const { bookings } = await fixture.store.snapshot(start);
    expect(bookings).toHaveLength(accepted);
    expect(accepted).toBeGreaterThan(3);
    expect(drawn(one)).toBe(drawn(two));
    expect(drawn(one)).not.toContain('!');
    expect(fixture.alarms).toEqual([]);
  });

  it('raises an alarm when somebody else has overbooked', async () => {
    const fixture = new Fixture();
    const ledger = await fixture.ledger(16);
    const set = offerSetIdFrom(randomUUID());
    const holds = [{ index: 0, claims: [{ pool, interval: { start, end: start + hour }, amount: { cores: 17 } }] }];
    const foreign: CommitBatch = { at: start, events: [{ kind: 'held', set, expires: start + grain, holds }], pools: [], newSets: [], accepts: [], rejects: [], expired: [], prolonged: [], releases: [], rebooked: [] };
    await fixture.store.commit(1, foreign);
    await ledger.expireDue();
    expect(fixture.alarms).toEqual([{ pool, resource: 'cores', at: start, used: 17, total: 16 }]);
  });
});

/** Loses the answer of the next commit, which was made or not, or refuses it. */
class FaultyStore extends MemoryLedgerStore {
  fault: 'lost-after' | 'lost-before' | undefined;

  override async commit(version: number, batch: CommitBatch): Promise<CommitResult> {
    const { fault } = this;
    this.fault = undefined;
    if (fault === 'lost-after') await super.commit(version, batch);
    if (fault) throw Object.assign(new Error('connection lost'), { name: 'CommitUnknown' });
    return super.commit(version, batch);
  }
}

describe('Ledger with a failing store', () => {
  const make = async (): Promise<{ fixture: Fixture; store: FaultyStore; ledger: Ledger }> => {
    const store = new FaultyStore(grain);
    const fixture = new Fixture(store);
    return { fixture, store, ledger: await fixture.ledger(16) };
  };

  it('answers truly when the answer to a commit that was made is lost', async () => {
    const { fixture, store, ledger } = await make();
    store.fault = 'lost-after';
    expect(await fixture.ask(ledger, fixture.query(10))).toMatchObject({ state: 'OFFERED' });
    expect(await fixture.ask(ledger, fixture.query(10))).toMatchObject({ state: 'REFUSED' });
  });

  it('holds nothing when a commit was not made', async () => {
    const { fixture, store, ledger } = await make();
    store.fault = 'lost-before';
    await expect(fixture.ask(ledger, fixture.query(10))).rejects.toMatchObject({ word: 'unavailable', fixer: 'time' });
    expect(drawn(ledger)).toBe('cores |        | 16');
    expect(await fixture.ask(ledger, fixture.query(16))).toMatchObject({ state: 'OFFERED' });
  });

  it('fails only the command that the store refuses, not those committed with it', async () => {
    const { fixture, store, ledger } = await make();
    const [a, b] = [await fixture.ask(ledger, fixture.query(4)), await fixture.ask(ledger, fixture.query(4))];
    const { version } = await store.snapshot(start);
    await store.commit(version, { at: start, events: [], pools: [], newSets: [], accepts: [], rejects: [], expired: [a.id], prolonged: [], releases: [], rebooked: [] });
    const results = await Promise.allSettled([ledger.accept(a.id, 0, seed(a.id, 0)), ledger.accept(b.id, 0, seed(b.id, 0))]);
    expect(results[1]).toMatchObject({ status: 'fulfilled', value: { kind: 'accepted' } });
    expect(results[0]).toMatchObject({ status: 'fulfilled', value: { kind: 'refused' } });
  });

  it('keeps a mistaken choice from being held', async () => {
    const { fixture, ledger } = await make();
    const claims = [{ pool, interval: { start, end: start + hour }, amount: { cores: 99 } satisfies Resources }];
    const wrong = ledger.offer({
      set: offerSetIdFrom(randomUUID()), owner: 'local:a' as RequesterId, created: start, expires: start + grain,
      choose: () => [{ query: 0, start, duration: hour, granted: { cores: 99 }, claims }], compose: () => ({ document: {}, state: 'OFFERED' }),
    });
    const right = fixture.ask(ledger, fixture.query(16));
    await expect(wrong).rejects.toMatchObject({ word: 'defect' });
    expect(await right).toMatchObject({ state: 'OFFERED' });
  });
});
