/**
 * Moving the expiry of offers that are open (docs/decisions/0017). The offers of a set are held together and expire together:
 * who moves the expiry of one moves that of its siblings, as far as what they hold already allows. A later expiry of an offer
 * for now may need a longer hold, so that an acceptance at the last moment still has its whole duration.
 */
import type { Instant, Interval, Milliseconds, Reason, Requester, Session } from '#model';
import { BrokerError, formatInstant, offerIndexOf, reason } from '#model';
import type { Ask, Charge } from '#plugin-sdk';
import { accountPool, roomAfter } from '#booking';
import type { Hold, Ledger, LedgerEvent, Profile, StoredOfferSet } from '#booking';
import { refusalOf } from '../pools/charging.js';
import { alternativesOf, judge, unbound } from '../judging/judgement.js';
import type { BoundPolicy } from '../judging/judgement.js';
import type { OfferSetDocument, Terms } from '../offering/offer-document.js';
import { offerPhase } from '../offering/offer-views.js';
import type { OpenHolds } from '../offering/open-holds.js';
import type { OthersUse } from '../others/others-use.js';
import type { DividedPool } from '../pools/pledges.js';
import { wholeSecond } from '../offering/placements.js';
import type { Bounds } from './room.js';
import { endWithin } from './room.js';
import type { NodeSettings } from '../settings.js';
import { openShares } from '../pools/shares.js';
import { documentOf, storedForm } from '../offering/stored-document.js';

export interface ExpiryParts {
  readonly settings: Pick<NodeSettings, 'longestExpiry' | 'offerExpiry'>;
  readonly ledger: Pick<Ledger, 'preview' | 'prolong'>;
  readonly policies: readonly BoundPolicy[];
  readonly dividedPools?: readonly DividedPool[];
  readonly openHolds: Pick<OpenHolds, 'patience'>;
  readonly others?: OthersUse | undefined;
  now(): Instant;
}

/** One offer of a stored set. */
export interface StoredOffer { readonly set: StoredOfferSet; readonly index: number }

/** Up to when an offer may be kept open, and what is charged for a hold that lasts longer for it. */
interface Latest { readonly at: Instant; readonly charges: readonly Charge[] }

/** What the ledger is asked for. */
interface Move { readonly expires: Instant; readonly holds?: readonly Hold[]; readonly document: unknown }

const second = 1000;

/**
 * Instants to which the expiry can be moved now: earlier always, later within `booking.longestExpiry`, the window of starts and
 * what is free. Undefined when the offer is no longer open.
 */
export async function expiryBounds(parts: ExpiryParts, offer: StoredOffer, requester: Requester): Promise<Bounds | undefined> {
  return (await roomOf(parts, offer, requester))?.bounds;
}

async function roomOf(parts: ExpiryParts, offer: StoredOffer, requester: Requester): Promise<{ readonly bounds: Bounds; readonly charges: readonly Charge[] } | undefined> {
  const now = parts.now();
  const { set, index } = offer;
  const terms = documentOf(set).terms[index];
  if (!terms || offerPhase(set, index, now) !== 'OFFERED') return undefined;
  const soonest = (Math.floor(now / second) + 1) * second;
  const { at, charges } = await latestAllowed(parts, offer, terms, requester);
  const most = Math.floor(at / second) * second;
  const latest = latestPossible(parts, { ...offer, charges }, { from: terms.expires, most });
  return { bounds: { min: Math.min(terms.expires, soonest), max: Math.max(terms.expires, latest) }, charges };
}

