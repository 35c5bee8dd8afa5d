/** A pool that two owners share, its users, and replicas of a node on one store: what property tests of pledges and accounts stand on. */
import { randomUUID } from 'node:crypto';
import type { Log, PlatformName, PoolId, Requester, RequesterId } from '#model';
import { Ledger } from '#booking';
import type { Claim, LedgerSnapshot } from '#booking';
import { MemoryLedgerStore } from '#booking/testing';
import { scriptedPlugin } from '#platforms/scripted';
import { testHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { changeSession } from '#sessions';
import { MemorySessionStore } from '#sessions/testing';
import type { AskingParts } from '../offering/asking.js';
import type { ChangingParts } from '../changing/changing.js';
import type { BoundPolicy } from '../judging/judgement.js';
import { OpenHolds } from '../offering/open-holds.js';
import type { DividedPool } from '../pools/pledges.js';
import { pledgePool } from '../pools/pledges.js';

export const minute = 60_000;
export const hour = 60 * minute;
export const grain = 15 * minute;
export const begin = Date.parse('2030-06-03T08:00:00Z');
export const stage = 'stage/main' as PoolId;
export const totals = { cores: 20, memory: 64, storage: 100 };
export const divided: DividedPool = {
  pool: stage,
  pledges: [
    { name: 'srcnet', amounts: { cores: 12, memory: 20 }, who: [{ groups: ['srcnet'] }], perUser: { cores: 7 }, lending: { to: ['local'], keep: { cores: 3 }, longest: 2 * hour, ahead: 6 * hour } },
    { name: 'local', amounts: { cores: 10, memory: 40 }, who: [{ groups: ['site'] }], perGroup: { site: { cores: 9 } } },
  ],
};
export const users: readonly Requester[] = [['ann', ['srcnet']], ['bob', ['site']], ['cat', ['srcnet', 'site']]]
  .map(([name, groups]) => ({ id: `local:${name as string}` as RequesterId, name: name as string, roles: ['user'], groups: groups as string[] }));

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const rates = { perCoreHour: 1, perMemoryHour: 0, perStorageHour: 0, perSession: 0, wattsPerCore: 0, idleWatts: 0, corePerformance: 1 };

/** What its replicas share. `violations`: what they reported as broken. */
export class PoolsWorld {
  readonly clock = HandClock.at('2030-06-03T08:00:00Z');
  readonly store = new MemoryLedgerStore(grain);
  readonly sessions = new MemorySessionStore();
  readonly violations: string[] = [];

  constructor(private readonly policies: readonly BoundPolicy[]) {}

  async replica(): Promise<{ readonly parts: AskingParts & ChangingParts; close(): Promise<void> }> {
    const { clock, store, sessions, policies } = this;
    const host = await testHost({ clock, instance: 'stage' });
    const platform = scriptedPlugin.create(scriptedPlugin.parseConfig({ pools: { main: totals }, longestRun: 'PT12H', elastic: true }), host);
    const log: Log = { ...silent, error: (text) => { this.violations.push(text); } };
    const ledger = await Ledger.open({ store, clock, log: silent, grain, horizon: 24 * hour, memory: 24 * hour, alarm: (one) => { throw new Error(JSON.stringify(one)); } });
    await ledger.definePools([{ pool: stage, total: totals }, ...divided.pledges.map((pledge) => ({ pool: pledgePool(divided, pledge), total: pledge.amounts }))]);
    const parts: AskingParts & ChangingParts = {
      settings, ledger, log, policies, platforms: new Map([['stage' as PlatformName, platform]]), resolvers: new Map(), dividedPools: [divided], openHolds: new OpenHolds({}),
      sessions, tasks: { change: (id, fill) => changeSession(sessions, id, fill) }, now: () => clock.now(), newUuid: randomUUID,
    };
    return { parts, close: async () => { await ledger.close(); await host.close(); } };
  }
}

const settings: AskingParts['settings'] = {
  name: 'n', offerExpiry: 5 * minute, longestExpiry: 30 * minute, spacing: hour, mostOffers: 3, horizon: 24 * hour, grain, longest: 24 * hour, publicReads: false, limits: {},
  costs: { rates, pools: {}, currency: '', priceByHour: [], carbonByHour: [], unknownTypes: 'refuse' },
  defaults: { duration: hour, window: hour, cores: 1, memory: 1 },
};

/** What claims on a pool come to in the grain that begins then. */
export function takenAt(claims: readonly Claim[], pool: PoolId, resource: string, time: number): number {
  const isThere = ({ pool: of, interval }: Claim): boolean => of === pool && Math.floor(interval.start / grain) * grain <= time && time < Math.ceil(interval.end / grain) * grain;
  return claims.reduce((sum, claim) => (isThere(claim) ? sum + (claim.amount[resource] ?? 0) : sum), 0);
}

/** The grains in which a test looks. */
export const grains: readonly number[] = Array.from({ length: 28 * (hour / grain) }, (_, index) => begin - hour + index * grain);

/** Most that is used of a pool at any grain: bookings add up, of an open set the offer that takes most. */
export function mostUsed({ bookings, open }: LedgerSnapshot, pool: PoolId, resource: string): number {
  return Math.max(...grains.map((time) => {
    const firm = bookings.reduce((sum, { claims }) => sum + takenAt(claims, pool, resource, time), 0);
    return open.reduce((sum, { holds, rejected }) => sum + Math.max(0, ...holds.filter(({ index }) => !rejected.includes(index)).map(({ claims }) => takenAt(claims, pool, resource, time))), firm);
  }));
}

/** Most amounts times hours in any window of the length, by exact times: windows that begin or end where a claim does. */
export function mostSpent({ bookings, open }: LedgerSnapshot, pool: PoolId, resource: string, length: number): number {
  const own = (claims: readonly Claim[]): readonly Claim[] => claims.filter((one) => one.pool === pool);
  const edges = [...bookings.flatMap(({ claims }) => own(claims)), ...open.flatMap(({ holds }) => holds.flatMap(({ claims }) => own(claims)))].flatMap(({ interval }) => [interval.start, interval.end]);
  const hours = (claims: readonly Claim[], from: number): number => own(claims).reduce((sum, { interval, amount }) => sum + (amount[resource] ?? 0) * (Math.max(0, Math.min(interval.end, from + length) - Math.max(interval.start, from)) / hour), 0);
  return Math.max(0, ...edges.flatMap((at) => [at, at - length]).map((from) => {
    const firm = bookings.reduce((sum, { claims }) => sum + hours(claims, from), 0);
    return open.reduce((sum, { holds, rejected }) => sum + Math.max(0, ...holds.filter(({ index }) => !rejected.includes(index)).map(({ claims }) => hours(claims, from))), firm);
  }));
}
