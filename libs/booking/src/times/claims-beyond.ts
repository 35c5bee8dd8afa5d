import type { Instant, PoolId, Resources } from '#model';
import type { Claim } from '../booking.js';

/** What `claims` take and `others` do not, in exact times; neighbours of one amount are one claim. */
export function claimsBeyond(claims: readonly Claim[], others: readonly Claim[]): readonly Claim[] {
  return [...new Set(claims.map((one) => one.pool))].flatMap((pool) => beyondIn(pool, claims, others));
}

function beyondIn(pool: PoolId, claims: readonly Claim[], others: readonly Claim[]): readonly Claim[] {
  const [own, theirs] = [claims, others].map((all) => all.filter((one) => one.pool === pool)) as [Claim[], Claim[]];
  const edges = [...new Set([...own, ...theirs].flatMap(({ interval }) => [interval.start, interval.end]))].sort((a, b) => a - b);
  const beyond: Claim[] = [];
  for (const [place, start] of edges.entries()) {
    const end = edges[place + 1];
    const amount = end === undefined ? {} : surplus(takenAt(start, own), takenAt(start, theirs));
    if (end === undefined || Object.keys(amount).length === 0) continue;
    const last = beyond.at(-1);
    const isSame = last?.interval.end === start && Object.keys(surplus(last.amount, amount)).length + Object.keys(surplus(amount, last.amount)).length === 0;
    if (last && isSame) beyond[beyond.length - 1] = { ...last, interval: { start: last.interval.start, end } };
    else beyond.push({ pool, interval: { start, end }, amount });
  }
  return beyond;
}

function takenAt(at: Instant, claims: readonly Claim[]): Resources {
  const taken: Record<string, number> = {};
  for (const { interval, amount } of claims) {
    if (interval.start > at || interval.end <= at) continue;
    for (const [name, value] of Object.entries(amount)) taken[name] = (taken[name] ?? 0) + value;
  }
  return taken;
}

function surplus(a: Resources, b: Resources): Resources {
  return Object.fromEntries(Object.entries(a).map(([name, value]) => [name, value - (b[name] ?? 0)] as const).filter(([, value]) => value > 0));
}
