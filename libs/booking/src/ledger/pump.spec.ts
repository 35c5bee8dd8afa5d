import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OfferSetId, PoolId, RequesterId, SessionId } from '#model';
import { BrokerError, offerSetIdFrom, reason, sessionIdOf } from '#model';
import { HandClock } from '#runtime/testing';
import type { Claim } from '../booking.js';
import type { AcceptResult, StoredOfferSet } from '../index.js';
import { Ledger } from '../index.js';
import { HandDrivenStore } from '../testing/index.js';

const grain = 300_000;
const hour = 12 * grain;
const start = Date.parse('2030-06-03T08:00:00Z');
const owner = 'local:a' as RequesterId;
const pool = 'n1/all' as PoolId;
const silent = (): undefined => undefined;
const newSet = (): OfferSetId => offerSetIdFrom(randomUUID());
const claim = (cores: number, length = hour): Claim => ({ pool, interval: { start, end: start + length }, amount: { cores } });

class World {
  readonly clock = new HandClock(start);
  readonly store = new HandDrivenStore(grain);
  /** Names of what was answered, in order. */
  readonly answered: string[] = [];

  async ledger(cores = 100): Promise<Ledger> {
    this.store.isOpen = true;
    const ledger = await Ledger.open({
      store: this.store, clock: this.clock, log: { debug: silent, info: silent, warn: silent, error: silent }, grain, horizon: 240 * hour,
      alarm: (one) => { throw new Error(JSON.stringify(one)); },
    });
    await ledger.definePools([{ pool, total: { cores } }]);
    return ledger;
  }

  ask(ledger: Ledger, cores = 1, set = newSet()): Promise<StoredOfferSet> {
    return this.told(`ask ${cores}`, ledger.offer({
      set, owner, created: this.clock.now(), expires: this.clock.now() + grain,
      choose: (profile) => ((profile.freeDuring(pool, claim(cores).interval)['cores'] ?? 0) < cores ? [] : [{ query: 0, start, duration: hour, granted: { cores }, claims: [claim(cores)] }]),
      compose: (found) => ({ document: {}, state: found.length > 0 ? 'OFFERED' : 'REFUSED' }),
    }));
  }

  accept(ledger: Ledger, { id: set }: StoredOfferSet): Promise<AcceptResult> {
    return this.told('accept', ledger.accept(set, 0, { id: sessionIdOf(set, 0), owner, phase: 'ACCEPTED', due: start, document: {} }));
  }

  private async told<T>(name: string, work: Promise<T>): Promise<T> {
    const value = await work;
    this.answered.push(name);
    return value;
  }
}

