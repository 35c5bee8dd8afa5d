/** Pledges, caps of users and quotas under concurrency: two replicas on one store, many askers at the same time. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Log, PlatformName, PoolId, Requester, RequesterId } from '#model';
import { kinds, sessionIdOf } from '#model';
import { accountPool, Ledger } from '#booking';
import type { Claim, LedgerSnapshot } from '#booking';
import { MemoryLedgerStore } from '#booking/testing';
import { scriptedPlugin } from '#platforms/scripted';
import { quotaOf } from './testing/quota-of.js';
import { testHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import type { AskingParts } from './asking.js';
import { ask } from './asking.js';
import { OpenHolds } from './open-holds.js';
import type { DividedPool } from './pledges.js';
import { pledgePool } from './pledges.js';

const minute = 60_000;
const hour = 60 * minute;
const grain = 15 * minute;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const now = Date.parse('2030-06-03T08:00:00Z');
const stage = 'stage/main' as PoolId;
const divided: DividedPool = {
  pool: stage,
  pledges: [
    { name: 'srcnet', amounts: { cores: 12, memory: 20 }, who: [{ groups: ['srcnet'] }], perUser: { cores: 7 }, lending: { to: ['local'], keep: { cores: 3 }, longest: 2 * hour, ahead: 6 * hour } },
    { name: 'local', amounts: { cores: 10, memory: 40 }, who: [{ groups: ['site'] }], perGroup: { site: { cores: 9 } } },
  ],
};
const sessionsAtOnce = 3;
const users: readonly Requester[] = [['ann', ['srcnet']], ['bob', ['site']], ['cat', ['srcnet', 'site']]].map(([name, groups]) => ({ id: `local:${name as string}` as RequesterId, name: name as string, roles: ['user'], groups: groups as string[] }));

async function replica(store: MemoryLedgerStore, clock: HandClock): Promise<{ parts: AskingParts; close(): Promise<void> }> {
  const host = await testHost({ clock, instance: 'stage' });
  const platform = scriptedPlugin.create(scriptedPlugin.parseConfig({ pools: { main: { cores: 20, memory: 64, storage: 100 } }, longestRun: 'PT12H' }), host);
  const ledger = await Ledger.open({ store, clock, log: silent, grain, horizon: 24 * hour, alarm: (one) => { throw new Error(JSON.stringify(one)); } });
  await ledger.definePools([{ pool: stage, total: { cores: 20, memory: 64, storage: 100 } }, ...divided.pledges.map((pledge) => ({ pool: pledgePool(divided, pledge), total: pledge.amounts }))]);
  const rates = { perCoreHour: 0, perMemoryHour: 0, perStorageHour: 0, perSession: 0, wattsPerCore: 0, idleWatts: 0, corePerformance: 1 };
  const costs = { rates, pools: {}, currency: '', priceByHour: [], carbonByHour: [], unknownTypes: 'refuse' as const };
  const settings = {
    name: 'n', offerExpiry: 5 * minute, longestExpiry: 30 * minute, spacing: hour, mostOffers: 3, horizon: 24 * hour, grain, longest: 24 * hour, publicReads: false, costs, limits: {},
    defaults: { duration: hour, window: hour, cores: 1, memory: 1 },
  };
  const parts: AskingParts = {
    settings, ledger, platforms: new Map([['stage' as PlatformName, platform]]), resolvers: new Map(), policies: [quotaOf(sessionsAtOnce)], dividedPools: [divided], openHolds: new OpenHolds({}),
    now: () => clock.now(), newUuid: randomUUID,
  };
  return { parts, close: async () => { await ledger.close(); await host.close(); } };
}

/** Most that is used of a pool at any grain: bookings add up, of an open set the offer that takes most. */
function mostUsed({ bookings, open }: LedgerSnapshot, pool: PoolId, resource: string): number {
  const at = (claims: readonly Claim[], time: number): number => claims.reduce((sum, { pool: of, interval, amount }) => {
    const covers = of === pool && Math.floor(interval.start / grain) * grain <= time && time < Math.ceil(interval.end / grain) * grain;
    return covers ? sum + (amount[resource] ?? 0) : sum;
  }, 0);
  let most = 0;
  for (let time = now - hour; time < now + 26 * hour; time += grain) {
    const firm = bookings.reduce((sum, { claims }) => sum + at(claims, time), 0);
    const held = open.reduce((sum, { holds, rejected }) => sum + Math.max(0, ...holds.filter(({ index }) => !rejected.includes(index)).map(({ claims }) => at(claims, time))), 0);
    most = Math.max(most, firm + held);
  }
  return most;
}