/** Moves it, or throws 'conflict' and nothing has changed. */
export async function moveExpiry(parts: ExpiryParts, set: StoredOfferSet, session: Session, wish: { readonly to: Instant; readonly requester: Requester }): Promise<void> {
  const offer = { set, index: offerIndexOf(session.id) };
  const room = await roomOf(parts, offer, wish.requester);
  requireWithin(session, room?.bounds, wish.to);
  const move = moveOf(offer, wish.to);
  const result = await parts.ledger.prolong(set.id, { ...move, from: set.expires, whyNot: (profile) => chargeRefusals(profile, { ...offer, charges: room?.charges ?? [] }, move) });
  if (result.kind === 'prolonged') return;
  if (result.kind === 'in-the-way' && result.reasons) throw new BrokerError('conflict', 'caller', result.reasons, { session });
  const [word, why] = result.kind === 'in-the-way' ? ['no-room', 'others were faster'] : ['update', result.why === 'past' ? 'that is over' : 'others were faster'];
  throw conflict(session, word, '{why}: {path} can not become {wanted} any more; read the offer again', { why, wanted: formatInstant(wish.to) });
}

interface ChargedOffer extends StoredOffer { readonly charges: readonly Charge[] }

/** Limits of accounts that a longer hold would exceed. */
function chargeRefusals({ accounts }: Profile, { set, index, charges }: ChargedOffer, { holds }: Pick<Move, 'holds'>): readonly Reason[] {
  const claims = holds?.find((hold) => hold.index === index)?.claims ?? [];
  return charges.flatMap((charge) => claims.filter(({ pool }) => pool === accountPool(charge.account)).flatMap((claim) => refusalOf(accounts, charge, claim, { set: set.id }) ?? []));
}

function requireWithin(session: Session, bounds: Bounds | undefined, to: Instant): void {
  if (!bounds) throw conflict(session, session.phase === 'EXPIRED' ? 'expired' : 'phase', '{path} can not be changed in phase {phase}; send the request again for fresh offers', { phase: session.phase });
  // Beyond all dates there is no text for it.
  const values = { wanted: formatInstant(to) || 'anything so far away', min: formatInstant(bounds.min), max: formatInstant(bounds.max) };
  if (to === session.expires) throw conflict(session, 'update', '{path} is {wanted} already', values);
  if (to < bounds.min || to > bounds.max) throw conflict(session, 'no-room', '{path} can not become {wanted} now, only {min} to {max}', values);
}

function conflict(session: Session, word: string, text: string, values: Readonly<Record<string, string>>): BrokerError {
  return new BrokerError('conflict', 'caller', [reason(word, text, values, { path: 'expires' })], { session });
}

/** What the node, the window of starts and the policies allow. When much is held already, nothing is held longer. */
async function latestAllowed(parts: ExpiryParts, offer: StoredOffer, terms: Terms, requester: Requester): Promise<Latest> {
  const { longestExpiry, offerExpiry } = parts.settings;
  if (parts.openHolds.patience(offerExpiry) < offerExpiry) return { at: terms.expires, charges: [] };
  const kept = offer.set.created + longestExpiry;
  const asHeld = terms.latest - terms.preparing;
  if (kept <= asHeld) return { at: kept, charges: [] };
  const { at, charges } = await latestStart(parts, offer, terms, requester);
  return { at: Math.min(kept, at - terms.preparing), charges };
}

/** What others use of a shared platform is not in the ledger: there, nothing more is held than was found free. */
async function latestStart(parts: ExpiryParts, { set }: StoredOffer, terms: Terms, requester: Requester): Promise<Latest> {
  const { latest, closes = latest, start, duration, granted } = terms;
  const { draft, terms: all } = documentOf(set);
  if (!draft || closes <= latest || parts.others?.watches(terms.platform)) return { at: latest, charges: [] };
  const ask: Ask = {
    requester, request: { executable: draft.executable }, need: { min: granted, max: granted }, duration: { min: duration, max: duration },
    window: spanOf(all), moment: 'accept',
  };
  const judgement = await judge(unbound(parts.policies), ask);
  if (judgement.kind === 'deny') return { at: latest, charges: [] };
  const shares = await openShares((parts.dividedPools ?? []).filter(({ pool }) => terms.pools.includes(pool)), parts.policies, ask);
  const run = { start, end: start + duration };
  const allowed = alternativesOf(judgement, ask).map(({ runs }) => (runs === undefined ? closes : endWithin(runs, run) - duration));
  return { at: Math.max(latest, Math.min(closes, Math.max(latest, ...allowed))), charges: [...judgement.charges, ...shares.accounts().map(({ charge }) => charge)] };
}

