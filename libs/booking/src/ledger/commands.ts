/** What can be asked of a ledger. Each is a pure decision on the profile; see decide.ts. */
import type { Instant, OfferSetId, PoolId, RequesterId, Resources, SessionId } from '#model';
import { BrokerError, mostOffersPerSet, offerSetOf, reason, sessionIdOf } from '#model';
import type { Candidate, Claim, Hold, LedgerEvent } from '../booking.js';
import type { Booking, SessionSeed, StoredOfferSet } from '../booking-store.js';
import { cutClaims } from '../times/cut-claims.js';
import type { BatchDraft, Command } from './decide.js';
import type { Profile } from '../profile/profile.js';

export interface OfferQuestionOfSet {
  readonly set: OfferSetId;
  readonly owner: RequesterId;
  readonly created: Instant;
  readonly expires: Instant;
  /** Pure; called with the profile at the moment of decision, perhaps several times. An offer's index is its place in the list. */
  choose(profile: Profile): readonly Candidate[];
  /** The caller's document on what was chosen last. REFUSED holds nothing, and is kept so that a NO can be read again. */
  compose(candidates: readonly Candidate[]): { readonly document: unknown; readonly state: 'OFFERED' | 'REFUSED' };
}

/** `why`: the phase that the offer is in, or `unknown` to this ledger. */
export type Refused = { readonly kind: 'refused'; readonly why: 'expired' | 'rejected' | 'accepted' | 'unknown' };
export type AcceptResult = { readonly kind: 'accepted'; readonly booking: Booking } | Refused;
export type RejectResult = { readonly kind: 'rejected'; readonly last: boolean } | Refused;
export type PoolResult =
  | { readonly kind: 'defined' }
  /** Promises in the way: firm bookings and open offer sets. */
  | { readonly kind: 'refused'; readonly sessions: readonly SessionId[]; readonly sets: readonly OfferSetId[] };

/** Chooses and holds. Before a NO, sets that are due are expired and it is chosen once more. */
export function offer(question: OfferQuestionOfSet): Command<StoredOfferSet> {
  return {
    set: question.set,
    decide: (draft) => {
      let candidates = question.choose(draft.profile);
      if (candidates.length === 0 && draft.expireDue() > 0) candidates = question.choose(draft.profile);
      const { document, state } = question.compose(candidates);
      const holds = state === 'OFFERED' ? hold(draft, question, candidates) : [];
      const { set: id, owner, created, expires } = question;
      const row = { id, owner, created, expires, holds, document, state };
      draft.add('newSets', row);
      return { ...row, rejected: [], modified: created };
    },
  };
}

function hold(draft: BatchDraft, { set, expires }: OfferQuestionOfSet, candidates: readonly Candidate[]): readonly Hold[] {
  if (candidates.length === 0 || candidates.length > mostOffersPerSet) throw defect(`${candidates.length} offers in a set`);
  const holds = candidates.map(({ claims }, index): Hold => ({ index, claims }));
  const event: LedgerEvent = { kind: 'held', set, expires, holds };
  draft.record(event);
  const [first] = draft.profile.overbookedBy(event);
  if (first) throw defect(`${first.used} of ${first.total} ${first.resource} of ${first.pool} would be held`);
  return holds;
}

/** Books an offer and frees its siblings by the same event. */
export function accept(set: OfferSetId, index: number, seed: SessionSeed): Command<AcceptResult> {
  return {
    set,
    decide: (draft) => {
      const refused = refusal(draft, set, index);
      if (refused) return refused;
      draft.record({ kind: 'accepted', set, index });
      const booking = draft.profile.bookingOf(sessionIdOf(set, index));
      if (!booking) throw defect(`offer ${index} of ${set} has no hold`);
      draft.add('accepts', { set, index, booking, seed });
      return { kind: 'accepted', booking };
    },
  };
}

export function reject(set: OfferSetId, index: number): Command<RejectResult> {
  return {
    set,
    decide: (draft) => {
      const refused = refusal(draft, set, index);
      if (refused) return refused;
      draft.record({ kind: 'rejected', set, index });
      const last = draft.profile.openSet(set) === undefined;
      draft.add('rejects', { set, index, last });
      return { kind: 'rejected', last };
    },
  };
}

/** Expires every set whose time is over; tells how many. */
export function expireDue(): Command<number> {
  return { decide: (draft) => draft.expireDue() };
}

/** Gives back what a booking has from the grain of `from` on; tells what that was. Repeats free nothing. */
export function release(session: SessionId, from: Instant): Command<readonly Claim[]> {
  return {
    set: offerSetOf(session),
    decide: (draft) => {
      const booking = draft.profile.bookingOf(session);
      const { remaining, freed } = cutClaims(booking?.claims ?? [], from, draft.profile.grain);
      if (freed.length === 0) return [];
      draft.record({ kind: 'released', session, from });
      draft.add('releases', { session, remaining, freed });
      return freed;
    },
  };
}

/** Sets a pool's total. A cut below what is booked or held is refused: both are promises. */
export function definePool(pool: PoolId, total: Resources): Command<PoolResult> {
  return {
    decide: (draft) => {
      const before = draft.profile.totalOf(pool);
      if (before && isSame(before, total)) return { kind: 'defined' };
      const concerned = draft.profile.concernedBy(pool, total);
      if (concerned.sessions.length + concerned.sets.length > 0) return { kind: 'refused', ...concerned };
      draft.record({ kind: 'pool', pool, total });
      draft.add('pools', { pool, total });
      return { kind: 'defined' };
    },
  };
}

function isSame(a: Resources, b: Resources): boolean {
  return [...Object.keys(a), ...Object.keys(b)].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}

export function refusal({ profile, now }: BatchDraft, set: OfferSetId, index: number): Refused | undefined {
  const open = profile.openSet(set);
  if (!open) return { kind: 'refused', why: whyClosed(profile, set, index) };
  if (!open.holds.some((one) => one.index === index)) return { kind: 'refused', why: 'unknown' };
  if (open.rejected.includes(index)) return { kind: 'refused', why: 'rejected' };
  return now >= open.expires ? { kind: 'refused', why: 'expired' } : undefined;
}

function whyClosed(profile: Profile, set: OfferSetId, index: number): Refused['why'] {
  if (index < 0 || index >= mostOffersPerSet) return 'unknown';
  if (profile.bookingOf(sessionIdOf(set, index))) return 'accepted';
  for (let other = 0; other < mostOffersPerSet; other++) if (profile.bookingOf(sessionIdOf(set, other))) return 'rejected';
  return 'unknown';
}

function defect(why: string): BrokerError {
  return new BrokerError('defect', 'us', [reason('defect', 'The ledger was asked for something that cannot be kept: {why}', { why }, { level: 'ERROR' })]);
}
