/** What administrators see of the members and do with them. Credentials are never among it, only the names of configured ones. */
import { ClientError } from '#client';
import { BrokerError, isFinal, reason, sessionPhases, withoutRepeats } from '#model';
import type { Instant, Reason } from '#model';
import { whyUnreached } from '../calling/unreached.js';
import { faultWords } from '../faults.js';
import type { AcceptedQuery, FederatedSet } from '../sets/federation-store.js';
import type { Ground } from '../ground.js';
import type { Member } from './member.js';
import { kindsIn } from '../digest/kinds-in.js';
import { fieldsOf } from '../reading/read-fields.js';
import { currentSession } from '../sessions/route-session.js';
import type { MemberBook, MemberSource } from './member-book.js';
import type { MemberStore } from './member-store.js';
import { readDescription } from './read-description.js';
import type { DescribedMember } from './read-description.js';

/** Source of the members that administrators add. */
export const administration = 'administration';

const livePhases = sessionPhases.filter((phase) => !isFinal(phase));
/** At a time. */
const mostLookedAt = 64;

export interface MemberView {
  readonly name: string;
  readonly url: string;
  readonly exposure: Member['exposure'];
  readonly source: MemberSource;
  /** Asked no more; its sessions go on. */
  readonly draining: boolean;
  readonly up: boolean;
  /** How often in a row it failed. */
  readonly failures: number;
  readonly since?: Instant;
  /** Sessions accepted there that have not ended. */
  readonly sessions: number;
  /** What it runs, where it says so. */
  readonly kinds?: readonly string[];
}

export interface MemberTest {
  readonly name: string;
  readonly reachable: boolean;
  /** Whether it takes us for somebody it knows. */
  readonly recognised: boolean;
  /** With our additions, or plain v1.0. */
  readonly speaks?: 'additions' | 'v1.0';
  readonly kinds: readonly string[];
  readonly reasons: readonly Reason[];
}

export interface AdministrationParts {
  readonly ground: Ground;
  readonly book: MemberBook;
  readonly store: MemberStore;
  /** Throws RangeError for credentials that are not configured. */
  make(description: DescribedMember): Member;
}

export class MemberAdministration {
  constructor(private readonly parts: AdministrationParts) {}

  /** Takes over what this replica or another one has changed. */
  async refresh(): Promise<void> {
    const { book, store, make } = this.parts;
    book.set(administration, (await store.added()).map(make));
    book.setDraining(await store.draining());
  }

  async list(): Promise<readonly MemberView[]> {
    const live = await this.parts.store.liveSessions();
    return this.parts.book.known.map(({ member, source, isDraining }) => this.view(member, { source, isDraining, sessions: live.get(member.name) ?? 0 }));
  }

  async add(input: unknown): Promise<MemberView> {
    const { book, store, make } = this.parts;
    const read = readDescription(fieldsOf(input));
    if ('faults' in read) throw malformed(read.faults);
    const { description } = read;
    try {
      make(description);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw malformed([{ path: 'credentials', fault: error.message, fix: 'name one of the configured credentials' }]);
    }
    const isKnown = book.known.some(({ member }) => member.name === description.name);
    if (isKnown || !(await store.add(description))) throw refusal([reason('member-exists', '{path}: there is a member {name} already; choose another name, or remove it first', { name: description.name }, { path: 'name' })]);
    await this.refresh();
    return this.one(description.name);
  }

  /** Its sessions go on there, and can't be reached from here: so it is refused while there are some, unless forced. */
  async remove(name: string, isForced: boolean): Promise<void> {
    const { store } = this.parts;
    const { source } = this.known(name);
    if (source !== administration) throw refusal([reason('member-configured', 'the member {name} comes from the {source}; take it out there, or drain it', { name, source })]);
    const sessions = await this.liveAt(name);
    if (sessions > 0 && !isForced) throw refusal([reason('member-in-use', 'the member {name} has {sessions} session(s) that have not ended; drain it and wait, or force it: then nobody reaches them from here', { name, sessions })]);
    await store.setDraining(name, false);
    await store.remove(name);
    await this.refresh();
  }

