/** Claims as shapes over time: cut, compared, and added up, whatever pieces they are written in. */
import type { Instant, Interval, PoolId, Resources } from '#model';
import { intersection } from '#model';
import type { Claim } from '#booking';

/** The parts of claims inside an interval. */
export function clip(claims: readonly Claim[], to: Interval): readonly Claim[] {
  return claims.flatMap((claim): readonly Claim[] => {
    const interval = intersection(claim.interval, to);
    return interval && interval.start < interval.end ? [{ ...claim, interval }] : [];
  });
}

/** Amount of a resource of a pool that claims take at an instant. */
export function amountAt(claims: readonly Claim[], place: { readonly pool: PoolId; readonly resource: string }, at: Instant): number {
  return claims.reduce((sum, { pool, interval, amount }) => (pool === place.pool && interval.start <= at && at < interval.end ? sum + (amount[place.resource] ?? 0) : sum), 0);
}

/** Pieces that touch and have the same amounts made one; pieces of nothing left out. In order of pool and time. */
export function joinClaims(claims: readonly Claim[]): readonly Claim[] {
  const sorted = claims.map((claim) => ({ ...claim, amount: somethingOf(claim.amount) })).filter(({ amount, interval }) => Object.keys(amount).length > 0 && interval.start < interval.end)
    .sort((a, b) => a.pool.localeCompare(b.pool) || a.interval.start - b.interval.start);
  const joined: Claim[] = [];
  for (const next of sorted) {
    const last = joined.at(-1);
    const goesOn = last?.pool === next.pool && last.interval.end === next.interval.start && JSON.stringify(last.amount) === JSON.stringify(next.amount);
    if (goesOn) joined[joined.length - 1] = { ...last, interval: { start: last.interval.start, end: next.interval.end } };
    else joined.push(next);
  }
  return joined;
}

/** True when both take the same at every time. */
export function isSameShape(a: readonly Claim[], b: readonly Claim[]): boolean {
  return JSON.stringify(joinClaims(a)) === JSON.stringify(joinClaims(b));
}

function somethingOf(amount: Resources): Resources {
  return Object.fromEntries(Object.entries(amount).filter(([, value]) => value > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}
