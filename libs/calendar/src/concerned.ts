/** The promises that claims would cut into: what a dry run answers, without touching the ledger. */
import { intersection, subtractResources } from '#model';
import type { OfferSetId, Resources, SessionId } from '#model';
import type { Claim, Profile } from '#booking';
import { amountAt } from './claim-shapes.js';

export interface Promises { readonly sessions: readonly SessionId[]; readonly sets: readonly OfferSetId[] }

/** `own`: what the entry has already, under `id`. */
export function promisesInTheWay(profile: Profile, id: SessionId, claims: readonly Claim[], totalOf: (pool: Claim['pool']) => Resources | undefined): Promises {
  const own = profile.bookingOf(id)?.claims ?? [];
  const sessions = new Set<SessionId>();
  const sets = new Set<OfferSetId>();
  for (const claim of claims) {
    const found = ofOne(profile, { claim, own, rest: subtractResources(totalOf(claim.pool) ?? {}, claim.amount) });
    for (const session of found.sessions) if (session !== id) sessions.add(session);
    for (const set of found.sets) sets.add(set);
  }
  return { sessions: [...sessions], sets: [...sets] };
}

/** Of those that take part where the pool would be too small at any time: the ones that meet the claim there. */
function ofOne(profile: Profile, cut: Omit<Pair, 'other'>): Promises {
  const isInTheWay = (others: readonly Claim[] = []): boolean => others.some((other) => isCut(profile, { ...cut, other }));
  const found = profile.concernedBy(cut.claim.pool, cut.rest);
  return {
    sessions: found.sessions.filter((session) => isInTheWay(profile.bookingOf(session)?.claims)),
    sets: found.sets.filter((set) => isInTheWay(profile.openSet(set)?.holds.flatMap((hold) => hold.claims))),
  };
}

interface Pair { readonly claim: Claim; readonly other: Claim; readonly rest: Resources; readonly own: readonly Claim[] }

/** True where both meet and more is used than the claim would leave. */
function isCut(profile: Profile, { claim, other, rest, own }: Pair): boolean {
  const shared = other.pool === claim.pool ? intersection(claim.interval, other.interval) : undefined;
  if (!shared || shared.start >= shared.end) return false;
  const { grain, origin } = profile;
  const [from, until] = [Math.floor(shared.start / grain) - origin, Math.ceil(shared.end / grain) - origin];
  return Object.keys(claim.amount).some((resource) => {
    const used = profile.timelineOf(claim.pool, resource).max(from, until) - amountAt(own, { pool: claim.pool, resource }, shared.start);
    return (other.amount[resource] ?? 0) > 0 && used > (rest[resource] ?? 0);
  });
}
