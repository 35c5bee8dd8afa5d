/** The words of the ledger: claims on pools, what happened to them, and what is asked of it. */
import type { Instant, Interval, Milliseconds, OfferSetId, PoolId, Resources, SessionId } from '#model';
import type { Demand } from '#plugin-sdk';

/** Amounts of one pool for an interval. Exact times; what it occupies is rounded outward to the grain by the profile. */
export interface Claim { readonly pool: PoolId; readonly interval: Interval; readonly amount: Resources }

/** What one offer of a set would take. `index` is the offer's number in its set. */
export interface Hold { readonly index: number; readonly claims: readonly Claim[] }

/** A pool's total as a step function: each entry holds from its instant on; the first from the beginning of time. */
export interface PoolTotals { readonly pool: PoolId; readonly total: Resources }

/** What is written in the log; a replica that applies all of them in order has the ledger. Plain JSON. */
export type LedgerEvent =
  | { readonly kind: 'pool'; readonly pool: PoolId; readonly total: Resources }
  | { readonly kind: 'held'; readonly set: OfferSetId; readonly expires: Instant; readonly holds: readonly Hold[] }
  | { readonly kind: 'accepted'; readonly set: OfferSetId; readonly index: number }
  | { readonly kind: 'rejected'; readonly set: OfferSetId; readonly index: number }
  | { readonly kind: 'expired'; readonly set: OfferSetId }
  /** An open set expires then; what it holds is the same when `holds` is left out. */
  | { readonly kind: 'prolonged'; readonly set: OfferSetId; readonly expires: Instant; readonly holds?: readonly Hold[] }
  /** The booking gives back everything from `from` on; a `from` at or before its start removes it. */
  | { readonly kind: 'released'; readonly session: SessionId; readonly from: Instant }
  /** The booking has these claims from now on, whatever it had; none: it is removed. `set` of one that is new. */
  | { readonly kind: 'rebooked'; readonly booking: SessionId; readonly claims: readonly Claim[]; readonly set?: OfferSetId };

/** One search for slots: all demands must fit together at a common start. */
export interface SlotQuery {
  readonly demands: readonly Demand[];
  /** Closed windows of starts, in order, not overlapping. */
  readonly windows: readonly Interval[];
  /** When set, the run (start … start + duration) must lie inside one of these. */
  readonly runs?: readonly Interval[];
  readonly duration: { readonly min: Milliseconds; readonly max: Milliseconds };
  /** `stay` demands begin this long before the start, and end this long after the end. */
  readonly lead: Milliseconds;
  readonly trail: Milliseconds;
  /** No start before this. */
  readonly notBefore: Instant;
  /**
   * Acceptance may come late, so a run that is offered for now may begin as late as this: claims end `duration` after
   * max(start, settleBy), not after the start. Default: notBefore.
   */
  readonly settleBy?: Instant;
  /** Most that may be granted (by policy), within the demands' max. */
  readonly atMost?: Resources;
}

/** A slot that was found, with the size and length it can have there. */
export interface Slot { readonly start: Instant; readonly duration: Milliseconds; readonly granted: Resources; readonly claims: readonly Claim[] }

/** A slot of one of several queries (one query per platform choice). */
export interface Candidate extends Slot { readonly query: number }
