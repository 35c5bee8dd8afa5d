/** How long and how big a session may be made now: within the calendar, the policies, the platform and the node. */
import type { Instant, Interval, Milliseconds, Requester } from '#model';
import type { Platform } from '#plugin-sdk';
import type { Claim, Ledger } from '#booking';
import { roomAfter, roomBeside } from '#booking';
import { isChangeable } from '#sessions';
import type { SessionRecord } from '#sessions';
import { changeTerms } from './change-terms.js';
import { isCapacity, tailOf } from '../pools/claim-shapes.js';
import { isGrowthPossible, lengthGrowth, sizeGrowth } from './growth-of-session.js';
import type { BoundPolicy } from '../judging/judgement.js';
import type { OthersUse } from '../others/others-use.js';
import type { DividedPool } from '../pools/pledges.js';
import type { NodeSettings } from '../settings.js';

export interface RoomParts {
  readonly settings: Pick<NodeSettings, 'longest' | 'grain' | 'costs'>;
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
  const room = parts.ledger.preview((profile) => roomAfter(parts.others?.over(profile) ?? profile, tailOf(claims.filter(isCapacity), record.plan.run.end)));
  const { longestRun, hasFixedEnd = false } = await platform.capabilities();
  const possible = Math.floor(Math.min(length + (hasFixedEnd ? 0 : room), parts.settings.longest, longestRun) / second) * second;
  const max = possible > length ? await allowedLength(parts, record, { requester, possible }) : length;
  return { min, max };
}

async function allowedLength(parts: RoomParts, record: SessionRecord, wish: { requester: Requester; possible: Milliseconds }): Promise<Milliseconds> {
  const { run, granted } = record.plan;
  const [length, claims] = [lengthOf(record), claimsOf(parts, record) ?? []];
  const terms = await changeTerms(parts, record, claims, { requester: wish.requester, need: granted, longest: wish.possible });
  const allowed = terms.alternatives.map(({ longest = Infinity, runs }) => Math.min(wish.possible, longest, runs === undefined ? Infinity : endWithin(runs, run) - run.start));
  const most = Math.max(length, ...allowed.map((one) => Math.floor(one / second) * second)) - length;
  const { grain } = parts.settings;
  const fits = (by: Milliseconds): boolean => isGrowthPossible(parts, record, lengthGrowth(parts, record, claims, by), terms);
  return length + (most > 0 && !fits(most) ? largest(Math.ceil(most / grain), (grains) => fits(grains * grain)) * grain : most);
}

/** The largest whole number below `most` that fits; as what is smaller fits too, by halves. */
function largest(most: number, fits: (amount: number) => boolean): number {
  let [low, high] = [0, most];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
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
  const room = parts.ledger.preview((profile) => roomBeside(parts.others?.over(profile) ?? profile, tailOf(claims.filter(isCapacity), record.plan.run.end), parts.now()))[name] ?? 0;
  const most = Math.max(now, Math.min(need.max[name] ?? now, now + room));
  return { min: Math.min(now, need.min[name] ?? now), max: most > now ? await allowedSize(parts, record, { requester, name, most }) : now };
}

/** Not while a native step with the old size is under way, and not when its time is over. */
function canResize(parts: RoomParts, record: SessionRecord): boolean {
  const { plan, work } = record;
  return isChangeable(record) && parts.now() < plan.run.end && plan.resizable === true && parts.platforms.get(plan.platform)?.resize !== undefined && work.stage !== 'preparing' && work.stage !== 'starting';
}

async function allowedSize(parts: RoomParts, record: SessionRecord, wish: { requester: Requester; name: Resizable; most: number }): Promise<number> {
  const { run, granted } = record.plan;
  const [now, claims] = [granted[wish.name] ?? 0, claimsOf(parts, record) ?? []];
  const terms = await changeTerms(parts, record, claims, { requester: wish.requester, need: { ...granted, [wish.name]: wish.most }, longest: lengthOf(record) });
  const allowed = terms.alternatives.filter(({ runs }) => runs === undefined || endWithin(runs, run) >= run.end);
  const most = Math.max(now, ...allowed.map(({ atMost }) => Math.min(wish.most, atMost?.[wish.name] ?? Infinity))) - now;
  const fits = (by: number): boolean => isGrowthPossible(parts, record, sizeGrowth(parts, record, claims, { name: wish.name, by }), terms);
  return now + (most > 0 && !fits(most) ? largest(most, fits) : most);
}
