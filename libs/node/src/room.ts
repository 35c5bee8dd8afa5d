/** How long and how big a session may be made now: within the calendar, the policies, the platform and the node. */
import type { Instant, Interval, Milliseconds, PoolId, Requester, Resources } from '#model';
import type { Charge, Platform } from '#plugin-sdk';
import type { Claim, Ledger } from '#booking';
import { roomAfter, roomBeside } from '#booking';
import { isChangeable } from '#sessions';
import type { SessionRecord } from '#sessions';
import { chargesOfShares, isOwed, longestCharged } from './account-room.js';
import type { Alternative, BoundPolicy } from './judgement.js';
import { alternativesOf, judge, unbound } from './judgement.js';
import type { OthersUse } from './others-use.js';
import type { DividedPool } from './pledges.js';
import type { NodeSettings } from './settings.js';

export interface RoomParts {
  readonly settings: Pick<NodeSettings, 'longest'>;
  readonly ledger: Pick<Ledger, 'preview' | 'bookingOf'>;
  readonly policies: readonly BoundPolicy[];
  readonly dividedPools?: readonly DividedPool[];
  readonly platforms: ReadonlyMap<string, Platform>;
  /** What others use of shared platforms; undefined where there are none. */
  readonly others?: OthersUse | undefined;
  now(): Instant;
}

export interface Bounds { readonly min: number; readonly max: number }

const second = 1000;

/** What the session is booked for; undefined when it holds nothing any more. */
export function claimsOf(parts: Pick<RoomParts, 'ledger'>, record: SessionRecord): readonly Claim[] | undefined {
  return record.work.claims ?? parts.ledger.bookingOf(record.session.id)?.claims;
}

export function lengthOf({ plan }: SessionRecord): Milliseconds {
  return plan.run.end - plan.run.start;
}

/**
 * Lengths of the run that can be had now, in whole seconds: from what has run already to what there is room for. Shorter is
 * always possible; longer is judged by everybody who judged the offer. Undefined when nothing can be changed any more.
 */
export async function lengthBounds(parts: RoomParts, record: SessionRecord, requester: Requester): Promise<Bounds | undefined> {
  const claims = claimsOf(parts, record);
  const platform = parts.platforms.get(record.plan.platform);
  if (!isChangeable(record) || !claims || !platform) return undefined;
  const length = lengthOf(record);
  const min = Math.min(length, Math.max(second, Math.ceil((parts.now() - record.plan.run.start) / second) * second));
  const room = parts.ledger.preview((profile) => roomAfter(parts.others?.over(profile) ?? profile, tailOf(claims, record.plan.run.end)));
  const { longestRun, hasFixedEnd = false } = await platform.capabilities();
  const possible = Math.floor(Math.min(length + (hasFixedEnd ? 0 : room), parts.settings.longest, longestRun) / second) * second;
  const max = possible > length ? await allowedLength(parts, record, { requester, possible }) : length;
  return { min, max };
}

async function allowedLength(parts: RoomParts, record: SessionRecord, wish: { requester: Requester; possible: Milliseconds }): Promise<Milliseconds> {
  const { run, granted } = record.plan;
  const length = lengthOf(record);
  const { alternatives, charges } = await judged(parts, record, { requester: wish.requester, need: granted, longest: wish.possible });
  const claims = tailOf(claimsOf(parts, record) ?? [], run.end);
  const possible = length + longestCharged(parts.ledger, { session: record.session.id, claims }, charges, wish.possible - length);
  const allowed = alternatives.map(({ longest = Infinity, runs }) => Math.min(possible, longest, runs === undefined ? Infinity : endWithin(runs, run) - run.start));
  return Math.max(length, ...allowed.map((one) => Math.floor(one / second) * second));
}

interface Judged { readonly alternatives: readonly Alternative[]; readonly charges: readonly Charge[] }

/** The ways to keep all policies from the present size and length to these. */
async function judged(parts: RoomParts, record: SessionRecord, wish: { requester: Requester; need: Resources; longest: Milliseconds }): Promise<Judged> {
  const { executable, granted, run } = record.plan;
  const duration = { min: lengthOf(record), max: wish.longest };
  const ask = {
    requester: wish.requester, request: { executable }, need: { min: granted, max: wish.need }, duration,
    window: { start: run.start, end: run.start + wish.longest }, moment: 'change' as const,
  };
  const judgement = await judge(unbound(parts.policies), ask);
  const shares = await chargesOfShares(parts, claimsOf(parts, record) ?? [], ask);
  if (judgement.kind === 'deny' || !shares) return { alternatives: [], charges: [] };
  return { alternatives: alternativesOf(judgement, ask), charges: [...judgement.charges, ...shares] };
}

