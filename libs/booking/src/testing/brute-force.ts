/** Use of pools counted slot by slot: slow, and too simple to be wrong. */
import type { Instant, Milliseconds, PoolId, Resources } from '#model';
import type { Claim, Hold } from '../booking.js';

export interface SlotUse { readonly key: string; readonly amount: number }

/** One entry for each grain that a claim touches, keyed `slot|resource|pool`. */
export function stepsOfClaims(claims: readonly Claim[], grain: Milliseconds): readonly SlotUse[] {
  return claims.flatMap((claim) => Object.entries(claim.amount).flatMap(([name, amount]) =>
    slotsOf(claim.interval.start, claim.interval.end, grain).map((slot) => ({ key: `${slot}|${name}|${claim.pool}`, amount }))));
}

/** What a set of alternatives occupies: at each slot the most that one of them takes. */
export function stepsOfHolds(holds: readonly Hold[], grain: Milliseconds): readonly SlotUse[] {
  const most = new Map<string, number>();
  for (const hold of holds) {
    const own = new Map<string, number>();
    addSteps(own, stepsOfClaims(hold.claims, grain));
    for (const [key, amount] of own) most.set(key, Math.max(most.get(key) ?? 0, amount));
  }
  return [...most].map(([key, amount]) => ({ key, amount }));
}

export function addSteps(use: Map<string, number>, steps: readonly SlotUse[]): void {
  for (const { key, amount } of steps) use.set(key, (use.get(key) ?? 0) + amount);
}

/** The highest use of each pool and resource. */
export function mostUsed(use: ReadonlyMap<string, number>): ReadonlyMap<PoolId, Resources> {
  const most = new Map<PoolId, Record<string, number>>();
  for (const [key, amount] of use) {
    const [, name = '', pool = ''] = key.split('|');
    const entry = most.get(pool as PoolId) ?? {};
    entry[name] = Math.max(entry[name] ?? 0, amount);
    most.set(pool as PoolId, entry);
  }
  return most;
}

/** Numbers of the grains that [start, end) touches, rounded outward. */
export function slotsOf(start: Instant, end: Instant, grain: Milliseconds): readonly number[] {
  const first = Math.floor(start / grain);
  return Array.from({ length: Math.max(0, Math.ceil(end / grain) - first) }, (_, offset) => first + offset);
}
