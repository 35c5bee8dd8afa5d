/** What concerns one session that was accepted: asked of its member, told in our words. */
import { ClientError } from '#client';
import type { WireEvent } from '#client';
import { BrokerError, isFinal, parseDuration, reason } from '#model';
import type { Session, SessionEvent, SessionId, Update } from '#model';
import { conflict, isRefusal, memberAway, outputFault } from '../faults.js';
import { changeSet } from '../sets/federation-store.js';
import type { FederatedSet } from '../sets/federation-store.js';
import type { Ground } from '../ground.js';
import { hideHosts, hidingFor } from '../reading/hide-hosts.js';
import type { LeafOffer } from '../ranking/rank-offers.js';
import { fieldsOf, instantOf, listOf, messagesOf } from '../reading/read-fields.js';
import { connectorsOf, phaseOf } from '../reading/read-session.js';
import type { Identity } from '../reading/read-session.js';
import { isTaken, withSession } from '../sets/set-views.js';

/** A set whose offer `index` was accepted, or is concerned. */
export interface Route { readonly set: FederatedSet; readonly index: number; readonly id: SessionId }

/** As its member shows it now; as it was seen last, with a warning, when the member does not show it. */
export async function currentSession(ground: Ground, { set, index }: Route): Promise<Session> {
  const offer = set.offers[index];
  if (!offer) throw new RangeError(`set ${set.id} has no offer ${index}`);
  try {
    const member = ground.member(offer.member);
    const session = ground.read(await ground.connect(member, ground.actorOf(set)).session(offer.uuid), ground.identity(set, index, member));
    await changeSet(ground.parts.store, set, (now) => withSession(now, index, session));
    return session;
  } catch (error) {
    if (!(error instanceof ClientError || (error instanceof BrokerError && error.word === 'unavailable'))) throw error;
    return unseen(ground, { set, index }, offer, error);
  }
}

/** Where its member has forgotten it, and its time is over, nothing can become of it any more. */
async function unseen(ground: Ground, { set, index }: Pick<Route, 'set' | 'index'>, { member, session }: LeafOffer, error: unknown): Promise<Session> {
  const status = error instanceof ClientError ? error.status ?? 0 : 0;
  const isForgotten = status === 404 || status === 410;
  const { start, duration } = session.schedule.releasing;
  const why = isForgotten ? '{member} knows this session no more' : [401, 403].includes(status) ? '{member} does not show us this session now' : '{member} does not answer now';
  const said = { ...reason('member-away', `${why}; this is what was known last`, { member }), time: ground.now };
  if (!isForgotten || isFinal(session.phase) || start + duration > ground.now) return { ...session, messages: [...session.messages, said] };
  const lost: Session = { ...session, phase: 'FAILED', modified: ground.now, messages: [...session.messages, { ...reason('vanished', '{member} knows this session no more; nobody can tell how it ended', { member }, { level: 'ERROR' }), time: ground.now }] };
  await changeSet(ground.parts.store, set, (now) => withSession(now, index, lost));
  return lost;
}

/** Carries an update to the member. An answer that is lost is found out before anything is said. */
export async function updateSession(ground: Ground, route: Route, update: Update): Promise<Session> {
  const { set, index } = route;
  const offer = set.offers[index];
  const member = ground.member(offer?.member ?? '');
  try {
    const session = ground.read(await ground.connect(member, ground.actorOf(set)).update(offer?.uuid ?? '', update), ground.identity(set, index, member));
    await changeSet(ground.parts.store, set, (now) => withSession(now, index, session));
    return requireDone(session, update, offer?.session);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (isRefusal(error)) throw await refusal(ground, route, error);
    return foundOut(ground, route, update, error);
  }
}

/** Foreign servers answer 200 and the unchanged session to what they refuse; ours is not silent. */
function requireDone(session: Session, update: Update, before: Session | undefined): Session {
  if (update.path !== 'phase') return requireChange(session, update, before);
  if (!('value' in update) || session.phase === update.value) return session;
  const after = update.value === 'ACCEPTED' ? isTaken(session.phase) : update.value === 'CANCELLED' && (session.phase === 'RELEASING' || session.phase === 'CANCELLED');
  if (after) return session;
  throw conflict([reason('phase', '{path}: it stays {phase}', { phase: session.phase }, { path: 'phase' })], session);
}

