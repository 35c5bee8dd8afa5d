/** Firm bookings that what others use has reached: whose owners should know. Pure. */
import type { Interval, PoolId, Reason, SessionId } from '#model';
import { reason } from '#model';
import type { Headroom, Profile } from '#booking';
import { isBeyond } from './others-claims.js';
import type { Reading } from './others-claims.js';

export interface Endangered { readonly session: SessionId; readonly reason: Reason }

/** Those that platforms name themselves: of each only their own. */
export function namedInDanger(readings: Iterable<Reading>): readonly Endangered[] {
  return [...readings].flatMap(({ pools }) => pools.flatMap(({ endangered = [] }) => endangered))
    .map(({ session, reason: why }) => ({ session, reason: { ...why, values: { ...why.values, entry: `platform ${why.kind}` } } }));
}

/**
 * Bookings on shared pools that have no room beside what others use. What the platform holds natively for a session (it tells so
 * among what is taken) is safe from others.
 */
export function crowdedOut(profile: Profile, room: Headroom, readings: Iterable<Reading>, window: Interval): readonly Endangered[] {
  const pools = [...readings].flatMap((reading) => reading.pools);
  const shared = new Set<PoolId>(pools.map(({ pool }) => pool));
  const held = new Set(pools.flatMap(({ taken }) => taken.flatMap(({ session }) => session ?? [])));
  return profile.bookingsDuring(window).flatMap(({ session, claims }) => {
    const own = claims.filter(({ pool, interval }) => shared.has(pool) && interval.end > window.start);
    const [first] = own;
    return first && !held.has(session) && isBeyond(room, own) ? [{ session, reason: crowded(first.pool) }] : [];
  });
}

function crowded(pool: PoolId): Reason {
  const text = "'{note}' has less room than is promised to this session: others use it, or hosts of it are away; the session may start late or fail";
  return reason('at-risk', text, { entry: `pool ${pool}`, note: pool });
}