/** Lets everything happen that waits for nothing but the event loop. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => { setImmediate(resolve); });
}

const refusal = (): BrokerError => new BrokerError('defect', 'us', [reason('guard-refused', 'no', {})]);

describe('Ledger while a commit is under way', () => {
  it('decides what comes on what will have been committed, and answers nobody before his own commit', async () => {
    const world = new World();
    const ledger = await world.ledger(10);
    world.store.isOpen = false;
    const first = world.ask(ledger, 6);
    const commit = await world.store.next();
    const [second, third] = [world.ask(ledger, 6), world.ask(ledger, 4)];
    await settle();
    expect(world.answered).toEqual([]);
    commit.go();
    const next = await world.store.next();
    expect(next.batch.newSets.map((one) => one.state)).toEqual(['REFUSED', 'OFFERED']);
    await settle();
    expect(world.answered).toEqual(['ask 6']);
    next.go();
    expect([(await first).state, (await second).state, (await third).state]).toEqual(['OFFERED', 'REFUSED', 'OFFERED']);
  });

  it('decides again what stood on a commit that failed', async () => {
    const world = new World();
    const ledger = await world.ledger(10);
    world.store.isOpen = false;
    const first = world.ask(ledger, 6);
    const commit = await world.store.next();
    const second = world.ask(ledger, 6);
    await settle();
    world.store.isOpen = true;
    commit.fail(new Error('disk full'));
    await expect(first).rejects.toMatchObject({ word: 'unavailable' });
    expect((await second).state).toBe('OFFERED');
    expect((await world.store.snapshot(start)).open).toHaveLength(1);
  });

  it('keeps what stood on a commit whose answer was lost, and asks what became of that', async () => {
    const world = new World();
    const ledger = await world.ledger(10);
    world.store.isOpen = false;
    const first = world.ask(ledger, 6);
    const commit = await world.store.next();
    const second = world.ask(ledger, 6);
    await settle();
    world.store.isOpen = true;
    commit.lose();
    expect([(await first).state, (await second).state]).toEqual(['OFFERED', 'REFUSED']);
  });

  it('fails only the culprit of a batch that is refused, and nobody of the next', async () => {
    const world = new World();
    const ledger = await world.ledger(10);
    const [a, b, c] = [await world.ask(ledger, 2), await world.ask(ledger, 2), await world.ask(ledger, 2)];
    world.store.isOpen = false;
    const both = Promise.allSettled([world.accept(ledger, a), world.accept(ledger, b)]);
    const commit = await world.store.next();
    const third = world.accept(ledger, c);
    await settle();
    commit.fail(refusal());
    const alone = await world.store.next();
    expect(alone.batch.accepts).toHaveLength(1);
    world.store.isOpen = true;
    alone.fail(refusal());
    expect(await both).toMatchObject([{ status: 'rejected', reason: { word: 'defect' } }, { status: 'fulfilled', value: { kind: 'accepted' } }]);
    expect(await third).toMatchObject({ kind: 'accepted' });
  });

  it('takes everything back when another replica was first, and decides on what that one did', async () => {
    const world = new World();
    const [ledger, other] = [await world.ledger(10), await world.ledger(10)];
    world.store.isOpen = false;
    const first = world.ask(ledger, 6);
    const commit = await world.store.next();
    const second = world.ask(ledger, 5);
    await settle();
    world.store.isOpen = true;
    expect((await world.ask(other, 4)).state).toBe('OFFERED');
    commit.go();
    expect([(await first).state, (await second).state]).toEqual(['OFFERED', 'REFUSED']);
  });
});

describe('an accept in a crowd of asks', () => {
  it('waits for the commit under way and the one after it, however many ask', async () => {
    const world = new World();
    const ledger = await world.ledger(1000);
    const set = await world.ask(ledger);
    world.answered.length = 0;
    world.store.isOpen = false;
    const crowd = Promise.all(Array.from({ length: 500 }, () => world.ask(ledger)));
    const first = await world.store.next();
    const accepted = world.accept(ledger, set);
    first.go();
    (await world.store.next()).go();
    expect(await accepted).toMatchObject({ kind: 'accepted' });
    expect(world.answered.length).toBeLessThanOrEqual(2 * 64);
    world.store.isOpen = true;
    for (let left = await world.store.next(); left; left = world.store.held.shift() as typeof left) left.go();
    await crowd;
  });

  it('does not keep the asks waiting for ever either', async () => {
    const world = new World();
    const ledger = await world.ledger(1000);
    const sets = await Promise.all(Array.from({ length: 200 }, () => world.ask(ledger)));
    world.store.isOpen = false;
    const busy = Promise.all(sets.map((one) => world.accept(ledger, one)));
    const first = await world.store.next();
    const ask = world.ask(ledger);
    first.go();
    (await world.store.next()).go();
    const third = await world.store.next();
    expect([third.batch.accepts.length, third.batch.newSets.length]).toEqual([63, 1]);
    world.store.isOpen = true;
    third.go();
    await Promise.all([busy, ask]);
  });
});

describe('two replicas that rebook at once', () => {
  it('end up with one of the wishes, whole, and both know it', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ isFirst: fc.boolean(), cores: fc.integer({ min: 0, max: 10 }), hours: fc.integer({ min: 1, max: 4 }) }), { minLength: 2, maxLength: 12 }), async (wishes) => {
      const world = new World();
      const ledgers = [await world.ledger(10), await world.ledger(10)] as const;
      const id: SessionId = sessionIdOf(newSet(), 0);
      const neighbour: SessionId = sessionIdOf(newSet(), 0);
      await ledgers[0].rebook(id, [claim(1)]);
      await ledgers[1].rebook(neighbour, [claim(4, 2 * hour)]);
      const claimsOf = ({ cores, hours }: { cores: number; hours: number }): readonly Claim[] => (cores === 0 ? [] : [claim(cores, hours * hour)]);
      const results = await Promise.all(wishes.map((wish) => ledgers[wish.isFirst ? 0 : 1].rebook(id, claimsOf(wish))));
      for (const [index, { kind }] of results.entries()) expect(kind).toBe((wishes[index]?.cores ?? 0) > 6 ? 'refused' : 'rebooked');
      await Promise.all(ledgers.map((one) => one.expireDue()));
      const stored = (await world.store.snapshot(start)).bookings.find((one) => one.session === id);
      const possible = [[claim(1)], ...wishes.filter(({ cores }) => cores <= 6).map(claimsOf)];
      expect(possible).toContainEqual(stored?.claims ?? []);
      for (const ledger of ledgers) {
        expect(ledger.bookingOf(id)?.claims ?? []).toEqual(stored?.claims ?? []);
        expect(ledger.report({ start, end: start + 4 * hour }, hour)).toEqual(ledgers[0].report({ start, end: start + 4 * hour }, hour));
      }
    }), { numRuns: 40 });
  });
});

describe('offers under a clock that jumps', () => {
  it('that jumps forward while a commit is under way: a late accept is refused by the clock of its coming', async () => {
    const world = new World();
    const ledger = await world.ledger(10);
    const [early, late] = [await world.ask(ledger), await world.ask(ledger)];
    world.store.isOpen = false;
    const first = world.accept(ledger, early);
    const commit = await world.store.next();
    await world.clock.moveTo(start + hour);
    const second = world.accept(ledger, late);
    await settle();
    world.store.isOpen = true;
    commit.go();
    expect(await first).toMatchObject({ kind: 'accepted' });
    expect(await second).toEqual({ kind: 'refused', why: 'expired' });
  });

  it('that jumps back: an open offer stays open as long as the clock says, an expired one stays expired', async () => {
    const world = new World();
    const ledger = await world.ledger(10);
    const [gone, kept] = [await world.ask(ledger, 5), await world.ask(ledger, 5)];
    await ledger.prolong(kept.id, { expires: start + hour });
    await world.clock.moveTo(start + grain);
    expect(await ledger.expireDue()).toBe(1);
    await world.clock.moveTo(start - 2 * hour);
    expect(await world.accept(ledger, gone)).toMatchObject({ kind: 'refused' });
    expect(await ledger.expireDue()).toBe(0);
    expect((await world.ask(ledger, 6)).state).toBe('REFUSED');
    expect(await world.accept(ledger, kept)).toMatchObject({ kind: 'accepted' });
  });

  it('that jumps back by more than is remembered, while a commit is under way: the ledger is read again, nothing is lost', async () => {
    const world = new World();
    const ledger = await world.ledger(10);
    const kept = await world.ask(ledger, 10);
    world.store.isOpen = false;
    const first = world.accept(ledger, kept);
    const commit = await world.store.next();
    await world.clock.moveTo(start - 48 * hour);
    const second = world.ask(ledger, 1);
    await settle();
    world.store.isOpen = true;
    commit.go();
    expect(await first).toMatchObject({ kind: 'accepted' });
    expect((await second).state).toBe('REFUSED');
  });
});
