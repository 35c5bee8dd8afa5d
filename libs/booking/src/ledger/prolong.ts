/** Moving the expiry of offers that are still open. */
import type { Instant, OfferSetId, Reason, SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { Hold, LedgerEvent } from '../booking.js';
import type { Refused } from './commands.js';
import { refusal } from './commands.js';
import type { BatchDraft, Command } from './decide.js';
import type { Concerned, OpenSet, Profile } from '../profile/profile.js';

export interface Prolongation {
  readonly expires: Instant;
  /** The expiry that the caller has seen: another one by now refuses it. */
  readonly from?: Instant;
  /**
   * What the offers hold from now on, one for each that the set has; left out: the same. A later expiry may need more, where an
   * offer for now has to hold its whole duration after an acceptance at the last moment.
   */
  readonly holds?: readonly Hold[];
  /** Why `holds` may not be held, apart from capacity; pure, asked inside the decision. */
  readonly whyNot?: (profile: Profile) => readonly Reason[];
  /** The caller's document from now on; left out: the same. */
  readonly document?: unknown;
}

export type ProlongResult =
  | { readonly kind: 'prolonged'; readonly expires: Instant }
  /** Promises where `holds` would need more than is free: firm bookings and other open sets. Both empty: the pools are too small, or for `reasons`. */
  | { readonly kind: 'in-the-way'; readonly sessions: readonly SessionId[]; readonly sets: readonly OfferSetId[]; readonly reasons?: readonly Reason[] }
  /** `past`: when it was decided, the new expiry was over. */
  | { readonly kind: 'refused'; readonly why: 'changed' | 'past' }
  | Refused;

/** Later or earlier, but not past; an open set keeps what it holds, so that only other holds than these can be refused. */
export function prolong(set: OfferSetId, given: Prolongation): Command<ProlongResult> {
  return {
    set,
    decide: (draft) => {
      const open = draft.profile.openSet(set);
      const refused = refusal(draft, set, open ? firstOf(open) : 0);
      if (refused || !open) return refused ?? { kind: 'refused', why: 'unknown' };
      if ((given.from ?? open.expires) !== open.expires) return { kind: 'refused', why: 'changed' };
      if (given.expires <= draft.now) return { kind: 'refused', why: 'past' };
      requireMeant(open, given);
      const inTheWay = beyondLimits(draft, given) ?? tried(draft, set, given);
      return inTheWay ? { kind: 'in-the-way', ...inTheWay } : { kind: 'prolonged', expires: given.expires };
    },
  };
}

function requireMeant(open: OpenSet, { holds = open.holds }: Prolongation): void {
  if (indexesOf(holds) !== indexesOf(open.holds)) throw misuse('other offers would be held than it has');
}

function beyondLimits({ profile }: BatchDraft, { whyNot }: Prolongation): Concerned & { readonly reasons: readonly Reason[] } | undefined {
  const reasons = whyNot?.(profile) ?? [];
  return reasons.length > 0 ? { sessions: [], sets: [], reasons } : undefined;
}

/** Writes it to the draft, unless somebody is in the way of what would be held: then who. */
function tried(draft: BatchDraft, set: OfferSetId, given: Prolongation): Concerned | undefined {
  const { expires, holds, document } = given;
  const mark = draft.mark();
  const event: LedgerEvent = { kind: 'prolonged', set, expires, ...(holds ? { holds } : {}) };
  draft.record(event);
  draft.add('prolonged', { set, expires, ...(holds ? { holds } : {}), ...(document === undefined ? {} : { document }) });
  if (!holds || draft.profile.overbookedBy(event).length === 0) return undefined;
  const inTheWay = draft.profile.inTheWayOf(holds.flatMap(({ claims }) => claims), set);
  draft.backTo(mark);
  return inTheWay;
}

/** An offer that is still open: some are, or the set would be closed. */
function firstOf({ holds, rejected }: OpenSet): number {
  return holds.find(({ index }) => !rejected.includes(index))?.index ?? 0;
}

function indexesOf(holds: readonly Hold[]): string {
  return holds.map(({ index }) => index).sort().join();
}

function misuse(why: string): BrokerError {
  return new BrokerError('defect', 'us', [reason('defect', 'An offer set cannot be prolonged so: {why}', { why }, { level: 'ERROR' })]);
}
