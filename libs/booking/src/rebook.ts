/** Setting what a firm booking occupies, after it was made or without an offer before it. */
import type { OfferSetId, SessionId } from '#model';
import { offerSetOf } from '#model';
import type { Claim } from './booking.js';
import { claimsBeyond } from './claims-beyond.js';
import type { Booking } from './booking-store.js';
import type { BatchDraft, Command } from './decide.js';
import type { Concerned } from './profile.js';

export type RebookResult =
  | { readonly kind: 'rebooked'; readonly freed: readonly Claim[]; readonly added: readonly Claim[] }
  /** Promises in the way: firm bookings and open offer sets. Both empty: the pools themselves are too small, or unknown. */
  | { readonly kind: 'refused'; readonly sessions: readonly SessionId[]; readonly sets: readonly OfferSetId[] };

/** `set`: of a booking that is made here; without it the set is the identifier's own. */
export interface RebookOptions { readonly set?: OfferSetId }

/** Before it refuses, sets that are due are expired and it is tried once more. No claims: the booking is removed. */
export function rebook(id: SessionId, claims: readonly Claim[], options: RebookOptions = {}): Command<RebookResult> {
  return {
    set: options.set ?? offerSetOf(id),
    decide: (draft) => {
      const before = draft.profile.bookingOf(id) ?? { set: offerSetOf(id), claims: [] };
      const [freed, added] = [claimsBeyond(before.claims, claims), claimsBeyond(claims, before.claims)];
      if (freed.length + added.length === 0) return { kind: 'rebooked', freed, added };
      const booking = { session: id, set: options.set ?? before.set, claims };
      const inTheWay = tried(draft, booking, added);
      const isLate = inTheWay !== undefined && draft.expireDue() > 0;
      const refused = isLate ? tried(draft, booking, added) : inTheWay;
      return refused ? { kind: 'refused', ...refused } : { kind: 'rebooked', freed, added };
    },
  };
}

/** Writes the booking to the draft, unless somebody is in the way of what it adds: then who. */
function tried(draft: BatchDraft, booking: Booking, added: readonly Claim[]): Concerned | undefined {
  const mark = draft.mark();
  draft.record({ kind: 'rebooked', booking: booking.session, claims: booking.claims, set: booking.set });
  draft.add('rebooked', booking);
  if (draft.profile.overbookedIn(added).length === 0) return undefined;
  const inTheWay = draft.profile.inTheWayOf(added, booking.session);
  draft.backTo(mark);
  return inTheWay;
}
