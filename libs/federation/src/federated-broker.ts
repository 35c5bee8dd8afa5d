/** The port over many members: asks all, merges, and carries what concerns one session to the member that has it. */
import { BrokerError, isFinal, offerSetIdFrom, offerSetOf, readsEverything, reason, sessionPhases } from '#model';
import type {
  CapacityReport, Digest, ExecutionBroker, ExecutionRequest, Explanation, Interval, OfferSet, OfferSetId, Requester, Session, SessionEvent, SessionId, SessionQuery, Update,
} from '#model';
import { acceptOffer, adoptAccepted } from './accepting/accept-offer.js';
import { askFor } from './asking/asking.js';
import { conflict, notFound, requireOwner, requireReader } from './faults.js';
import { changeSet } from './sets/federation-store.js';
import type { FederatedSet } from './sets/federation-store.js';
import type { Ground } from './ground.js';
import type { Actor } from './members/member.js';
import { mergeDigests } from './digest/merge-digests.js';
import { mergedCapacity } from './digest/merge-capacity.js';
import { explain } from './sets/explain.js';
import { moveExpiry } from './sessions/move-expiry.js';
import { currentSession, relayEvents, relayLogs, updateSession } from './sessions/route-session.js';
import type { Route } from './sessions/route-session.js';
import { indexIn, isTaken, offerView, setView, withSession } from './sets/set-views.js';

/** How many sessions are looked at together where some of them may be in other phases than were asked for. */
const leastLookedAt = 64;
const livePhases = sessionPhases.filter((phase) => !isFinal(phase));

export class FederatedBroker implements ExecutionBroker {
  constructor(private readonly ground: Ground) {}

  async ask(request: ExecutionRequest, requester: Requester): Promise<OfferSet> {
    return setView(await this.asked(request, requester), this.ground.now);
  }

  async direct(request: ExecutionRequest, requester: Requester): Promise<Session | OfferSet> {
    const set = await this.asked(request, requester);
    for (const index of set.offers.keys()) {
      try {
        return await acceptOffer(this.ground, set, index);
      } catch (error) {
        // Somebody was faster at that member: the next best offer will do.
        if (!(error instanceof BrokerError && error.word === 'conflict')) throw error;
      }
    }
    return { ...setView(set, this.ground.now), result: 'NO', offers: [] };
  }

  async offerSet(id: OfferSetId, requester: Requester): Promise<OfferSet> {
    const set = await this.ground.parts.store.find(id);
    if (!set) throw notFound('offer set', id);
    requireReader(set.owner, requester, 'offer set');
    const view = setView(await adoptAccepted(this.ground, set), this.ground.now);
    const accepted = view.offers.find(({ phase }) => isTaken(phase));
    if (!accepted) return view;
    const current = await this.session(accepted.id, requester);
    return { ...view, offers: view.offers.map((one) => (one.id === current.id ? current : one)) };
  }

  async explanation(id: OfferSetId, requester: Requester): Promise<Explanation> {
    const set = await this.ground.parts.store.find(id);
    if (!set) throw notFound('offer set', id);
    requireReader(set.owner, requester, 'offer set');
    return explain(set);
  }

  async session(id: SessionId, requester: Requester): Promise<Session> {
    const route = await this.route(id, requester, requireReader);
    if (route.set.accepted === route.index) return currentSession(this.ground, route);
    return offerView(route.set, route.index, this.ground.now) as Session;
  }

  async sessions(query: SessionQuery, requester: Requester): Promise<readonly Session[]> {
    const { before, limit, phases } = query;
    const page = {
      limit: phases ? Math.max(limit, leastLookedAt) : limit, ...(readsEverything(requester) ? {} : { owner: requester.id }),
      // What had not ended when it was seen last may be in any phase now.
      ...(phases ? { phases: [...new Set([...phases, ...livePhases])] } : {}),
    };
    const shown: Session[] = [];
    for (let from = before === undefined ? undefined : offerSetIdFrom(before); ;) {
      const sets = await this.ground.parts.store.accepted({ ...page, ...(from === undefined ? {} : { before: from }) });
      const seen = await Promise.all(sets.map((set) => this.listed(set)));
      shown.push(...seen.filter(({ phase }) => !phases || phases.includes(phase)));
      if (shown.length >= limit || sets.length < page.limit) return shown.slice(0, limit);
      from = sets.at(-1)?.id;
    }
  }

