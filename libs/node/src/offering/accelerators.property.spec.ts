import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ExecutionRequest, Log, PlatformName, PoolId, Requester, RequesterId } from '#model';
import { kinds } from '#model';
import { Ledger } from '#booking';
import { MemoryLedgerStore } from '#booking/testing';
import { scriptedPlugin } from '#platforms/scripted';
import { testHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { ask } from './asking.js';
import { OpenHolds } from './open-holds.js';
import { documentOf } from './stored-document.js';
import { mostUsed } from '../testing/pools-world.js';

const minute = 60_000;
const grain = 15 * minute;
const pool = 'stage/main' as PoolId;
const total = { cores: 64, memory: 64, a100: 8, t4: 4 };
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const alice: Requester = { id: 'local:alice' as RequesterId, name: 'alice', roles: ['user'], groups: [] };
const rates = { perCoreHour: 0, perMemoryHour: 0, perStorageHour: 0, perSession: 0, wattsPerCore: 0, idleWatts: 0, corePerformance: 1 };

const count = fc.tuple(fc.integer({ min: 1, max: 10 }), fc.nat(10)).map(([min, more]) => ({ min, max: min + more }));
const wish = fc.record({ a100: fc.option(count), t4: fc.option(count), hours: fc.integer({ min: 1, max: 4 }), width: fc.nat(300) });

it('accelerators are given within what was asked for, and never more than the pool has', async () => {
  await fc.assert(fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 12 }), async (wishes) => {
    const clock = HandClock.at('2030-06-03T08:00:00Z');
    const host = await testHost({ clock, instance: 'stage' });
    const platform = scriptedPlugin.create(scriptedPlugin.parseConfig({ pools: { main: total }, accelerators: [{ type: 'a100', aliases: ['gpu'] }, { type: 't4' }] }), host);
    const store = new MemoryLedgerStore(grain);
    const ledger = await Ledger.open({ store, clock, log: silent, grain, horizon: 48 * 60 * minute, alarm: (one) => { throw new Error(JSON.stringify(one)); } });
    await ledger.definePools([{ pool, total }]);
    const settings = {
      name: 'n', offerExpiry: 5 * minute, longestExpiry: 30 * minute, spacing: 60 * minute, mostOffers: 2, horizon: 48 * 60 * minute, grain, longest: 24 * 60 * minute, publicReads: false, limits: {},
      costs: { rates, pools: {}, currency: '', priceByHour: [], carbonByHour: [], unknownTypes: 'refuse' as const }, defaults: { duration: 60 * minute, window: 60 * minute, cores: 1, memory: 1 },
    };
    const parts = { settings, ledger, platforms: new Map([['stage' as PlatformName, platform]]), resolvers: new Map(), policies: [], openHolds: new OpenHolds({}), now: () => clock.now(), newUuid: randomUUID };
    for (const { a100, t4, hours, width } of wishes) {
      const accelerators = [...(a100 ? [{ type: 'gpu', count: a100 }] : []), ...(t4 ? [{ type: 't4', count: t4 }] : [])];
      const request: ExecutionRequest = { executable: { kind: kinds.scripted }, compute: { kind: kinds.acceleratedCompute, accelerators }, schedule: { requested: { duration: `PT${hours}H`, start: `2030-06-03T08:00:00Z/PT${width}M` } } };
      for (const { granted } of documentOf(await ask(parts, request, alice)).terms) {
        for (const [name, asked] of [['a100', a100], ['t4', t4]] as const) {
          expect(granted[name] ?? 0).toBeGreaterThanOrEqual(asked?.min ?? 0);
          expect(granted[name] ?? 0).toBeLessThanOrEqual(Math.min(asked?.max ?? 0, total[name]));
        }
      }
    }
    const snapshot = await store.snapshot(clock.now() - 60 * minute);
    for (const name of ['a100', 't4'] as const) expect(mostUsed(snapshot, pool, name)).toBeLessThanOrEqual(total[name]);
    await ledger.close();
    await host.close();
  }), { numRuns: 25 });
});
