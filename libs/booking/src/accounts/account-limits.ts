/** Whether claims may be added to an account, exactly: the only place where limits of accounts are counted. */
import type { Instant, Interval } from '#model';
import type { AccountLimit } from '#plugin-sdk';
import type { AccountBook, Except } from './accounts.js';
import type { Claim } from '../booking.js';

/** A limit in the way, with what is used already of what it allows. */
export interface Exceeded { readonly limit: AccountLimit; readonly resource: string; readonly used: number; readonly most: number; readonly wanted: number }

/** The first limit that the claim would exceed; undefined: it may be added. */
export function exceededBy(book: AccountBook, claim: Claim, limits: readonly AccountLimit[], except: Except = {}): Exceeded | undefined {
  for (const limit of limits) {
    const found = limit.kind === 'open-sets' ? openSets(book, claim, limit, except) : amounts(book, claim, limit, except);
    if (found) return found;
  }
  return undefined;
}

type Limit<Kind extends AccountLimit['kind']> = Extract<AccountLimit, { kind: Kind }>;

function openSets(book: AccountBook, { pool }: Claim, limit: Limit<'open-sets'>, except: Except): Exceeded | undefined {
  const used = book.openSets(pool, except);
  return used + 1 > limit.most ? { limit, resource: 'offer sets', used, most: limit.most, wanted: 1 } : undefined;
}

function amounts(book: AccountBook, claim: Claim, limit: Exclude<AccountLimit, Limit<'open-sets'>>, except: Except): Exceeded | undefined {
  for (const [resource, most] of Object.entries(limit.most)) {
    const amount = claim.amount[resource] ?? 0;
    if (amount === 0) continue;
    const { used, wanted } = limit.kind === 'at-once' ? { used: book.mostAtOnce(claim.pool, resource, claim.interval, except), wanted: amount } : fullest(book, { ...claim, resource, amount }, limit, except);
    if (used + wanted > most + tolerance) return { limit, resource, used, most, wanted };
  }
  return undefined;
}

/** Sums of hours are of floating point. */
const tolerance = 1e-6;
const hour = 3_600_000;

interface Wanted { readonly pool: Claim['pool']; readonly interval: Interval; readonly resource: string; readonly amount: number }

/**
 * The window in which most would be used. What is used in a sliding window changes evenly between the times at which one of its
 * ends meets the end of a claim, so one of those windows is the fullest. Windows that only touch the claim count too: those
 * beside them, with a little of it inside, come as near to them as one likes.
 */
function fullest(book: AccountBook, claim: Wanted, limit: Limit<'sliding' | 'during'>, except: Except): { used: number; wanted: number } {
  const windows = limit.kind === 'during' ? [limit.interval] : slidingWindows(claim.interval, book.edges(claim.pool), limit.length);
  let worst = { used: 0, wanted: 0 };
  for (const window of windows) {
    const wanted = claim.amount * (Math.max(0, Math.min(window.end, claim.interval.end) - Math.max(window.start, claim.interval.start)) / hour);
    const used = wanted === 0 && limit.kind === 'during' ? 0 : book.spent(claim.pool, claim.resource, window, except);
    if (used + wanted > worst.used + worst.wanted) worst = { used, wanted };
  }
  return worst;
}

function slidingWindows(own: Interval, edges: readonly Instant[], length: number): readonly Interval[] {
  const ends = new Set([...edges, own.start, own.end].flatMap((at) => [at, at + length]));
  return [...ends].filter((end) => end >= own.start && end - length <= own.end).map((end) => ({ start: end - length, end }));
}

/** When it is worth to look again after a refusal: the next time at which the account's use changes, or leaves a window. */
export function nextChangeOf(book: AccountBook, claim: Claim, limits: readonly AccountLimit[]): Instant | undefined {
  const { start } = claim.interval;
  const lengths = limits.flatMap((limit) => (limit.kind === 'sliding' ? [limit.length] : []));
  const ends = limits.flatMap((limit) => (limit.kind === 'during' ? [limit.interval.end] : []));
  const times = [...ends, ...book.edges(claim.pool).flatMap((at) => [at, ...lengths.map((length) => at + length)])].filter((at) => at > start);
  return times.length === 0 ? undefined : Math.min(...times);
}