  async update(id: SessionId, update: Update, requester: Requester): Promise<Session> {
    const route = await this.route(id, requester);
    const { set, index } = route;
    if (set.accepted === index) return updateSession(this.ground, route, update);
    const wanted = update.path === 'phase' && 'value' in update ? update.value : undefined;
    if (wanted === 'ACCEPTED') return acceptOffer(this.ground, set, index);
    const offer = offerView(set, index, this.ground.now) as Session;
    if (wanted === 'REJECTED' && offer.phase === 'OFFERED') return this.reject(route, update);
    if (update.path === 'expires' && offer.phase === 'OFFERED') return moveExpiry(this.ground, route, update);
    const fix = offer.phase === 'OFFERED' ? "now 'phase' can be set to ACCEPTED or REJECTED" : `nothing can be changed in phase ${offer.phase}`;
    throw conflict([reason('phase', '{path}: this change is not possible; {fix}', { fix }, { path: update.path })], offer);
  }

  async events(id: SessionId, after: number, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>> {
    return relayEvents(this.ground, await this.acceptedRoute(id, requester), after, signal);
  }

  async logs(id: SessionId, follow: boolean, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<string>> {
    return relayLogs(this.ground, await this.acceptedRoute(id, requester), follow, signal);
  }

  capacity(window: Interval): Promise<CapacityReport> {
    return mergedCapacity(this.ground, window);
  }

  /** Of the members that are asked, as their own digests are known. */
  digest(): Promise<Digest> {
    const { knowledge, now, parts } = this.ground;
    return Promise.resolve(mergeDigests(parts.members.asked.map((member) => knowledge.digestOf(member)), now));
  }

  private asked(request: ExecutionRequest, requester: Requester): Promise<FederatedSet> {
    return askFor(this.ground, request, this.actorOf(requester));
  }

  /** Who asks, as members are told; where they called from is nobody's business. */
  private actorOf(caller: Requester): Actor {
    this.rememberBearer(caller);
    const asker = { ...caller };
    delete asker.origin;
    return this.ground.actorOf({ owner: caller.id, asker });
  }

  /** Only a token of an issuer can be exchanged for one of a member; those that we made ourselves stay here. */
  private rememberBearer({ id, origin }: Requester): void {
    const { bearer } = this.ground.parts.trail();
    if (bearer !== undefined && origin?.credential === 'bearer') this.ground.bearers.remember(id, bearer);
  }

  private async reject(route: Route, update: Update): Promise<Session> {
    const session = await updateSession(this.ground, route, update);
    const set = await changeSet(this.ground.parts.store, route.set, (now) => withSession(now, route.index, { ...session, phase: 'REJECTED' }));
    return offerView(set, route.index, this.ground.now) as Session;
  }

  private listed(set: FederatedSet): Promise<Session> {
    const index = set.accepted ?? 0;
    const session = set.offers[index]?.session as Session;
    return isFinal(session.phase) ? Promise.resolve(session) : currentSession(this.ground, { set, index, id: session.id });
  }

  private async route(id: SessionId, requester: Requester, require = requireOwner): Promise<Route> {
    this.rememberBearer(requester);
    const set = await this.ground.parts.store.find(offerSetOf(id));
    const index = indexIn(set, id);
    if (!set || index === undefined) throw notFound('session', id);
    require(set.owner, requester, 'session');
    return { set: await adoptAccepted(this.ground, set), index, id };
  }

  private async acceptedRoute(id: SessionId, requester: Requester): Promise<Route> {
    const route = await this.route(id, requester, requireReader);
    if (route.set.accepted === route.index) return route;
    throw new BrokerError('conflict', 'caller', [reason('phase', 'this is an offer that was not accepted: it has no events and no output', {})]);
  }
}
