/**
 * Accepting: the intent is stored, then the chosen member is told, then what it said is stored, then the others are released. Who
 * is cut off in between leaves an intent, and {@link settleSet} finds out what became of it.
 */
import { BrokerError, formatInstant, reason } from '#model';
import type { Instant, Milliseconds, Reason, Session, SessionPhase } from '#model';
import { conflict, isRefusal, memberAway } from '../faults.js';
import { changeSet } from '../sets/federation-store.js';
import type { FederatedSet } from '../sets/federation-store.js';
import { giveBack } from './give-back.js';
import type { Ground } from '../ground.js';
import { hideHosts, hidingFor } from '../reading/hide-hosts.js';
import type { Member } from '../members/member.js';
import { fieldsOf, listOf, messagesOf } from '../reading/read-fields.js';
import { isTaken, offerView } from '../sets/set-views.js';

const retryAfter: Milliseconds = 5_000;
/** Between two looks at offers that clients may accept at their members. */
const lookEvery: Milliseconds = 10_000;

/** Throws 'conflict' with the offer as it is, or 'unavailable' when nobody can tell now: then the reconciler finds out. */
export async function acceptOffer(ground: Ground, found: FederatedSet, index: number): Promise<Session> {
  const set = await intend(ground, found, index);
  const member = ground.member(set.offers[index]?.member ?? '');
  const outcome = await tell(ground, set, index, member);
  if (outcome.kind === 'unknown') throw memberAway(member.name, outcome.cause);
  if (outcome.kind === 'refused') return refuse(ground, set, index, outcome);
  return finish(ground, set, index, outcome.session);
}

function intend(ground: Ground, found: FederatedSet, index: number): Promise<FederatedSet> {
  const { store, settings } = ground.parts;
  return changeSet(store, found, (set) => {
    const offer = offerView(set, index, ground.now) as Session;
    if (offer.phase !== 'OFFERED') throw late(set, offer, ground.now);
    if (set.intent && set.intent.index !== index) throw conflict([reason('phase', '{path}: another offer of this set is being accepted', {}, { path: 'phase' })], offer);
    // Whoever repeats a call of which nobody knows the outcome goes on with the same intent.
    return { ...set, intent: { index, at: ground.now }, due: ground.now + 4 * settings.callWithin };
  });
}

type Outcome =
  | { readonly kind: 'accepted'; readonly session: Session }
  | { readonly kind: 'refused'; readonly phase: SessionPhase; readonly reasons: readonly Reason[] }
  /** `isOffered`: it was seen, and is still on offer. */
  | { readonly kind: 'unknown'; readonly cause: unknown; readonly isOffered?: boolean };

/** An answer that is lost is found out by a look at the session; if the word did not arrive, it is said once more. */
async function tell(ground: Ground, set: FederatedSet, index: number, member: Member): Promise<Outcome> {
  const uuid = set.offers[index]?.uuid ?? '';
  for (let tries = 1; ; tries += 1) {
    try {
      const said = await ground.connect(member, ground.actorOf(set)).update(uuid, { kind: 'enum', path: 'phase', value: 'ACCEPTED' });
      return outcomeOf(ground.read(said, ground.identity(set, index, member)));
    } catch (error) {
      const outcome = isRefusal(error) ? await refusalOf(ground, set, index, error) : await look(ground, set, index, member);
      if (outcome.kind !== 'unknown' || tries === 2) return outcome;
    }
  }
}

/** What the member shows of the offer now. */
async function look(ground: Ground, set: FederatedSet, index: number, member: Member): Promise<Outcome> {
  try {
    const seen = ground.read(await ground.connect(member, ground.actorOf(set)).session(set.offers[index]?.uuid ?? ''), ground.identity(set, index, member));
    return seen.phase === 'OFFERED' ? { kind: 'unknown', cause: new Error('still offered'), isOffered: true } : outcomeOf(seen);
  } catch (cause) {
    return isRefusal(cause) ? { kind: 'refused', phase: 'EXPIRED', reasons: [] } : { kind: 'unknown', cause };
  }
}

/** Foreign servers answer 200 and the unchanged offer to what they refuse. */
function outcomeOf(session: Session): Outcome {
  if (isTaken(session.phase)) return { kind: 'accepted', session };
  return { kind: 'refused', phase: session.phase === 'OFFERED' ? 'REJECTED' : session.phase, reasons: [] };
}

/** A refusal may mean that the offer is ours already: an earlier call of ours may have got through. */
async function refusalOf(ground: Ground, set: FederatedSet, index: number, error: { readonly problem: unknown }): Promise<Outcome> {
  const member = ground.member(set.offers[index]?.member ?? '');
  const seen = await look(ground, set, index, member);
  const reasons = messagesOf(listOf(fieldsOf(hideHosts(error.problem, hidingFor(member, set.said)))['reasons']), ground.now);
  if (seen.kind === 'unknown') return seen.isOffered === true ? { kind: 'refused', phase: 'REJECTED', reasons } : seen;
  return seen.kind === 'refused' ? { ...seen, reasons } : seen;
}

async function refuse(ground: Ground, set: FederatedSet, index: number, { phase, reasons }: Outcome & { kind: 'refused' }): Promise<never> {
  const changed = await changeSet(ground.parts.store, set, (now) => {
    const offers = now.offers.map((one, at) => (at === index ? { ...one, session: { ...one.session, phase } } : one));
    return { ...now, intent: undefined, due: nextLook(ground, { offers }), modified: ground.now, offers };
  });
  throw late(changed, offerView(changed, index, ground.now) as Session, ground.now, reasons);
}

