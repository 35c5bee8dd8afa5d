/** Setting what a firm booking occupies, after it was made or without an offer before it. */
import type { OfferSetId, Reason, SessionId } from '#model';
import { offerSetOf } from '#model';
import type { Claim } from '../booking.js';
import { claimsBeyond } from '../times/claims-beyond.js';
import type { Booking } from '../booking-store.js';
import type { BatchDraft, Command } from './decide.js';
import type { Concerned, Profile } from '../profile/profile.js';

export type RebookResult =
  | { readonly kind: 'rebooked'; readonly freed: readonly Claim[]; readonly added: readonly Claim[] }
  /** Promises in the way: firm bookings and open offer sets. Both empty: the pools are too small or unknown, or there were no claims to choose. */
  | { readonly kind: 'refused'; readonly sessions: readonly SessionId[]; readonly sets: readonly OfferSetId[]; readonly reasons?: readonly Reason[] };

/** Claims, or why there are none that can be had. */
export type ChosenClaims = { readonly claims: readonly Claim[] } | { readonly reasons: readonly Reason[] };

/**
 * What a booking shall have. Where that depends on what others have by then, or on limits of accounts, it is chosen inside the
 * decision, from what is booked: pure, and called perhaps several times.
 */
export type WantedClaims = readonly Claim[] | ((profile: Profile, booked: readonly Claim[]) => ChosenClaims);

/** `set`: of a booking that is made here; without it the set is the identifier's own. */
export interface RebookOptions { readonly set?: OfferSetId }

/** Before it refuses, sets that are due are expired and it is tried once more. No claims: the booking is removed. */
export function rebook(id: SessionId, wanted: WantedClaims, options: RebookOptions = {}): Command<RebookResult> {
  return {
    set: options.set ?? offerSetOf(id),
    decide: (draft) => {
      const before = draft.profile.bookingOf(id) ?? { session: id, set: offerSetOf(id), claims: [] };
      const booking = { ...before, set: options.set ?? before.set };
      const result = tried(draft, booking, wanted);
      return result.kind === 'refused' && draft.expireDue() > 0 ? tried(draft, booking, wanted) : result;
    },
  };
}

function tried(draft: BatchDraft, before: Booking, wanted: WantedClaims): RebookResult {
  const chosen = typeof wanted === 'function' ? wanted(draft.profile, before.claims) : { claims: wanted };
  if ('reasons' in chosen) return { kind: 'refused', sessions: [], sets: [], reasons: chosen.reasons };
  const { claims } = chosen;
  const [freed, added] = [claimsBeyond(before.claims, claims), claimsBeyond(claims, before.claims)];
  if (freed.length + added.length === 0) return { kind: 'rebooked', freed, added };
  const inTheWay = written(draft, { ...before, claims }, added);
  return inTheWay ? { kind: 'refused', ...inTheWay } : { kind: 'rebooked', freed, added };
}

/** Writes the booking to the draft, unless somebody is in the way of what it adds: then who. */
function written(draft: BatchDraft, booking: Booking, added: readonly Claim[]): Concerned | undefined {
  const mark = draft.mark();
  draft.record({ kind: 'rebooked', booking: booking.session, claims: booking.claims, set: booking.set });
  draft.add('rebooked', booking);
  if (draft.profile.overbookedIn(added).length === 0) return undefined;
  const inTheWay = draft.profile.inTheWayOf(added, booking.session);
  draft.backTo(mark);
  return inTheWay;
}
