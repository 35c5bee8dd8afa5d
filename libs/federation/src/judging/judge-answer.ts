/** What one member said, judged. Offers are read so far as they are judged and ranked by; the rest of those that are shown, later. */
import { ClientError } from '#client';
import { canonicalKind, reason } from '#model';
import type { Instant, Measure, Message, Milliseconds, Reason, Session, SessionId } from '#model';
import type { Ground } from '../ground.js';
import { hideHosts, hidingFor, mayName } from '../reading/hide-hosts.js';
import type { Hiding } from '../reading/hide-hosts.js';
import { homeOf } from '../members/member.js';
import type { Member } from '../members/member.js';
import type { Asked } from '../calling/member-connection.js';
import { offerFault } from './offer-faults.js';
import type { OfferFacts } from './offer-faults.js';
import type { Question } from '../asking/question.js';
import { costOf } from '../ranking/rank-offers.js';
import { fieldsOf, instantOf, listOf, measuresOf, messagesOf, textOf } from '../reading/read-fields.js';
import type { Fields } from '../reading/read-fields.js';
import { availableOf, phaseOf, preparingOf, uuidOf } from '../reading/read-session.js';

/** An offer that may be shown; `uuid` is the member's identifier of it. */
export interface Candidate extends OfferFacts {
  readonly member: string;
  readonly uuid: string;
  /** The least money that it can cost at most; Infinity without a price. */
  readonly cost: number;
  readonly costs: readonly Measure[];
  readonly preparing: Milliseconds;
  /** The same where data have to be brought, else 0: it tells who has them nearby. */
  readonly bringing: Milliseconds;
  /** Given by the operator's ranking, where there is one. */
  readonly score?: number;
  /** The whole of it, as an offer of ours. Throws ClientError where a client could not read it. */
  read(id: SessionId): Session;
}

/** `unusable`: identifiers of offers to be given back. */
export interface MemberAnswer {
  readonly member: string;
  readonly offers: readonly Candidate[];
  readonly messages: readonly Message[];
  readonly remarks: readonly Reason[];
  readonly unusable: readonly string[];
}

const clockTolerance: Milliseconds = 30_000;
/** Of an offer that doesn't say when it ends. */
const unsaid: Milliseconds = 60_000;
/** Offers of one member that are looked at: many times what is shown. */
const mostOffers = 1_000;
/** Of one member; further ones are counted. */
const mostRemarks = 10;

/** Throws ClientError for what is no answer to a request at all. */
export function judgeAnswer(ground: Ground, member: Member, question: Question, { document, text }: Asked): MemberAnswer {
  const raw = fieldsOf(document);
  uuidOf(raw);
  const hosts = hidingFor(member, question.said);
  const hiding = hosts && mayName(text, hosts) ? hosts : undefined;
  const shown = fieldsOf(hideHosts(raw['meta'], hiding));
  const { now } = ground;
  const ahead = (instantOf(shown['created']) ?? now) - now;
  const skew = Math.abs(ahead) > clockTolerance ? ahead : 0;
  const judge = new OfferJudge({ ground, member, question, hiding, now, earlier: skew + ground.parts.settings.expiryMargin });
  for (const one of listOf(raw['offers']).slice(0, mostOffers)) judge.take(one);
  judge.leave(listOf(raw['offers']).length - mostOffers);
  const remarks = skew === 0 ? [] : [reason('member-clock', 'the clock of {member} differs from ours by {seconds} s', { member: member.name, seconds: Math.round(skew / 1000) })];
  return { member: member.name, offers: judge.offers, unusable: judge.unusable, messages: messagesOf(shown['messages'], now), remarks: [...remarks, ...judge.said] };
}

/** `earlier`: by how much offers expire sooner here than they say: the margin, and what the member's clock is ahead. */
interface Judging { readonly ground: Ground; readonly member: Member; readonly question: Question; readonly hiding: Hiding | undefined; readonly now: Instant; readonly earlier: Milliseconds }

/** Goes through the offers of one member: the good ones, the ones to be given back, and what is said of those. */
class OfferJudge {
  readonly offers: Candidate[] = [];
  readonly unusable: string[] = [];
  private readonly remarks: Reason[] = [];
  private readonly seen = new Set<string>();
  private unread = 0;

  constructor(private readonly by: Judging) {}

  get said(): readonly Reason[] {
    const more = this.remarks.length - mostRemarks + this.unread;
    if (more <= 0) return this.remarks;
    return [...this.remarks.slice(0, mostRemarks), this.named(reason('offer-dropped', '{count} more offers were left out', { count: more }))];
  }

  /** So many more came than are looked at. */
  leave(count: number): void {
    this.unread = Math.max(0, count);
  }

  take(document: unknown): void {
    try {
      const uuid = uuidOf(document);
      if (this.seen.has(uuid)) return this.drop(reason('offer-dropped', 'an offer was left out: it came twice'));
      this.seen.add(uuid);
      const candidate = this.candidate(this.whole(fieldsOf(document)), uuid);
      const fault = offerFault(candidate, this.by.question.terms, this.by.now);
      if (!fault) this.offers.push(candidate);
      else {
        this.unusable.push(uuid);
        this.drop(fault);
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.drop(reason('offer-dropped', 'an offer was left out: it cannot be read'));
    }
  }

  private candidate(raw: Fields, uuid: string): Candidate {
    const { member, question, now, earlier } = this.by;
    const phase = phaseOf(raw['phase']);
    const available = availableOf(raw, now);
    if (!available) throw new ClientError('unreadable', 'an offer without times');
    const compute = fieldsOf(raw['compute']);
    const { cores, memory, accelerators, nodes } = compute as Pick<OfferFacts, 'cores' | 'memory' | 'accelerators' | 'nodes'>;
    const end = instantOf(raw['expires']);
    const expires = end === undefined ? now + unsaid : end - earlier;
    const costs = measuresOf(raw['costs']);
    const quotes = [...costs, ...[raw['metrics'], compute['costs'], compute['metrics']].flatMap(measuresOf)];
    const preparing = preparingOf(raw, now);
    return {
      member: member.name, uuid, phase, kind: canonicalKind(textOf(fieldsOf(raw['executable'])['kind']) ?? ''), storage: raw['storage'], quotes, ...available, cores, memory, accelerators, nodes, expires, costs, cost: costOf(costs), preparing, bringing: question.request.data?.length ? preparing : 0,
      read: (id) => this.read(raw, { uuid, id, expires }),
    };
  }

  /** Who leaves out what it runs means what was asked. */
  private whole(raw: Fields): Fields {
    const executable = fieldsOf(raw['executable']);
    return textOf(executable['kind']) === undefined ? { ...raw, executable: { ...this.by.question.request.executable, ...executable } } : raw;
  }

  private read(raw: Fields, { uuid, id, expires }: { readonly uuid: string; readonly id: SessionId; readonly expires: Instant }): Session {
    const { ground, member, question, hiding, now } = this.by;
    return { ...ground.read(raw, { id, offerSet: question.set, owner: question.owner, now, hiding, home: homeOf(member, uuid) }), expires };
  }

  private drop(why: Reason): void {
    this.remarks.push(this.named(why));
  }

  private named(why: Reason): Reason {
    return ofMember(why, this.by.member.name);
  }
}

export function ofMember(why: Reason, member: string): Reason {
  return { ...why, template: `{member}: ${why.template}`, values: { ...why.values, member } };
}