function requireChange(session: Session, update: Update, before: Session | undefined): Session {
  const amountOf = amounts[update.path];
  const amount = amountOf?.(session);
  if (!amountOf || !before || amount === undefined || amount !== amountOf(before) || amount === wantedOf(update, session)) return session;
  throw leftAsItIs(session, update);
}

export function leftAsItIs(session: Session, { path }: Update): BrokerError {
  return conflict([reason('update', '{path}: the member leaves it as it is', {}, { path })], session);
}

/** What updates of sessions change besides the phase. */
const amounts: Readonly<Record<string, (session: Session) => number | undefined>> = {
  'duration': ({ schedule }) => schedule.available.duration,
  'compute.cores': ({ compute }) => compute.spec.cores?.min,
  'compute.memory': ({ compute }) => compute.spec.memory?.min,
};

/** Where it can be told beforehand. */
function wantedOf(update: Update, { schedule }: Session): number | undefined {
  if (update.kind === 'delta') return undefined;
  if (typeof update.value === 'number') return update.value;
  const read = parseDuration(update.value, schedule.available.start.start);
  return read.ok ? read.value : undefined;
}

async function refusal(ground: Ground, route: Route, error: ClientError): Promise<BrokerError> {
  const hiding = hidingFor(ground.member(route.set.offers[route.index]?.member ?? ''), route.set.said);
  const told = messagesOf(listOf(fieldsOf(hideHosts(error.problem, hiding))['reasons']), ground.now);
  const reasons = told.length > 0 ? told : [reason('update', '{path}: the member refuses this change', {}, { path: 'phase' })];
  return conflict(reasons, await currentSession(ground, route));
}

async function foundOut(ground: Ground, route: Route, update: Update, lost: ClientError): Promise<Session> {
  const { set, index } = route;
  const offer = set.offers[index];
  const away = memberAway(offer?.member ?? '', lost);
  if (update.path !== 'phase' || !('value' in update)) throw away;
  const seen = await currentSession(ground, route);
  if (seen.phase === update.value) return seen;
  throw away;
}

/** Numbers and times are the member's; identifiers and texts are ours. */
export async function* relayEvents(ground: Ground, { set, index, id }: Route, after: number, signal: AbortSignal): AsyncGenerator<SessionEvent> {
  const offer = set.offers[index];
  const member = ground.member(offer?.member ?? '');
  const identity = ground.identity(set, index, member);
  const client = ground.streaming(member, ground.actorOf(set));
  for await (const event of client.events(offer?.uuid ?? '', { after, signal })) {
    yield { session: id, number: event.number, at: instantOf(event.at) ?? ground.now, kind: event.kind as SessionEvent['kind'], phase: phaseOf(event.phase), ...contentOf(event, identity) };
  }
}

function contentOf({ progress, message, connectors }: WireEvent, identity: Identity): Pick<SessionEvent, 'progress' | 'message' | 'connectors'> {
  const shown = messagesOf(hideHosts(message ? [message] : [], identity.hiding), identity.now)[0];
  return {
    ...(progress ? { progress: hideHosts(progress, identity.hiding) as NonNullable<SessionEvent['progress']> } : {}),
    ...(shown ? { message: shown } : {}), ...(connectors ? { connectors: connectorsOf(connectors, identity).connectors } : {}),
  };
}

/** Pulled by the reader: what it does not take is not asked of the member. Output is the payload's own and passes unchanged. */
export async function* relayLogs(ground: Ground, { set, index }: Route, follow: boolean, signal: AbortSignal): AsyncGenerator<string> {
  const { member = '', uuid = '' } = set.offers[index] ?? {};
  const client = ground.streaming(ground.member(member), ground.actorOf(set));
  try {
    yield* client.logs(uuid, { follow, signal });
  } catch (cause) {
    throw cause instanceof ClientError ? outputFault(member, cause) : cause;
  }
}
