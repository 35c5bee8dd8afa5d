/** One request to all members side by side, within a deadline. Who is late is silent; what it offers then is given back. */
import { ClientError } from '#client';
import type { ExecutionRequest, Instant, Message, Milliseconds, OfferSetId, Reason, RequesterId, Session } from '#model';
import { reason, sessionIdOf } from '#model';
import { offerFault } from './check-offers.js';
import type { Terms } from './check-offers.js';
import { faultWords } from './faults.js';
import type { Ground } from './ground.js';
import { hideHosts, hidingFor } from './hide-hosts.js';
import { writeTrail } from './member.js';
import type { Actor, Member, Trail } from './member.js';
import type { LeafOffer } from './rank-offers.js';
import { fieldsOf, instantOf, listOf, messagesOf } from './read-fields.js';
import { readSession, uuidOf } from './read-session.js';
import { within } from './within.js';

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
    for (const wave of waves) {
      answers.push(...await Promise.all(wave.map((member) => inTime(ground, member, question, deadline))));
      if (answers.some((one) => one.offers.length > 0) || clock.now() >= until) break;
    }
    return answers;
  } finally {
    over.abort();
  }
}

async function inTime(ground: Ground, member: Member, question: Question, deadline: Promise<'over'>): Promise<MemberAnswer> {
  if (!ground.circuits.mayAsk(member.name)) return silent(member, 'it failed several times and is left alone for a while');
  const asked = askOne(ground, member, question);
  const first = await Promise.race([asked, deadline]);
  if (first !== 'over') return first;
  ground.circuits.failed(member.name);
  ground.later(`late offers of ${member.name}`, asked.then((late) => giveBack(ground, { member, actor: question.actor }, [...late.offers.map((one) => one.uuid), ...late.unusable])));
  return silent(member, 'no answer in time');
}

async function askOne(ground: Ground, member: Member, question: Question): Promise<MemberAnswer> {
  const { clock, settings, log } = ground.parts;
  const { trail, deadline } = question;
  const headers = writeTrail({ ...trail, hops: [...trail.hops, settings.name], patience: deadline * patienceShare });
  try {
    const document = await within(clock, deadline + settings.lateFor, (signal) => ground.connect(member, question.actor).ask(question.request, headers, signal));
    const answer = judge(ground, member, question, document);
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

function judge(ground: Ground, member: Member, question: Question, document: unknown): MemberAnswer {
  const raw = fieldsOf(document);
  uuidOf(raw);
  const hiding = hidingFor(member, question.said);
  const shown = fieldsOf(fieldsOf(hideHosts(raw, hiding))['meta']);
  const { now } = ground;
  const ahead = (instantOf(shown['created']) ?? now) - now;
  const skew = Math.abs(ahead) > clockTolerance ? ahead : 0;
  const judged = new OfferJudge({ ground, member, question, terms: question.terms, skew, now });
  for (const one of listOf(raw['offers'])) judged.take(one);
  const remarks = skew === 0 ? [] : [reason('member-clock', 'the clock of {member} differs from ours by {seconds} s', { member: member.name, seconds: Math.round(skew / 1000) })];
  return { member: member.name, offers: judged.offers, unusable: judged.unusable, messages: messagesOf(shown['messages'], now), remarks: [...remarks, ...judged.remarks] };
}

interface Judging { readonly ground: Ground; readonly member: Member; readonly question: Question; readonly terms: Terms; readonly skew: Milliseconds; readonly now: Instant }

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
      const fault = offerFault(session, this.by.terms, this.by.now);
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
    const { ground, member, question, skew, now } = this.by;
    const session = readSession(document, { id: sessionIdOf(question.set, 0), offerSet: question.set, owner: question.owner, now, hiding: hidingFor(member, question.said) });
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
