import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Log, PlatformName, PoolId, Requester, RequesterId, SessionId } from '#model';
import { BrokerError, kinds, offerSetIdFrom, reason, sessionIdOf } from '#model';
import type { Platform } from '#plugin-sdk';
import { Ledger } from '#booking';
import type { Claim } from '#booking';
import { MemoryLedgerStore } from '#booking/testing';
import { changeSession } from '#sessions';
import type { RecordChange, SessionRecord } from '#sessions';
import { aRecord, MemorySessionStore } from '#sessions/testing';
import { HandClock } from '#runtime/testing';
import type { ChangingParts } from './changing.js';
import { changeLive } from './changing.js';

const grain = 300_000;
const minute = 60_000;
const hour = 60 * minute;
const pool = 'scripted/main' as PoolId;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const owner: Requester = { id: 'local:tester' as RequesterId, name: 'tester', roles: ['user'], groups: [] };
const away = new BrokerError('unavailable', 'time', [reason('away', 'the database is away')]);

type When = 'never' | 'before the save' | 'after the save';

/** One session of an hour on a pool of four cores; saves fail when told to. */
class World {
  readonly clock = HandClock.at('2030-06-03T08:00:00Z');
  readonly store = new MemorySessionStore();
  fails: When = 'never';
  isDead = false;
  id!: SessionId;
  ledger!: Ledger;

  static async open(): Promise<World> {
    const world = new World();
    const { clock, store } = world;
    world.ledger = await Ledger.open({ store: new MemoryLedgerStore(grain), clock, log: silent, grain, horizon: 48 * hour, alarm: (one) => { throw new Error(JSON.stringify(one)); } });
    await world.ledger.definePools([{ pool, total: { cores: 4, memory: 4 } }]);
    const accepted = aRecord({ created: clock.now(), start: clock.now() + hour, length: hour });
    const claims = [{ pool, interval: accepted.plan.run, amount: accepted.plan.granted }];
    const record: SessionRecord = { ...accepted, work: { ...accepted.work, claims } };
    world.id = record.session.id;
    await store.insert(record);
    await world.ledger.rebook(world.id, claims);
    return world;
  }

  get parts(): ChangingParts {
    const platform = { capabilities: () => Promise.resolve({ longestRun: 24 * hour }) } as unknown as Platform;
    const costs = {
      rates: { perCoreHour: 0, perMemoryHour: 0, perStorageHour: 0, perSession: 0, wattsPerCore: 0, idleWatts: 0, corePerformance: 1 },
      pools: {}, currency: '', priceByHour: [], carbonByHour: [], unknownTypes: 'refuse' as const,
    };
    return {
      settings: { longest: 24 * hour, grain, costs } as unknown as ChangingParts['settings'], ledger: this.ledger, policies: [], platforms: new Map([['scripted' as PlatformName, platform]]),
      sessions: { find: (id) => (this.isDead ? Promise.reject(away) : this.store.find(id)) }, tasks: { change: (id, fill) => this.save(id, fill) }, log: silent, now: () => this.clock.now(),
    };
  }

  async change(length: number): Promise<void> {
    await changeLive(this.parts, await this.record(), { what: 'length', of: () => length }, owner);
  }

  async record(): Promise<SessionRecord> {
    const record = await this.store.find(this.id);
    if (!record) throw new Error('lost');
    return record;
  }

  booked(): readonly Claim[] {
    return this.ledger.bookingOf(this.id)?.claims ?? [];
  }

  private async save(id: SessionId, fill: (record: SessionRecord) => RecordChange): Promise<SessionRecord> {
    if (this.fails === 'before the save') throw away;
    const saved = await changeSession(this.store, id, fill);
    if (this.fails === 'after the save') throw away;
    return saved;
  }
}

describe('a change of length', () => {
  it('leaves booking and record as they were when the save fails', async () => {
    const world = await World.open();
    const before = world.booked();
    world.fails = 'before the save';
    await expect(world.change(2 * hour)).rejects.toThrow('away');
    expect(world.booked()).toEqual(before);
    expect((await world.record()).plan.run.end - (await world.record()).plan.run.start).toBe(hour);
  });

  it('stays booked when the save was made and only its answer was lost', async () => {
    const world = await World.open();
    world.fails = 'after the save';
    await expect(world.change(2 * hour)).rejects.toThrow('away');
    expect(world.booked()[0]?.interval.end).toBe((await world.record()).plan.run.end);
  });

  it('leaves too much booked, never too little, when everything is away afterwards', async () => {
    const world = await World.open();
    world.fails = 'before the save';
    world.isDead = true;
    await expect(world.change(2 * hour)).rejects.toThrow('away');
    expect(world.booked()[0]?.interval.end).toBeGreaterThan((await world.record()).plan.run.end);
  });

  it('is refused with nothing changed when others have what it would need', async () => {
    const world = await World.open();
    const { run } = (await world.record()).plan;
    const other = sessionIdOf(offerSetIdFrom(randomUUID()), 0);
    await world.ledger.rebook(other, [{ pool, interval: { start: run.end + hour, end: run.end + 2 * hour }, amount: { cores: 4 } }]);
    await expect(world.change(3 * hour)).rejects.toMatchObject({ word: 'conflict', session: { id: world.id } });
    await world.change(2 * hour);
    expect(world.booked()[0]?.interval.end).toBe(run.end + hour);
    expect((await world.record()).session.executable.spec.kind).toBe(kinds.scripted);
  });

  it('books at least what the record promises, whatever is asked for and whatever fails', async () => {
    const step = fc.record({ minutes: fc.integer({ min: 1, max: 600 }), fails: fc.constantFrom<When>('never', 'before the save', 'after the save'), isDead: fc.boolean() });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const world = await World.open();
      for (const { minutes, fails, isDead } of steps) {
        Object.assign(world, { fails, isDead: isDead && fails !== 'never' });
        await world.change(minutes * minute).catch((error: unknown) => { if (!(error instanceof BrokerError)) throw error; });
        const { run, granted } = (await world.record()).plan;
        expect(Math.max(...world.booked().map((claim) => claim.interval.end))).toBeGreaterThanOrEqual(run.end);
        expect(world.booked()[0]?.amount).toEqual(granted);
      }
      Object.assign(world, { fails: 'never', isDead: false });
      const now = (await world.record()).plan.run;
      await world.change(now.end - now.start + minute).catch((error: unknown) => { if (!(error instanceof BrokerError)) throw error; });
      expect(Math.max(...world.booked().map((claim) => claim.interval.end))).toBeLessThanOrEqual((await world.record()).plan.run.end + grain);
    }), { numRuns: 40 });
  });
});
