/** Stored offer sets → what clients see: phases by state and clock, the accepted one from its session. */
import type { Instant, OfferSet, Session, SessionId, SessionPhase } from '#model';
import { offerIndexOf, offerSetOf } from '#model';
import type { LedgerStore, StoredOfferSet } from '#booking';
import { optionsFor } from '#sessions';
import type { SessionRecord, SessionStore } from '#sessions';
import { offerView } from './offer-document.js';
import { documentOf } from './stored-document.js';

export { documentOf } from './stored-document.js';

export interface ViewParts {
  readonly offerSets: Pick<LedgerStore, 'offerSet'>;
  readonly sessions: Pick<SessionStore, 'find' | 'ofOfferSet'>;
  now(): Instant;
}

/** Phase of an offer that was not accepted. It is expired from its own instant on, whether or not a sweep has passed. */
export function offerPhase(set: StoredOfferSet, index: number, now: Instant): SessionPhase {
  if (set.rejected.includes(index) || set.state === 'REJECTED') return 'REJECTED';
  if (set.state === 'ACCEPTED') return set.accepted === index ? 'ACCEPTED' : 'REJECTED';
  if (set.state === 'EXPIRED') return 'EXPIRED';
  return now >= Math.min(set.expires, documentOf(set).terms[index]?.expires ?? 0) ? 'EXPIRED' : 'OFFERED';
}

/** One offer of a stored set as a session, with its options. */
export function offerSession(set: StoredOfferSet, index: number, now: Instant): Session {
  const view = offerView(set, documentOf(set), index, offerPhase(set, index, now));
  return { ...view, options: optionsFor(view) };
}

/** The whole set; the accepted offer is shown as the session that it has become. */
export async function wholeSet(parts: ViewParts, set: StoredOfferSet): Promise<OfferSet> {
  const document = documentOf(set);
  const now = parts.now();
  const accepted = set.state === 'ACCEPTED' ? await parts.sessions.ofOfferSet(set.id) : undefined;
  const offers = document.terms.map((_, index) =>
    accepted && offerIndexOf(accepted.session.id) === index ? accepted.session : offerSession(set, index, now));
  return {
    id: set.id, owner: set.owner, created: set.created, modified: set.modified, result: offers.length > 0 ? 'YES' : 'NO',
    offers, messages: document.messages, ...(document.name === undefined ? {} : { name: document.name }),
  };
}

/** A session, with its record once it is more than an offer, or its place in its set before. */
export interface Found { readonly session: Session; readonly record?: SessionRecord; readonly offer?: { readonly set: StoredOfferSet; readonly index: number } }

/** A session by its identifier, whether it is still an offer or already a session; undefined when there is none. */
export async function sessionById(parts: ViewParts, id: SessionId): Promise<Found | undefined> {
  const record = await parts.sessions.find(id);
  if (record) return { session: { ...record.session, options: optionsFor(record.session) }, record };
  const set = await parts.offerSets.offerSet(offerSetOf(id));
  const index = offerIndexOf(id);
  return set && documentOf(set).terms[index] ? { session: offerSession(set, index, parts.now()), offer: { set, index } } : undefined;
}