  async drain(name: string, isDraining: boolean): Promise<MemberView> {
    this.known(name);
    await this.parts.store.setDraining(name, isDraining);
    await this.refresh();
    return this.one(name);
  }

  /** Calls it now, whatever its health: is it there, does it know us, what can it do. */
  async test(name: string): Promise<MemberTest> {
    const { member } = this.known(name);
    const connection = this.parts.ground.connect(member);
    const facts = await outcome(connection.get('/capabilities.json'));
    const own = await outcome(connection.get('/sessions?limit=1'));
    const isMissing = (one: Outcome): boolean => one.fault?.status === 404 || one.fault?.status === 405;
    const reachable = [facts, own].some((one) => one.fault?.fault !== 'unreachable');
    const reasons = [facts, own].flatMap(({ fault }) => (fault && fault.status !== 404 && fault.status !== 405 ? [reason('member-silent', '{member}: {why}', { member: name, why: whyUnreached(fault) ?? faultWords(fault) })] : []));
    return {
      name, reachable, recognised: reachable && (own.fault === undefined || isMissing(own)), kinds: kindsIn(facts.document), reasons: withoutRepeats(reasons),
      ...(reachable ? { speaks: isMissing(own) ? 'v1.0' as const : 'additions' as const } : {}),
    };
  }

  /** What had not ended when it was seen last may have since: it is looked at once more. */
  private async liveAt(name: string): Promise<number> {
    const { ground, store } = this.parts;
    const seen = (await store.liveSessions()).get(name) ?? 0;
    if (seen === 0) return 0;
    for (let page: AcceptedQuery | undefined = { limit: mostLookedAt, phases: livePhases }; page;) {
      const sets = await ground.parts.store.accepted(page);
      await Promise.all(sets.map((set) => lookAgain(ground, set, name)));
      const last = sets.length < mostLookedAt ? undefined : sets.at(-1);
      page = last && { ...page, before: last.id };
    }
    return (await store.liveSessions()).get(name) ?? 0;
  }

  private known(name: string): { readonly member: Member; readonly source: MemberSource } {
    const found = this.parts.book.known.find(({ member }) => member.name === name);
    if (found) return found;
    throw new BrokerError('not-found', 'caller', [reason('no-member', 'there is no member {name}', { name: name.slice(0, 64) })]);
  }

  private async one(name: string): Promise<MemberView> {
    const found = (await this.list()).find((view) => view.name === name);
    if (!found) throw new RangeError(`the member ${name} is gone`);
    return found;
  }

  private view(member: Member, more: { readonly source: MemberSource; readonly isDraining: boolean; readonly sessions: number }): MemberView {
    const { name, url, exposure } = member;
    const { up, failures, since } = this.parts.ground.circuits.health(name);
    const kinds = this.parts.ground.knowledge.kindsOf(name);
    return {
      name, url, exposure, source: more.source, draining: more.isDraining, up, failures, sessions: more.sessions,
      ...(since === undefined ? {} : { since }), ...(kinds ? { kinds } : {}),
    };
  }
}

async function lookAgain(ground: Ground, set: FederatedSet, member: string): Promise<void> {
  const { accepted: index } = set;
  const offer = set.offers[index ?? -1];
  if (index !== undefined && offer?.member === member) await currentSession(ground, { set, index, id: offer.session.id });
}

interface Outcome { readonly document?: unknown; readonly fault?: ClientError }

async function outcome(call: Promise<unknown>): Promise<Outcome> {
  try {
    return { document: await call };
  } catch (error) {
    if (error instanceof ClientError) return { fault: error };
    throw error;
  }
}

function malformed(faults: readonly { readonly path: string; readonly fault: string; readonly fix: string }[]): BrokerError {
  return new BrokerError('malformed', 'caller', faults.map(({ path, fault, fix }) => reason('malformed', '{path} {fault}; {fix}', { fault, fix }, { path })));
}

function refusal(reasons: readonly Reason[]): BrokerError {
  return new BrokerError('conflict', 'caller', reasons);
}
