/** Places that a platform did not give natively though they seemed free: hosts that are full one by one show no gap in a pool's sum. */
import type { Instant, Milliseconds } from '#model';
import { fitsIn, overlaps } from '#model';
import type { Admission, Candidate, Claim } from '#booking';

/** Until then the platform tells what others use there, or the place is free again. */
const remembered: Milliseconds = 60_000;
const most = 200;

export class RefusedPlaces {
  private places: readonly (Claim & { readonly until: Instant })[] = [];

  note(claims: readonly Claim[], now: Instant): void {
    const noted = claims.map((claim) => ({ ...claim, until: now + remembered }));
    this.places = [...this.places.filter(({ until }) => until > now), ...noted].slice(-most);
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
