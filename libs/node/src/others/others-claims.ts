/** A platform's answer as claims that nobody here has promised: pure. */
import type { Instant, PoolId, Resources, SessionId } from '#model';
import { subtractResources } from '#model';
import type { PoolCapacity } from '#plugin-sdk';
import type { Claim, Headroom } from '#booking';

/** One answer of a platform. */
export interface Reading { readonly at: Instant; readonly pools: readonly PoolCapacity[] }

/**
 * What others use, and what the platform has less than the ledger's totals are made of (`bases`): hosts that are drained or gone. What
 * belongs to sessions of this broker is in the ledger already.
 */
export function othersClaims({ at, pools }: Reading, bases: ReadonlyMap<PoolId, Resources>, isOwn: (session: SessionId) => boolean): readonly Claim[] {
  const used = pools.flatMap(({ pool, taken }) => taken.filter(({ session }) => session === undefined || !isOwn(session)).map((one): Claim => ({ pool, interval: one.interval, amount: one.resources })));
  const totals = new Map(pools.map((one) => [one.pool, one.total]));
  const away = [...bases].map(([pool, base]): Claim => ({ pool, interval: { start: at, end: Infinity }, amount: subtractResources(base, totals.get(pool) ?? {}) }));
  return [...used, ...away];
}

/** True when more is used than there is at any time of the claims; what they want is used already. */
export function isBeyond(room: Headroom, claims: readonly Claim[]): boolean {
  return claims.some(({ pool, interval, amount }) => {
    const [from, until] = [Math.floor(interval.start / room.grain) - room.origin, Math.ceil(interval.end / room.grain) - room.origin];
    return Object.entries(amount).some(([name, wanted]) => wanted > 0 && room.timelineOf(pool, name).max(from, until) > (room.totalOf(pool)?.[name] ?? 0));
  });
}
