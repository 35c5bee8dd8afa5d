/** What a client may do with an offer: accept it or reject it. */
import type { Delegations, Instant, Log, Plan, PlatformName, Requester, ResolvedData, Session } from '#model';
import { BrokerError, offerIndexOf, reason } from '#model';
import type { Handle, Platform } from '#plugin-sdk';
import type { Ledger, StoredOfferSet } from '#booking';
import { inPhase, newRecord } from '#sessions';
import { judgeAgain } from './judge-again.js';
import type { BoundPolicy } from '../judging/judgement.js';
import { giveBackNatively, reserveNatively } from './native-reservation.js';
import type { KeptStorageBook } from '../kept/kept-storage.js';
import type { OfferSetDocument, Terms } from '../offering/offer-document.js';
import type { OthersUse } from '../others/others-use.js';
import { draftAt, offerView, scheduleOf } from '../offering/offer-document.js';
import { documentOf, offerSession } from '../offering/offer-views.js';
import { wholeSecond } from '../offering/placements.js';
import type { DividedPool } from '../pools/pledges.js';

export interface AcceptingParts {
  readonly ledger: Ledger;
  readonly policies: readonly BoundPolicy[];
  readonly dividedPools?: readonly DividedPool[];
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly others?: OthersUse | undefined;
  readonly kept?: KeptStorageBook | undefined;
  readonly log?: Log;
  readonly delegations?: Delegations | undefined;
  readonly policyVersion?: string;
  now(): Instant;
}

/** Books the offer; its siblings are freed by the same commit. Throws 'conflict' with the session as it is. */
export async function acceptOffer(parts: AcceptingParts, set: StoredOfferSet, offer: Session, requester: Requester): Promise<Session> {
  requireOffered(offer);
  const now = parts.now();
  const index = offerIndexOf(offer.id);
  const document = documentOf(set);
  const terms = document.terms[index] as Terms;
  const start = Math.max(terms.start, wholeSecond(now + terms.preparing));
  const judged = !document.draft ? [] : await judgeAgain(parts, { set, index, draft: document.draft, terms, start, now }, requester);
  const session = acceptedView(set, document, { index, start, now });
  const drafted = planOf(document, session, { terms, index, start });
  const planned = await parts.kept?.secure(drafted) ?? drafted;
  const reserved = await reserveNatively(parts, set, offer, planned);
  const plan = await withCredentials(parts, planned, requester).catch((error: unknown) => giveBackAndThrow(parts, planned, reserved, error));
  const fresh = newRecord(session, plan, now, set.holds.find((one) => one.index === index)?.claims);
  const record = { ...fresh, work: { ...fresh.work, ...(judged.length > 0 ? { judged } : {}) }, ...(reserved === undefined ? {} : { handle: reserved }) };
  const result = await parts.ledger.accept(set.id, index, { id: session.id, owner: session.owner, phase: 'ACCEPTED', due: now, document: record });
  if (result.kind === 'accepted') return session;
  await parts.delegations?.erase(session.id);
  await giveBackNatively(parts, plan, reserved, result.why);
  throw refusal(result.why, offer);
}

/** What data needs when its owner is long gone is kept before anything is promised; plans know it by its handle. */
async function withCredentials({ delegations }: AcceptingParts, plan: Plan, requester: Requester): Promise<Plan> {
  if (!delegations || plan.data.every(({ service }) => service === undefined)) return plan;
  const data: ResolvedData[] = [];
  for (const one of plan.data) data.push(one.service === undefined ? one : { ...one, credential: await delegations.keep(one.service, plan.session, requester) });
  return { ...plan, data };
}

async function giveBackAndThrow(parts: AcceptingParts, plan: Plan, reserved: Handle | undefined, error: unknown): Promise<never> {
  await parts.delegations?.erase(plan.session);
  await giveBackNatively(parts, plan, reserved, 'its credentials could not be kept');
  throw error;
}

/** Gives the offer back; the others of its set stay. */
export async function rejectOffer(parts: Pick<AcceptingParts, 'ledger'>, set: StoredOfferSet, offer: Session): Promise<void> {
  requireOffered(offer);
  const result = await parts.ledger.reject(set.id, offerIndexOf(offer.id));
  if (result.kind !== 'rejected') throw refusal(result.why, offer);
}

function requireOffered(offer: Session): void {
  if (offer.phase !== 'OFFERED') throw refusal(offer.phase.toLowerCase(), offer);
}

function refusal(why: string, offer: Session): BrokerError {
  const fix = why === 'expired' ? 'send the request again for fresh offers' : 'read the offer set to see which offers are left';
  const one = reason(why === 'expired' ? 'expired' : 'phase', '{path}: this offer can no longer be changed, it is {phase}; {fix}', { phase: why, fix }, { path: 'phase' });
  return new BrokerError('conflict', 'caller', [one], { session: offer });
}

interface Moment { readonly index: number; readonly start: Instant; readonly now: Instant }

function acceptedView(set: StoredOfferSet, document: OfferSetDocument, moment: Moment): Session {
  const { index, start, now } = moment;
  const terms = document.terms[index] as Terms;
  const schedule = scheduleOf(terms, start, start);
  const view = offerView({ ...set, modified: now }, document, index, 'ACCEPTED');
  const timed = <Part extends { schedule: Session['schedule'] }>(part: Part): Part => ({ ...part, schedule });
  const session = { ...view, schedule, executable: timed(view.executable), compute: timed(view.compute), storage: view.storage.map(timed), data: view.data.map(timed) };
  return inPhase(session, 'ACCEPTED', now);
}

function planOf(document: OfferSetDocument, session: Session, place: { terms: Terms; index: number; start: Instant }): Plan {
  const { terms, index, start } = place;
  if (!document.draft) throw new RangeError(`offer set ${session.offerSet} was stored without its draft`);
  return {
    ...draftAt(document.draft, index), session: session.id, platform: terms.platform, pools: terms.pools,
    run: { start, end: start + terms.duration }, granted: terms.granted,
    ...(terms.hosts === undefined ? {} : { hosts: terms.hosts }), ...(terms.growsTo ? { resizable: true } : {}),
  };
}

/** The session of an offer that was just rejected. */
export function rejectedView(set: StoredOfferSet, offer: Session, now: Instant): Session {
  return { ...offerSession({ ...set, rejected: [...set.rejected, offerIndexOf(offer.id)], modified: now }, offerIndexOf(offer.id), now) };
}
