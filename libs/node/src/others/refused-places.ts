/** Places that a platform did not give natively though they seemed free: hosts that are full one by one show no gap in a pool's sum. */
import type { Instant, Interval, Milliseconds, PoolId, Reason } from '#model';
import { fitsIn, formatInstant, formatInterval, overlaps, reason } from '#model';
import type { Admission, Candidate, Claim } from '#booking';

/** Until then the platform tells what others use there, or the place is free again. */
const remembered: Milliseconds = 60_000;
const most = 200;
/** In one answer. */
const mostReasons = 3;

export class RefusedPlaces {
  private places: readonly (Claim & { readonly until: Instant })[] = [];

  note(claims: readonly Claim[], now: Instant): void {
    const noted = claims.map((claim) => ({ ...claim, until: now + remembered }));
    this.places = [...this.places.filter(({ until }) => until > now), ...noted].slice(-most);
  }

  /** For answers NO: the refused places in the wanted time. */
  reasons(pools: readonly PoolId[], wanted: Interval, now: Instant): readonly Reason[] {
    return this.places.filter(({ pool, interval, until }) => until > now && pools.includes(pool) && overlaps(interval, wanted)).slice(0, mostReasons).map(({ pool, interval, until }) => (
      reason('place-refused', "the platform refused a place in '{pool}' at {when} a moment ago; such are not offered again before {until}", { pool, when: formatInterval(interval), until: formatInstant(until) })
    ));
  }

  /** Keeps what needs at least as much in a refused place; undefined when there is none. */
  admission(now: Instant): Admission | undefined {
    const places = this.places.filter(({ until }) => until > now);
    if (places.length === 0) return undefined;
    const inTheWay = (candidate: Candidate): readonly Claim[] => places.filter((place) => candidate.claims.some(({ pool, interval, amount }) => (
      pool === place.pool && overlaps(interval, place.interval) && fitsIn(place.amount, amount)
    )));
    return {
      admits: (candidate) => inTheWay(candidate).length === 0,
      retry: (candidate) => Math.max(...inTheWay(candidate).map(({ interval }) => interval.end)),
    };
  }
}

/** What both admit; claims of both are added. */
export function bothAdmit(one: Admission | undefined, other: Admission | undefined): Admission | undefined {
  if (!one || !other) return one ?? other;
  const completed = (candidate: Candidate, by: Admission): Candidate => by.complete?.(candidate) ?? candidate;
  return {
    admits: (candidate) => one.admits(candidate) && other.admits(candidate),
    retry: (candidate) => (one.admits(candidate) ? other : one).retry(candidate),
    complete: (candidate) => completed(completed(candidate, one), other),
    most: (candidate) => one.most?.(candidate) ?? other.most?.(candidate),
  };
}
