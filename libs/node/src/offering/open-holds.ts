/**
 * Asking holds capacity, so asking has an end: how many offer sets one requester may have open, how much of what is free may
 * be held at a time, and how offers expire sooner the more are open. Counted are the sets that this replica made.
 */
import type { Instant, Interval, Milliseconds, OfferSetId, PoolId, Reason, Requester, RequesterId } from '#model';
import { formatDuration, isAdmin, reason } from '#model';
import type { Candidate, Profile } from '#booking';

/** What is left out is not limited. */
export interface HoldLimits {
  /** Open offer sets of one requester; administrators are exempt. */
  readonly openOffers?: number;
  /** Open offer sets of everybody; from half of it on, offers expire sooner. */
  readonly openOffersOfAll?: number;
  /** Most of the capacity that is not booked which may be held by open offers, from 0 to 1; a first hold always may. */
  readonly openShare?: number;
}

interface OpenSet { readonly set: OfferSetId; readonly owner: RequesterId; readonly expires: Instant; readonly claims: readonly Candidate['claims'][number][] }

/** Part of the usual patience that is left when as many sets are open as may be. */
const leastPatience = 0.25;
/** Nobody can decide faster than this. */
const shortestPatience: Milliseconds = 30_000;

export class OpenHolds {
  private readonly sets = new Map<OfferSetId, OpenSet>();
  private readonly byOwner = new Map<RequesterId, Set<OfferSetId>>();

  constructor(private readonly limits: HoldLimits) {}

  /** How long offers made now are held, when `full` is the usual time. */
  patience(full: Milliseconds): Milliseconds {
    const fill = this.sets.size / (this.limits.openOffersOfAll ?? Infinity);
    if (fill <= 0.5) return full;
    const part = Math.max(leastPatience, 1 - (1 - leastPatience) * (fill - 0.5) * 2);
    return Math.min(full, Math.max(shortestPatience, Math.round((full * part) / 1000) * 1000));
  }

  /** Why these may not be held too; undefined when they may. Call it inside the ledger's decision. */
  refusal(profile: Profile, requester: Requester, candidates: readonly Candidate[]): Reason | undefined {
    const { openOffers, openOffersOfAll } = this.limits;
    if (openOffers !== undefined && !isAdmin(requester) && this.countOf(requester.id, openOffers, profile) >= openOffers) {
      return limited('openOffers', openOffers, 'you have {most} offer sets open, as many as one requester may; {fix}');
    }
    if (openOffersOfAll !== undefined && this.countAll(openOffersOfAll, profile) >= openOffersOfAll) {
      return limited('openOffersOfAll', openOffersOfAll, 'this node has {most} offer sets open, as many as it may; {fix}');
    }
    return this.beyondShare(profile, candidates);
  }

  /** Notes a set that is held; repeating it is harmless. */
  opened(open: { readonly set: OfferSetId; readonly owner: RequesterId; readonly expires: Instant }, candidates: readonly Candidate[]): void {
    if (Object.values(this.limits).every((limit) => limit === undefined)) return;
    const claims = this.limits.openShare === undefined ? [] : candidates.flatMap((one) => one.claims);
    this.sets.set(open.set, { set: open.set, owner: open.owner, expires: open.expires, claims });
    const own = this.byOwner.get(open.owner) ?? new Set();
    this.byOwner.set(open.owner, own.add(open.set));
  }

  /** Forgets sets that are over; the ledger forgets them by itself. */
  private prune(profile: Profile, ids: Iterable<OfferSetId>): void {
    for (const id of [...ids]) {
      const known = this.sets.get(id);
      if (!known || profile.openSet(id)) continue;
      this.sets.delete(id);
      const own = this.byOwner.get(known.owner);
      own?.delete(id);
      if (own?.size === 0) this.byOwner.delete(known.owner);
    }
  }

  /** Looks which are still open only when it matters. */
  private countOf(owner: RequesterId, most: number, profile: Profile): number {
    const own = this.byOwner.get(owner);
    if (own && own.size >= most) this.prune(profile, own);
    return own?.size ?? 0;
  }

  private countAll(most: number, profile: Profile): number {
    if (this.sets.size >= most / 2) this.prune(profile, this.sets.keys());
    return this.sets.size;
  }

  private beyondShare(profile: Profile, candidates: readonly Candidate[]): Reason | undefined {
    const share = this.limits.openShare;
    if (share === undefined || share >= 1) return undefined;
    this.prune(profile, this.sets.keys());
    const beyond = candidates.flatMap((one) => one.claims).some(({ pool, interval, amount }) => Object.entries(amount).some(([resource, wanted]) => {
      const held = this.heldDuring(pool, resource, interval);
      return held > 0 && held + wanted > share * ((profile.freeDuring(pool, interval)[resource] ?? 0) + held);
    }));
    return beyond ? limited('openShare', share, 'open offers would hold more than {most} of what is free at that time; {fix}') : undefined;
  }

  /** Counts each set once, by its greatest claim: only one of its offers can be accepted. */
  private heldDuring(pool: PoolId, resource: string, interval: Interval): number {
    let held = 0;
    for (const { claims } of this.sets.values()) {
      const amounts = claims.filter((one) => one.pool === pool && one.interval.start < interval.end && one.interval.end > interval.start).map((one) => one.amount[resource] ?? 0);
      held += Math.max(0, ...amounts);
    }
    return held;
  }
}

function limited(limit: keyof HoldLimits, most: number, text: string): Reason {
  const fix = `accept or reject open offers, or ask again when they have expired (after ${formatDuration(shortestPatience)} or more)`;
  return reason('limit', text, { limit: `limits.${limit}`, most, fix });
}
