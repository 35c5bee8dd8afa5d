import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExecutionRequest, Log, PlatformName, PoolId, Requester, RequesterId, Resources, SessionId } from '#model';
import { kinds, offerSetIdFrom, sessionIdOf } from '#model';
import { Ledger } from '#booking';
import { MemoryLedgerStore } from '#booking/testing';
import { scriptedPlugin } from '#platforms/scripted';
import { testHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import type { AskingParts } from './asking.js';
import { ask } from './asking.js';
import type { OfferSetDocument } from './offer-document.js';
import { OpenHolds } from './open-holds.js';
import { documentOf } from './stored-document.js';
import { explanationOf } from './trail.js';

const minute = 60_000;
const hour = 60 * minute;
const grain = 5 * minute;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const alice: Requester = { id: 'local:alice' as RequesterId, name: 'alice', roles: ['user'], groups: [] };
const total: Resources = { cores: 8, memory: 32, storage: 100 };
const now = Date.parse('2030-06-03T08:00:00Z');

interface Busy { readonly start: number; readonly length: number; readonly cores: number }
interface Wish { readonly cores: number; readonly memory: number; readonly hours: number; readonly from: number; readonly width: number }

async function world(busy: readonly Busy[]): Promise<{ parts: AskingParts; close(): Promise<void> }> {
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  const host = await testHost({ clock, instance: 'stage' });
  const platform = scriptedPlugin.create(scriptedPlugin.parseConfig({ pools: { main: total }, longestRun: 'PT12H' }), host);
  const ledger = await Ledger.open({ store: new MemoryLedgerStore(grain), clock, log: silent, grain, horizon: 48 * hour, alarm: (one) => { throw new Error(JSON.stringify(one)); } });
  const pool = 'stage/main' as PoolId;
  await ledger.definePools([{ pool, total }]);
  for (const { start, length, cores } of busy) {
    const id: SessionId = sessionIdOf(offerSetIdFrom(randomUUID()), 0);
    await ledger.rebook(id, [{ pool, interval: { start: now + start * hour, end: now + (start + length) * hour }, amount: { cores } }]);
  }
  const rates = { perCoreHour: 0, perMemoryHour: 0, perStorageHour: 0, perSession: 0, wattsPerCore: 0, idleWatts: 0, corePerformance: 1 };
  const costs = { rates, pools: {}, currency: '', priceByHour: [], carbonByHour: [], unknownTypes: 'refuse' as const };
  const settings = {
    name: 'n', offerExpiry: 5 * minute, longestExpiry: 30 * minute, spacing: hour, mostOffers: 3, horizon: 48 * hour, grain, longest: 24 * hour, publicReads: false, costs, limits: {},
    defaults: { duration: hour, window: hour, cores: 1, memory: 1 },
  };
  const parts: AskingParts = {
    settings, ledger, platforms: new Map([['stage' as PlatformName, platform]]), resolvers: new Map(), policies: [], openHolds: new OpenHolds({}),
    now: () => clock.now(), newUuid: randomUUID,
  };
  return { parts, close: () => host.close() };
}

function requestOf({ cores, memory, hours, from, width }: Wish): ExecutionRequest {
  const start = `${new Date(now + from * hour).toISOString()}/PT${width}M`;
  return {
    executable: { kind: kinds.scripted }, schedule: { requested: { duration: `PT${hours * 60}M`, start } },
    compute: { kind: kinds.simpleCompute, cores: { min: cores, max: cores }, memory: { min: memory, max: memory } },
  };
}

type Values = Readonly<Record<string, string>>;

/** The request as somebody sends it who follows the hint; undefined without one. */
function followed(request: ExecutionRequest, document: OfferSetDocument): ExecutionRequest | undefined {
  const valuesOf = (word: string): Values | undefined => document.messages.find((one) => one.kind.endsWith(`:${word}`))?.values;
  const requested = request.schedule?.requested ?? {};
  const first = valuesOf('first-start')?.['first'] ?? valuesOf('capacity')?.['first'];
  if (first !== undefined) return { ...request, schedule: { requested: { ...requested, start: `${first}/PT0S` } } };
  const size = valuesOf('biggest')?.['size'];
  if (size !== undefined) {
    const amount = (name: string): number => Number(new RegExp(`(\\d+) ${name}`).exec(size)?.[1]);
    const range = (name: string): { min: number; max: number } => ({ min: amount(name), max: amount(name) });
    return { ...request, compute: { kind: kinds.simpleCompute, cores: range('cores'), memory: range('memory') } };
  }
  const longest = valuesOf('longest')?.['duration'];
  return longest === undefined ? undefined : { ...request, schedule: { requested: { ...requested, duration: longest } } };
}

describe('hints of an answer NO', () => {
  const busy = fc.array(fc.record({ start: fc.integer({ min: 1, max: 40 }), length: fc.integer({ min: 1, max: 10 }), cores: fc.constant(2) }), { maxLength: 4 });
  const wish = fc.record({
    cores: fc.integer({ min: 1, max: 12 }), memory: fc.integer({ min: 1, max: 48 }), hours: fc.integer({ min: 1, max: 20 }),
    from: fc.integer({ min: 1, max: 40 }), width: fc.integer({ min: 0, max: 120 }),
  });

  it('followed at once, each gets offers', async () => {
    let hints = 0;
    await fc.assert(fc.asyncProperty(busy, wish, async (bookings, wanted) => {
      const { parts, close } = await world(bookings);
      const request = requestOf(wanted);
      const answer = await ask(parts, request, alice);
      const next = answer.state === 'REFUSED' ? followed(request, documentOf(answer)) : undefined;
      if (next) {
        hints += 1;
        expect((await ask(parts, next, alice)).state, JSON.stringify([request, next])).toBe('OFFERED');
      }
      await close();
    }), { numRuns: 60 });
    expect(hints).toBeGreaterThan(5);
  });

  it('a size that never fits gets the biggest that does, in one resource where that is enough', async () => {
    const { parts, close } = await world([]);
    const answer = await ask(parts, requestOf({ cores: 12, memory: 4, hours: 1, from: 2, width: 0 }), alice);
    const { messages } = documentOf(answer);
    expect(messages.find((one) => one.kind.endsWith(':biggest'))?.values).toMatchObject({ size: '8 cores, 4 memory' });
    await close();
  });

  it('a run that is too long for the platform gets the longest that is not', async () => {
    const { parts, close } = await world([]);
    const answer = await ask(parts, requestOf({ cores: 1, memory: 1, hours: 20, from: 2, width: 0 }), alice);
    expect(documentOf(answer).messages.find((one) => one.kind.endsWith(':longest'))?.values).toMatchObject({ duration: 'PT12H' });
    await close();
  });

  it('the explanation tells of every step, and of what was tried', async () => {
    const { parts, close } = await world([]);
    const answer = await ask(parts, requestOf({ cores: 12, memory: 4, hours: 1, from: 2, width: 0 }), alice);
    expect(documentOf(answer).trail?.steps.map((one) => one.step)).toEqual(expect.arrayContaining(['request', 'platform', 'hint']));
    const yes = await ask(parts, requestOf({ cores: 2, memory: 4, hours: 1, from: 2, width: 0 }), alice);
    const steps = explanationOf(documentOf(yes)).steps.map((one) => one.step);
    expect(steps).toEqual(expect.arrayContaining(['request', 'platform', 'pool', 'offer']));
    await close();
  });
});
