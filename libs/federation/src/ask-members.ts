/** One request to all members side by side, within a deadline. Who is late is silent; what it offers then is given back. */
import { setMaxListeners } from 'node:events';
import { ClientError } from '#client';
import type { ExecutionRequest, Instant, Message, Milliseconds, OfferSetId, Reason, RequesterId, Session } from '#model';
import { reason, sessionIdOf } from '#model';
import { offerFault } from './check-offers.js';
import type { Terms } from './check-offers.js';
import { faultWords } from './faults.js';
import type { Ground } from './ground.js';
import { hideHosts, hidingFor, mayName } from './hide-hosts.js';
import type { Hiding } from './hide-hosts.js';
import { writeTrail } from './member.js';
import type { Actor, Member, Trail } from './member.js';
import type { Asked } from './member-connection.js';
import type { LeafOffer } from './rank-offers.js';
import { fieldsOf, instantOf, listOf, messagesOf } from './read-fields.js';
import { readSession, uuidOf } from './read-session.js';

export interface Question {
  readonly set: OfferSetId;
  readonly owner: RequesterId;
  readonly actor: Actor;
  readonly request: ExecutionRequest;
  readonly said: string;
  readonly terms: Terms;
  readonly trail: Trail;
  readonly deadline: Milliseconds;
}

/** What one member said, already judged. `unusable`: identifiers of offers to be given back. */
export interface MemberAnswer {
  readonly member: string;
  readonly offers: readonly LeafOffer[];
  readonly messages: readonly Message[];
  readonly remarks: readonly Reason[];
  readonly unusable: readonly string[];
}

const clockTolerance: Milliseconds = 30_000;
/** Every member loses a little time on the way to us. */
const patienceShare = 0.9;

/** The members of one wave side by side; those of the next when nobody of the first offers anything. One deadline for all. */
export async function askMembers(ground: Ground, waves: readonly (readonly Member[])[], question: Question): Promise<readonly MemberAnswer[]> {
  const { clock } = ground.parts;
  const over = new AbortController();
  const until = clock.now() + question.deadline;
  const deadline = clock.sleep(question.deadline, over.signal).then(() => 'over' as const, () => 'over' as const);
  const answers: MemberAnswer[] = [];
  try {
    for (const wave of waves.filter(({ length }) => length > 0)) {
      const patience = patienceOf(ground, question, wave.length);
      answers.push(...await Promise.all(wave.map((member) => inTime(ground, member, question, { deadline, patience }))));
      if (answers.some((one) => one.offers.length > 0) || clock.now() >= until) break;
    }
    return answers;
  } finally {
    over.abort();
  }
}

/** How long late members are listened to: one limit for all of a wave, which ends when the last of them has answered. */
interface Patience { readonly signal: AbortSignal; done(): void }
interface Limits { readonly deadline: Promise<'over'>; readonly patience: Patience }

function patienceOf({ parts: { clock, settings } }: Ground, { deadline }: Question, members: number): Patience {
  const limit = new AbortController();
  const ended = new AbortController();
  setMaxListeners(0, limit.signal);
  let left = members;
  // The sleep rejects when all have answered: that is how it is ended.
  clock.sleep(deadline + settings.lateFor, ended.signal).then(() => { limit.abort(new ClientError('unreachable', 'no answer in time')); }, () => undefined);
  return { signal: limit.signal, done: () => {
    left -= 1;
    if (left === 0) ended.abort();
  } };
}

async function inTime(ground: Ground, member: Member, question: Question, { deadline, patience }: Limits): Promise<MemberAnswer> {
  if (!ground.circuits.mayAsk(member.name)) {
    patience.done();
    return silent(member, 'it failed several times and is left alone for a while');
  }
  const asked = askOne(ground, member, question, patience.signal).finally(() => { patience.done(); });
  const first = await Promise.race([asked, deadline]);
  if (first !== 'over') return first;
  ground.circuits.failed(member.name);
  ground.later(`late offers of ${member.name}`, asked.then((late) => giveBack(ground, { member, actor: question.actor }, [...late.offers.map((one) => one.uuid), ...late.unusable])));
  return silent(member, 'no answer in time');
}

