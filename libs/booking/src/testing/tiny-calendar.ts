/** A calendar so small that every start can be tried, questions to it, and what a right answer is by definition: slow, and too simple to be wrong. */
import fc from 'fast-check';
import type { Instant, Interval, Milliseconds, PoolId } from '#model';
import type { Demand } from '#plugin-sdk';
import type { Claim, SlotQuery } from '../booking.js';
import { Profile } from '../profile/profile.js';
import { addSteps, mostUsed, stepsOfClaims } from './brute-force.js';

/** Grains of 5 ms and a horizon of 150 ms, so that every millisecond can be tried. */
export const grain = 5;
export const now = 1_000;
export const horizon = 150;
const pools = ['a/x' as PoolId, 'b/x' as PoolId];
const total = { cores: 4, memory: 6 };

const pool = fc.constantFrom(...pools);
const amount = fc.record({ cores: fc.integer({ min: 0, max: 3 }), memory: fc.integer({ min: 0, max: 4 }) });
const interval = (most: number): fc.Arbitrary<Interval> =>
  fc.tuple(fc.integer({ min: now - 20, max: now + horizon }), fc.integer({ min: 0, max: most })).map(([start, length]) => ({ start, end: start + length }));
const claim: fc.Arbitrary<Claim> = fc.record({ pool, interval: interval(40), amount });
const demand: fc.Arbitrary<Demand> = fc.record({ pool, min: amount, more: amount, during: fc.constantFrom('run' as const, 'stay' as const) })
  .map(({ more, ...rest }) => ({ ...rest, max: { cores: rest.min.cores + more.cores, memory: rest.min.memory + more.memory } }));
const inOrder = (most: number): fc.Arbitrary<readonly Interval[]> => fc.array(interval(most), { minLength: 1, maxLength: 3 }).map(apart);
export const query: fc.Arbitrary<SlotQuery> = fc.record({
  demands: fc.array(demand, { minLength: 1, maxLength: 3 }), windows: inOrder(60), runs: fc.option(inOrder(90), { nil: undefined }),
  duration: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 30 })).map(([min, more]) => ({ min, max: min + more })),
  lead: fc.integer({ min: 0, max: 12 }), trail: fc.integer({ min: 0, max: 12 }), notBefore: fc.integer({ min: now, max: now + 40 }),
  settle: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }), atMost: fc.option(fc.record({ cores: fc.integer({ min: 1, max: 6 }) }), { nil: undefined }),
}).map(({ runs, settle, atMost, ...rest }) => ({
  ...rest, ...(runs ? { runs } : {}), ...(settle === undefined ? {} : { settleBy: rest.notBefore + settle }), ...(atMost ? { atMost } : {}),
}));

function apart(intervals: readonly Interval[]): readonly Interval[] {
  const kept: Interval[] = [];
  for (const one of [...intervals].sort((a, b) => a.start - b.start)) if (one.start > (kept.at(-1)?.end ?? -Infinity)) kept.push(one);
  return kept;
}

/** Whether nothing is used twice that the claims touch. */
export function fitsBeside(booked: readonly Claim[], claims: readonly Claim[]): boolean {
  const use = new Map<string, number>();
  addSteps(use, stepsOfClaims([...booked, ...claims], grain));
  const wanted = new Map<string, number>();
  addSteps(wanted, stepsOfClaims(claims, grain));
  const touched = new Map([...use].filter(([key]) => (wanted.get(key) ?? 0) > 0));
  return [...mostUsed(touched).values()].every((one) => (one['cores'] ?? 0) <= total.cores && (one['memory'] ?? 0) <= total.memory);
}

/** Does it work at that very start? By the definition of a query, with nothing clever. */
export function works(booked: readonly Claim[], asked: SlotQuery, start: Instant, duration: Milliseconds): boolean {
  const end = Math.max(start, asked.settleBy ?? asked.notBefore) + duration;
  const isAllowed = start >= asked.notBefore && asked.windows.some((one) => start >= one.start && start <= one.end)
    && (asked.runs?.some((one) => start >= one.start && end <= one.end) ?? true) && end + asked.trail <= now + horizon;
  if (!isAllowed) return false;
  const sum = asked.demands.reduce((all, one) => all + (one.min['cores'] ?? 0), 0);
  if (sum > (asked.atMost?.['cores'] ?? Infinity)) return false;
  return fitsBeside(booked, claimsAt(asked, start, end));
}

function claimsAt(asked: SlotQuery, start: Instant, end: Instant): readonly Claim[] {
  return asked.demands.map((one) => ({
    pool: one.pool, amount: one.min, interval: one.during === 'run' ? { start, end } : { start: start - asked.lead, end: end + asked.trail },
  }));
}

export function profileOf(booked: readonly Claim[]): Profile {
  const bookings = booked.map((one, index) => ({ session: `s${index}` as never, set: `o${index}` as never, claims: [one] }));
  return Profile.from({ version: 1, pools: pools.map((one) => ({ pool: one, total })), bookings, open: [] }, { grain, horizon }, now);
}

/** Bookings that fit together, as a ledger has them. */
export const calendar = fc.array(claim, { maxLength: 12 }).map((claims) => claims.reduce<Claim[]>((kept, one) => (fitsBeside(kept, [one]) ? [...kept, one] : kept), []));