const wish = fc.record({
  user: fc.integer({ min: 0, max: 2 }), side: fc.integer({ min: 0, max: 1 }), cores: fc.integer({ min: 1, max: 14 }), more: fc.integer({ min: 0, max: 10 }),
  memory: fc.integer({ min: 1, max: 30 }), hours: fc.integer({ min: 1, max: 4 }), from: fc.integer({ min: 0, max: 8 }), width: fc.integer({ min: 0, max: 4 }), then: fc.constantFrom('accept', 'reject', 'keep', 'end'),
});
const counted = { asks: 0, offered: 0, split: 0 };
afterAll(() => { expect(counted.split).toBeGreaterThan(0); });

describe('pools with owners', () => {
  it('never give more than each pledge, each cap and the whole pool have, though two replicas answer many at once', async () => {
    await fc.assert(fc.asyncProperty(fc.array(wish, { minLength: 4, maxLength: 12 }), async (wishes) => {
      const clock = HandClock.at('2030-06-03T08:00:00Z');
      const store = new MemoryLedgerStore(grain);
      const sides = [await replica(store, clock), await replica(store, clock)];
      await Promise.all(wishes.map(async ({ user, side, cores, more, memory, hours, from, width, then }) => {
        const { parts } = sides[side]!;
        const set = await ask(parts, {
          executable: { kind: kinds.scripted }, schedule: { requested: { duration: `PT${hours}H`, start: `${new Date(now + from * hour).toISOString()}/PT${width}H` } },
          compute: { kind: kinds.simpleCompute, cores: { min: cores, max: cores + more }, memory: { min: memory, max: memory } },
        }, users[user]!);
        counted.asks += 1;
        if (set.state !== 'OFFERED') return;
        counted.offered += 1;
        if (set.holds.some(({ claims }) => claims.filter(({ pool }) => pool.startsWith('pledge:')).length > 1)) counted.split += 1;
        const session = sessionIdOf(set.id, 0);
        if (then === 'reject') await parts.ledger.reject(set.id, 0);
        if (then === 'accept' || then === 'end') await parts.ledger.accept(set.id, 0, { id: session, owner: users[user]!.id, phase: 'ACCEPTED', due: now, document: {} });
        if (then === 'end') await parts.ledger.release(session, now + 2 * hour);
      }));
      const snapshot = await store.snapshot(now - hour);
      expect(mostUsed(snapshot, stage, 'cores')).toBeLessThanOrEqual(20);
      for (const pledge of divided.pledges) for (const [name, amount] of Object.entries(pledge.amounts)) expect(mostUsed(snapshot, pledgePool(divided, pledge), name)).toBeLessThanOrEqual(amount);
      const [srcnet, local] = divided.pledges.map((pledge) => pledgePool(divided, pledge));
      for (const { id } of users) {
        expect(mostUsed(snapshot, accountPool(`${srcnet!}/user/${id}`), 'cores')).toBeLessThanOrEqual(7);
        expect(mostUsed(snapshot, accountPool(`quota/${id}`), 'sessions')).toBeLessThanOrEqual(sessionsAtOnce);
      }
      expect(mostUsed(snapshot, accountPool(`${local!}/group/site`), 'cores')).toBeLessThanOrEqual(9);
      for (const { parts, close } of sides) {
        await parts.ledger.expireDue();
        await close();
      }
    }), { numRuns: 60 });
  });
});
