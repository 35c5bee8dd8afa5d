import type { Dispatcher } from 'undici';
import { BrokerClient, ClientError } from '#client';
import type { Clock, Instant, Log, Milliseconds, OfferSetId, Session } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import { isBounded } from './reading/bounded.js';
import { Circuits } from './calling/circuit.js';
import { Deadlines } from './calling/deadlines.js';
import { Knowledge } from './digest/knowledge.js';
import { mostBytes } from './calling/exchange.js';
import { memberAway } from './faults.js';
import type { FederatedSet, FederationStore } from './sets/federation-store.js';
import { hidingFor } from './reading/hide-hosts.js';
import { BearerMemory } from './identity/bearer-memory.js';
import { homeOf } from './members/member.js';
import type { Actor, Member, Trail } from './members/member.js';
import type { KnownMember } from './members/member-book.js';
import { MemberConnection } from './calling/member-connection.js';
import type { Ranking } from './ranking/rank-offers.js';
import type { Ranker } from './ranking/ranker.js';
import { phaseOf, readSession } from './reading/read-session.js';
import type { Identity } from './reading/read-session.js';
import { fieldsOf } from './reading/read-fields.js';

export interface FederationSettings {
  /** Unique among the aggregators of a federation: loops are told by it. */
  readonly name: string;
  /** How long members are waited for. */
  readonly deadline: Milliseconds;
  /** How long a late member is still listened to, to give back what it offers. */
  readonly lateFor: Milliseconds;
  /** Limit of one call that is not an ask. */
  readonly callWithin: Milliseconds;
  /** By this much an offer expires sooner here than at its member. */
  readonly expiryMargin: Milliseconds;
  readonly mostOffers: number;
  /** The usual order. Left out: the earliest first. */
  readonly ranking?: Ranking;
  /** How long an answer of which nothing came can be read. */
  readonly keepAnswers: Milliseconds;
  /** Fewer members than this are all asked; of more, those that may fit. */
  readonly pruneFrom: number;
  /** How many members with digests are asked at first. */
  readonly mostAsked: number;
}

export interface FederationParts {
  readonly settings: FederationSettings;
  readonly store: FederationStore;
  readonly members: Members;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Goes before the usual order. */
  readonly ranker?: Ranker;
  /** What came with the request that is served now. */
  readonly trail: () => Trail;
  newUuid(): string;
  /** What a client could not read of a session; left out: nothing is looked for. */
  typeFault?(session: Session): string | undefined;
}

/** The members of now: they may change while we run. */
export interface Members {
  readonly known: readonly KnownMember[];
  /** Those that new requests go to. */
  readonly asked: readonly Member[];
  find(name: string): Member | undefined;
}

/** What every part of the federation stands on. */
export class Ground {
  readonly circuits: Circuits;
  readonly deadlines: Deadlines;
  readonly bearers: BearerMemory;
  readonly knowledge: Knowledge;
  private readonly background = new Set<Promise<void>>();

  constructor(readonly parts: FederationParts) {
    this.circuits = new Circuits(() => parts.clock.now());
    this.deadlines = new Deadlines(parts.clock);
    this.bearers = new BearerMemory(parts.clock);
    const { members, clock, log } = parts;
    this.knowledge = new Knowledge({ members, clock, log, connect: (member) => this.connect(member) });
  }

  get now(): Instant {
    return this.parts.clock.now();
  }

  newSetId(): OfferSetId {
    return offerSetIdFrom(this.parts.newUuid());
  }

  /** Throws 'unavailable' for a member that is no longer configured. */
  member(name: string): Member {
    const found = this.parts.members.find(name);
    if (!found) throw memberAway(name);
    return found;
  }

  /** Without an actor we speak for ourselves. */
  connect(member: Member, actor?: Actor): MemberConnection {
    const { dispatcher, settings } = this.parts;
    return new MemberConnection(member, { dispatcher, deadlines: this.deadlines, callWithin: settings.callWithin }, actor);
  }

  /** For whom we speak where a set is concerned: its owner, whoever calls. */
  actorOf({ owner, asker }: Pick<FederatedSet, 'owner' | 'asker'>): Actor {
    const bearer = this.bearers.of(owner);
    return { requester: asker ?? { id: owner, name: owner, roles: [], groups: [] }, ...(bearer === undefined ? {} : { bearer }) };
  }

  /** For streams, which reconnect and fall back to polls by themselves. */
  streaming(member: Member, actor: Actor): BrokerClient {
    const { dispatcher, clock } = this.parts;
    return new BrokerClient({ url: member.url, clock, dispatcher, mostBytes, identify: () => member.identify(actor) });
  }

  /** Who offer `index` of a set is to us. */
  identity(set: FederatedSet, index: number, member: Member): Identity {
    const before = set.offers[index]?.session;
    return {
      id: sessionIdOf(set.id, index), offerSet: set.id, owner: set.owner, now: this.now, hiding: hidingFor(member, set.said), home: homeOf(member, set.offers[index]?.uuid ?? ''),
      ...(before ? { before } : {}),
    };
  }

  /** A member's session as one of ours. Of one that was known before, the phase counts whatever else can't be read; else throws 'unreadable'. */
  read(document: unknown, as: Identity): Session {
    const session = isBounded(document) ? readSession(document, as) : undefined;
    const fault = session ? this.parts.typeFault?.(session) : 'it is too large, or nested too deeply';
    if (session && fault === undefined) return session;
    if (as.before) return { ...as.before, phase: phaseOf(fieldsOf(document)['phase']), modified: as.now };
    throw new ClientError('unreadable', fault ?? '');
  }

  /** Work that nobody waits for; its faults are logged. {@link settled} waits for all of it. */
  later(what: string, work: Promise<void>): void {
    const done = work.catch((error: unknown) => { this.parts.log.warn(`${what}: not done now`, { error: String(error) }); });
    this.background.add(done);
    void done.finally(() => { this.background.delete(done); });
  }

  async settled(): Promise<void> {
    while (this.background.size > 0) await Promise.all(this.background);
  }

  /** Waits for what goes on behind answers; nothing may begin after. */
  async close(): Promise<void> {
    await this.settled();
    this.deadlines.stop();
  }
}