/** Records the acceptance and frees the siblings: where they are siblings at the member too, it has done so itself. */
async function finish(ground: Ground, set: FederatedSet, index: number, session: Session): Promise<Session> {
  const chosen = set.offers[index]?.member;
  const done = await changeSet(ground.parts.store, set, (now) => {
    // Another replica, or a look at an exposed member, was faster.
    if (now.accepted !== undefined) return now;
    const releases = now.offers.flatMap((one, at) => (one.member !== chosen && one.session.phase === 'OFFERED' ? [at] : []));
    const offers = now.offers.map((one, at) => ({ ...one, session: at === index ? session : { ...one.session, phase: passedOver(one.session.phase) } }));
    const due = releases.length > 0 ? ground.now + retryAfter : undefined;
    return { ...now, intent: undefined, accepted: index, modified: ground.now, offers, releases, due };
  });
  if (done.releases.length > 0) ground.later('siblings of an accepted offer', ground.parts.clock.sleep(0).then(() => release(ground, done)));
  return session;
}

function passedOver(phase: SessionPhase): SessionPhase {
  return phase === 'OFFERED' ? 'REJECTED' : phase;
}

/** Tells members to take back what is not wanted; those that don't answer are told again, until the offers have expired anyway. */
async function release(ground: Ground, set: FederatedSet): Promise<void> {
  const left: number[] = [];
  const { expiryMargin } = ground.parts.settings;
  await Promise.all(set.releases.map(async (index) => {
    const offer = set.offers[index];
    if (!offer || offer.session.expires + expiryMargin <= ground.now) return;
    try {
      await giveBack(ground, { member: ground.member(offer.member), actor: ground.actorOf(set) }, [offer.uuid]);
    } catch (error) {
      left.push(index);
      ground.parts.log.warn('an offer could not be given back yet', { member: offer.member, error: String(error) });
    }
  }));
  await changeSet(ground.parts.store, set, (now) => ({ ...now, releases: left, due: left.length > 0 ? ground.now + retryAfter : undefined }));
}

/**
 * What clients accepted at exposed members themselves becomes the accepted offer of the set, and its siblings are released. Gives
 * back the set as it is then. Members that don't answer now are looked at again later.
 */
export async function adoptAccepted(ground: Ground, set: FederatedSet): Promise<FederatedSet> {
  if (set.accepted !== undefined || set.intent) return set;
  for (const [index, offer] of set.offers.entries()) {
    const member = offer.session.url === undefined || offer.session.phase !== 'OFFERED' ? undefined : ground.parts.members.find(offer.member);
    const seen = member && await look(ground, set, index, member);
    if (seen?.kind !== 'accepted') continue;
    await finish(ground, set, index, seen.session);
    return await ground.parts.store.find(set.id) ?? set;
  }
  return set;
}

/** Looks again until the last of the offers has expired at its member. */
async function watchExposed(ground: Ground, set: FederatedSet): Promise<void> {
  const { due } = await adoptAccepted(ground, set).then((now) => (now.accepted === undefined ? { due: nextLook(ground, now) } : now));
  await changeSet(ground.parts.store, set, (now) => (now.accepted === undefined && !now.intent ? { ...now, due } : now));
}

/** When somebody has to see whether an offer was accepted at its member; undefined: never again. */
export function nextLook({ now, parts: { settings } }: Ground, { offers }: Pick<FederatedSet, 'offers'>): Instant | undefined {
  const exposed = offers.filter(({ session }) => session.url !== undefined && session.phase === 'OFFERED');
  const last = exposed.reduce((latest, { session }) => Math.max(latest, session.expires), -Infinity);
  return now > last + 2 * settings.expiryMargin ? undefined : now + lookEvery;
}

/** Brings to an end what somebody was cut off from. An accept that did not arrive is taken back, so that it never will. */
export async function settleSet(ground: Ground, set: FederatedSet): Promise<void> {
  if (set.accepted === undefined && !set.intent) return watchExposed(ground, set);
  if (!set.intent) return release(ground, set);
  const { index } = set.intent;
  const offer = set.offers[index];
  if (!offer) return;
  const member = ground.member(offer.member);
  const seen = await look(ground, set, index, member);
  if (seen.kind === 'accepted') {
    await finish(ground, set, index, seen.session);
    return;
  }
  if (seen.kind === 'unknown') {
    await giveBack(ground, { member, actor: ground.actorOf(set) }, [offer.uuid]);
    const after = await look(ground, set, index, member);
    if (after.kind === 'unknown') throw memberAway(member.name, after.cause);
    if (after.kind === 'accepted') return settleSet(ground, set);
  }
  await refuse(ground, set, index, { kind: 'refused', phase: 'REJECTED', reasons: [] }).catch((error: unknown) => {
    // The refusal is for a client; there is none here.
    if (!(error instanceof BrokerError && error.word === 'conflict')) throw error;
  });
}

/** Why it can't be accepted, and what is left of the set. */
function late(set: FederatedSet, offer: Session, now: number, more: readonly Reason[] = []): BrokerError {
  const left = set.accepted === undefined ? set.offers.flatMap((_, at) => offerView(set, at, now) ?? []).filter((one) => one.phase === 'OFFERED') : [];
  const shown = left.map((one) => `${one.id} (start ${formatInstant(one.schedule.available.start.start)})`).join(', ');
  const fix = left.length > 0 ? `accept another offer of the set: ${shown}` : 'send the request again for fresh offers';
  const word = offer.phase === 'EXPIRED' ? 'expired' : 'phase';
  return conflict([reason(word, '{path}: this offer can no longer be accepted, it is {phase}; {fix}', { phase: offer.phase, fix }, { path: 'phase' }), ...more], offer);
}