async function askOne(ground: Ground, member: Member, question: Question, signal: AbortSignal): Promise<MemberAnswer> {
  const { settings, log } = ground.parts;
  const { trail, deadline } = question;
  const headers = writeTrail({ ...trail, hops: [...trail.hops, settings.name], patience: deadline * patienceShare });
  try {
    const answer = judge(ground, member, question, await ground.connect(member, question.actor).ask(question.said, headers, signal));
    ground.circuits.succeeded(member.name);
    return answer;
  } catch (error) {
    log.warn('a member could not be asked', { member: member.name, error: String(error), ...(error instanceof ClientError && error.cause ? { cause: String(error.cause) } : {}) });
    // It refused this caller's request: that says nothing about its health.
    if (!(error instanceof ClientError && error.fault === 'refused' && (error.status ?? 500) < 500)) ground.circuits.failed(member.name);
    return silent(member, faultWords(error));
  }
}

function silent(member: Member, why: string): MemberAnswer {
  return { member: member.name, offers: [], messages: [], unusable: [], remarks: [reason('member-silent', '{member} gave no offers: {why}', { member: member.name, why })] };
}

function judge(ground: Ground, member: Member, question: Question, { document, text }: Asked): MemberAnswer {
  const raw = fieldsOf(document);
  uuidOf(raw);
  const hosts = hidingFor(member, question.said);
  const hiding = hosts && mayName(text, hosts) ? hosts : undefined;
  const shown = fieldsOf(hideHosts(raw['meta'], hiding));
  const { now } = ground;
  const ahead = (instantOf(shown['created']) ?? now) - now;
  const skew = Math.abs(ahead) > clockTolerance ? ahead : 0;
  const judged = new OfferJudge({ ground, member, question, hiding, skew, now });
  for (const one of listOf(raw['offers'])) judged.take(one);
  const remarks = skew === 0 ? [] : [reason('member-clock', 'the clock of {member} differs from ours by {seconds} s', { member: member.name, seconds: Math.round(skew / 1000) })];
  return { member: member.name, offers: judged.offers, unusable: judged.unusable, messages: messagesOf(shown['messages'], now), remarks: [...remarks, ...judged.remarks] };
}

interface Judging { readonly ground: Ground; readonly member: Member; readonly question: Question; readonly hiding: Hiding | undefined; readonly skew: Milliseconds; readonly now: Instant }

/** Goes through the offers of one member: the good ones, the ones to be given back, and what is said of those. */
class OfferJudge {
  readonly offers: LeafOffer[] = [];
  readonly unusable: string[] = [];
  readonly remarks: Reason[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly by: Judging) {}

  take(document: unknown): void {
    try {
      const uuid = uuidOf(document);
      if (this.seen.has(uuid)) return this.drop(reason('offer-dropped', 'an offer was left out: it came twice'));
      this.seen.add(uuid);
      const session = this.read(document);
      const fault = offerFault(session, this.by.question.terms, this.by.now);
      if (!fault) this.offers.push({ member: this.by.member.name, uuid, session });
      else {
        this.unusable.push(uuid);
        this.drop(fault);
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.drop(reason('offer-dropped', 'an offer was left out: it cannot be read'));
    }
  }

  /** The expiry in our time, less the margin. */
  private read(document: unknown): Session {
    const { ground, question, hiding, skew, now } = this.by;
    const session = readSession(document, { id: sessionIdOf(question.set, 0), offerSet: question.set, owner: question.owner, now, hiding });
    return { ...session, expires: session.expires - skew - ground.parts.settings.expiryMargin };
  }

  private drop(why: Reason): void {
    const { name } = this.by.member;
    this.remarks.push({ ...why, template: `{member}: ${why.template}`, values: { ...why.values, member: name } });
  }
}

/** Tells a member that these offers are not wanted. What it no longer knows, or has decided, is as good. */
export async function giveBack(ground: Ground, { member, actor }: { readonly member: Member; readonly actor: Actor }, uuids: readonly string[]): Promise<void> {
  const connection = ground.connect(member, actor);
  await Promise.all(uuids.map(async (uuid) => {
    try {
      await connection.update(uuid, { kind: 'enum', path: 'phase', value: 'REJECTED' });
    } catch (error) {
      if (!(error instanceof ClientError && error.fault === 'refused' && (error.status ?? 500) < 500)) throw error;
    }
  }));
}
