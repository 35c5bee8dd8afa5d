/** Claims of a session cut, moved and joined. */
import type { Instant, Interval, Milliseconds, PoolId, Resources } from '#model';
import { isAccount } from '#booking';
import type { Claim } from '#booking';
import { isDrawnFrom, isPledge } from './pledges.js';

/** True of what a platform gives; shares and accounts only count it. */
export function isCapacity({ pool }: Claim): boolean {
  return !isAccount(pool) && !isPledge(pool);
}

/** The claims that last to the end; what was held before a change of size is over. */
export function tailOf(claims: readonly Claim[], end: Instant): readonly Claim[] {
  return claims.filter((claim) => claim.interval.end >= end);
}

/** The claims with their end moved; what ends before it is cut where they end then, and what would begin after that is left out. */
export function claimsEndingLater(claims: readonly Claim[], end: Instant, by: Milliseconds): readonly Claim[] {
  const moved = (before: Instant): Instant => (before < end ? Math.min(before, end + by) : before + by);
  return withEnds(claims, ({ interval }) => moved(interval.end));
}

/**
 * What a session that becomes shorter has left. Shares and accounts end as the capacity that they count does; what they counted up
 * to an earlier time, and not to the end, is cut where that goes beyond.
 */
export function shorterClaims(claims: readonly Claim[], end: Instant, by: Milliseconds): readonly Claim[] {
  const tails = tailOf(claims.filter(isCapacity), end);
  const ends = tails.map(({ interval }) => interval.end);
  const known = new Set([...ends, Math.max(end, Math.min(...ends))]);
  const isLast = ({ pool, interval }: Claim): boolean => known.has(interval.end) && claims.every((one) => one.pool !== pool || one.interval.end <= interval.end);
  const over = (claim: Claim): Instant => Math.max(...(isPledge(claim.pool) ? tails.filter((one) => isDrawnFrom(claim.pool, one.pool) && Object.keys(claim.amount).some((name) => name in one.amount)).map(({ interval }) => interval.end) : ends), end) - by;
  const owed = claims.filter((one) => !isCapacity(one));
  return [...claimsEndingLater(claims.filter(isCapacity), end, -by), ...withEnds(owed, (claim) => (isLast(claim) ? claim.interval.end - by : Math.min(claim.interval.end, over(claim))))];
}

function withEnds(claims: readonly Claim[], endOf: (claim: Claim) => Instant): readonly Claim[] {
  return claims.map((claim) => ({ ...claim, interval: { start: claim.interval.start, end: endOf(claim) } })).filter(({ interval }) => interval.start < interval.end);
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

/** What one resource of some pools comes to is less by so much during the interval: the last claims give first. */
export function lessened(claims: readonly Claim[], pools: ReadonlySet<PoolId>, less: { readonly name: string; readonly by: number; readonly during: Interval }): readonly Claim[] {
  const { name, by, during } = less;
  const isConcerned = ({ pool, interval, amount }: Claim): boolean => pools.has(pool) && (amount[name] ?? 0) > 0 && interval.start < during.end && interval.end > during.start;
  const edges = [during.start, during.end, ...claims.filter(isConcerned).flatMap(({ interval }) => [interval.start, interval.end])].filter((at) => during.start <= at && at <= during.end);
  const pieces = claims.flatMap((claim) => (isConcerned(claim) ? cutAt(claim, edges) : [claim]));
  const given = new Map<Instant, number>();
  const left = pieces.toReversed().map((piece) => {
    const { start } = piece.interval;
    if (!isConcerned(piece)) return piece;
    const taken = Math.min(by - (given.get(start) ?? 0), piece.amount[name] ?? 0);
    given.set(start, (given.get(start) ?? 0) + taken);
    return { ...piece, amount: { ...piece.amount, [name]: (piece.amount[name] ?? 0) - taken } };
  });
  return left.toReversed().filter((piece) => Object.values(piece.amount).some((amount) => amount > 0));
}

function cutAt({ interval, ...claim }: Claim, edges: readonly Instant[]): readonly Claim[] {
  const inside = [...new Set(edges)].filter((at) => at > interval.start && at < interval.end).sort((a, b) => a - b);
  const starts = [interval.start, ...inside];
  return starts.map((start, place) => ({ ...claim, interval: { start, end: starts[place + 1] ?? interval.end } }));
}

/** One claim where one follows another of the same amounts. */
export function joined(claims: readonly Claim[]): readonly Claim[] {
  const all: Claim[] = [];
  for (const claim of claims) {
    const { pool, interval: { start, end } } = claim;
    const place = all.findIndex((one) => one.pool === pool && one.interval.end === start && isSame(one.amount, claim.amount));
    const before = all[place];
    if (before) all[place] = { ...before, interval: { start: before.interval.start, end } };
    else all.push(claim);
  }
  return all;
}

function isSame(a: Resources, b: Resources): boolean {
  return [...Object.keys(a), ...Object.keys(b)].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}