/** What all offers of a set may touch: one verdict is enough for those that differ in their time alone. */
function spanOf(terms: readonly Terms[]): Interval {
  return { start: Math.min(...terms.map((one) => one.start)), end: Math.max(...terms.map(({ closes, latest, duration }) => (closes ?? latest) + duration)) };
}

/** The latest whole second between two for which there is room; each is tried in memory and taken back. */
function latestPossible(parts: ExpiryParts, offer: ChargedOffer, { from, most }: { readonly from: Instant; readonly most: Instant }): Instant {
  if (most <= from || isRoomFor(parts, offer, most)) return most;
  let [good, bad] = [from, most];
  while (bad - good > second) {
    const middle = good + Math.ceil((bad - good) / 2 / second) * second;
    if (middle < bad && isRoomFor(parts, offer, middle)) good = middle;
    else bad = Math.min(middle, bad - second);
  }
  return good;
}

/** Mostly there is so much room that the ends of what is held tell it; else it is tried and taken back. */
function isRoomFor(parts: ExpiryParts, offer: ChargedOffer, expires: Instant): boolean {
  const { set, index } = offer;
  const by = longerBy(offer, expires);
  if (by <= 0) return true;
  const holds = heldLonger(offer, by);
  const held = set.holds.find((hold) => hold.index === index)?.claims ?? [];
  return parts.ledger.preview((profile) => {
    if (chargeRefusals(profile, offer, { holds }).length > 0) return false;
    return by <= roomAfter(profile, held) || isRoomInTrial(profile, { kind: 'prolonged', set: set.id, expires, holds });
  });
}

function isRoomInTrial(profile: Profile, event: LedgerEvent): boolean {
  const undo = profile.apply(event);
  const isRoom = profile.overbookedBy(event).length === 0;
  undo();
  return isRoom;
}

function moveOf(offer: StoredOffer, to: Instant): Move {
  const { set, index } = offer;
  const document = documentOf(set);
  const changed: OfferSetDocument = { ...document, terms: document.terms.map((one, place) => (place === index ? moved(one, to) : following(one, to))) };
  const by = longerBy(offer, to);
  // Who has read the set before must see that it has changed.
  return { expires: to === set.expires ? to + 1 : to, document: storedForm(changed), ...(by > 0 ? { holds: heldLonger(offer, by) } : {}) };
}

/** By how much the offer has to be held longer at its end, if it expires then. */
function longerBy({ set, index }: StoredOffer, to: Instant): Milliseconds {
  const terms = documentOf(set).terms[index];
  return terms ? moved(terms, to).latest - terms.latest : 0;
}

function heldLonger({ set, index }: StoredOffer, by: Milliseconds): readonly Hold[] {
  return set.holds.map((hold) => (hold.index === index ? { ...hold, claims: hold.claims.map((claim) => ({ ...claim, interval: { ...claim.interval, end: claim.interval.end + by } })) } : hold));
}

/** The offer that is accepted at the last moment starts as late as this; what it holds ends later by as much. */
function moved(terms: Terms, to: Instant): Terms {
  return { ...terms, expires: to, latest: Math.max(terms.latest, Math.min(wholeSecond(to + terms.preparing), terms.closes ?? terms.latest)) };
}

/** A sibling holds no more than before. One whose own time was over by then stays so. */
function following(terms: Terms, to: Instant): Terms {
  return to <= terms.expires ? { ...terms, expires: to } : { ...terms, expires: Math.max(terms.expires, Math.min(to, terms.latest - terms.preparing)) };
}
