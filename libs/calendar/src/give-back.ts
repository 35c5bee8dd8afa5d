/** A block after its grace: it keeps what its group uses, and no more can be had of it. */
import { subtractResources } from '#model';
import type { CalendarEntry, Instant, Interval, Resources } from '#model';
import type { Claim, Profile } from '#booking';
import { amountAt, clip, joinClaims } from './claim-shapes.js';
import { blockPoolOf, isGivenBack } from './wanted.js';

/** `wanted` with the unused part of every time that is given back now moved from the block's pool to the general one. */
export function withGivenBack(profile: Profile, entry: CalendarEntry, wanted: readonly Claim[], state: { readonly own: readonly Claim[]; readonly now: Instant }): readonly Claim[] {
  const { own, now } = state;
  const { grain } = profile;
  const from = Math.floor(now / grain) * grain;
  let claims = wanted;
  for (const time of entry.times.filter((one) => isGivenBack(entry, one, now))) {
    const end = time.end ?? Infinity;
    const rest = { start: Math.max(from, time.start), end };
    const before = clip(own.length > 0 ? own : wanted, { start: time.start, end: Math.min(end, from) });
    claims = [...clip(claims, { start: -Infinity, end: time.start }), ...before, ...clip(claims, { start: end, end: Infinity }), ...keptClaims(profile, entry, rest, own)];
  }
  return joinClaims(claims);
}

function keptClaims(profile: Profile, entry: CalendarEntry, rest: Interval, own: readonly Claim[]): readonly Claim[] {
  const { grain } = profile;
  const block = blockPoolOf(entry);
  const claims: Claim[] = [];
  for (let slot = Math.floor(rest.start / grain); slot * grain < rest.end; slot += 1) {
    const interval = { start: Math.max(rest.start, slot * grain), end: Math.min(rest.end, (slot + 1) * grain) };
    const used = usedByGroup(profile, entry, interval, own);
    claims.push({ pool: entry.pool, interval, amount: used }, { pool: block, interval, amount: subtractResources(entry.amounts ?? {}, used) });
  }
  return claims;
}

/** The most that sessions and offers have of the block in the interval. */
export function usedByGroup(profile: Profile, entry: CalendarEntry, interval: Interval, own: readonly Claim[]): Resources {
  const { grain, origin } = profile;
  const pool = blockPoolOf(entry);
  const [from, until] = [Math.floor(interval.start / grain) - origin, Math.ceil(interval.end / grain) - origin];
  return Object.fromEntries(Object.keys(entry.amounts ?? {}).map((resource) => {
    const used = profile.timelineOf(pool, resource).max(from, until);
    return [resource, Math.max(0, used - amountAt(own, { pool, resource }, interval.start))];
  }));
}