/** The latest end of a run inside one of the allowed stretches; before its start where it is in none. */
export function endWithin(runs: readonly Interval[], run: Interval): Instant {
  const around = runs.filter((one) => one.start <= run.start && run.end <= one.end);
  return Math.max(run.start - 1, ...around.map((one) => one.end));
}

/** Names of resources that can be changed while a session lives, as the wire has them. */
export const resizable = ['cores', 'memory'] as const;
export type Resizable = (typeof resizable)[number];

/** Amounts of one resource that can be had now: within the request's own bounds. Undefined where the platform can't change it. */
export async function sizeBounds(parts: RoomParts, record: SessionRecord, name: Resizable, requester: Requester): Promise<Bounds | undefined> {
  const claims = claimsOf(parts, record);
  if (!claims || !canResize(parts, record)) return undefined;
  const { need, granted } = record.plan;
  const now = granted[name] ?? 0;
  const room = parts.ledger.preview((profile) => roomBeside(parts.others?.over(profile) ?? profile, tailOf(claims, record.plan.run.end), parts.now()))[name] ?? 0;
  const most = isOwed(claims) ? now : Math.max(now, Math.min(need.max[name] ?? now, now + room));
  return { min: Math.min(now, need.min[name] ?? now), max: most > now ? await allowedSize(parts, record, { requester, name, most }) : now };
}

/** Not while a native step with the old size is under way. */
function canResize(parts: RoomParts, record: SessionRecord): boolean {
  const { plan, work } = record;
  return isChangeable(record) && plan.resizable === true && parts.platforms.get(plan.platform)?.resize !== undefined && work.stage !== 'preparing' && work.stage !== 'starting';
}

async function allowedSize(parts: RoomParts, record: SessionRecord, wish: { requester: Requester; name: Resizable; most: number }): Promise<number> {
  const { run, granted } = record.plan;
  const { alternatives } = await judged(parts, record, { requester: wish.requester, need: { ...granted, [wish.name]: wish.most }, longest: lengthOf(record) });
  const allowed = alternatives.filter(({ runs }) => runs === undefined || endWithin(runs, run) >= run.end);
  return Math.max(granted[wish.name] ?? 0, ...allowed.map(({ atMost }) => Math.min(wish.most, atMost?.[wish.name] ?? Infinity)));
}

/** The claims that last to the end; what was held before a change of size is over. */
export function tailOf(claims: readonly Claim[], end: Instant): readonly Claim[] {
  return claims.filter((claim) => claim.interval.end >= end);
}

/** The claims with their end moved; what would begin after its end is left out. */
export function claimsEndingLater(claims: readonly Claim[], end: Instant, by: Milliseconds): readonly Claim[] {
  return claims.map((claim) => (claim.interval.end < end ? claim : { ...claim, interval: { start: claim.interval.start, end: claim.interval.end + by } }))
    .filter(({ interval }) => interval.start < interval.end);
}

/** The claims with another amount of one resource on the pool that gives it, from `from` on. */
export function claimsOfSize(claims: readonly Claim[], name: string, by: number, at: { readonly from: Instant; readonly end: Instant; readonly grain: Milliseconds }): readonly Claim[] {
  const cut = Math.floor(at.from / at.grain) * at.grain;
  const pool: PoolId | undefined = claims.find((claim) => (claim.amount[name] ?? 0) > 0)?.pool;
  let isDone = false;
  return claims.flatMap((claim) => {
    const { start, end } = claim.interval;
    if (isDone || claim.pool !== pool || claim.amount[name] === undefined || end < at.end) return [claim];
    isDone = true;
    const resized = { ...claim, amount: { ...claim.amount, [name]: claim.amount[name] + by } };
    if (start >= cut) return [resized];
    return [{ ...claim, interval: { start, end: cut } }, { ...resized, interval: { start: cut, end } }];
  });
}
