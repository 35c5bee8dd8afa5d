/** What one member said, judged. Offers are read so far as they are judged and ranked by; the rest of those that are shown, later. */
import { ClientError } from '#client';
import { reason } from '#model';
import type { Instant, Measure, Message, Milliseconds, Reason, Session, SessionId } from '#model';
import { offerFault } from './check-offers.js';
import type { OfferFacts } from './check-offers.js';
import type { Ground } from './ground.js';
import { hideHosts, hidingFor, mayName } from './hide-hosts.js';
import type { Hiding } from './hide-hosts.js';
import { homeOf } from './member.js';
import type { Member } from './member.js';
import type { Asked } from './member-connection.js';
import type { Question } from './question.js';
import { costOf } from './rank-offers.js';
import { fieldsOf, instantOf, listOf, measuresOf, messagesOf } from './read-fields.js';
import type { Fields } from './read-fields.js';
import { availableOf, phaseOf, preparingOf, readSession, uuidOf } from './read-session.js';

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
  /** The whole of it, as an offer of ours. */
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
  const judge = new OfferJudge({ member, question, hiding, now, earlier: skew + ground.parts.settings.expiryMargin });
  for (const one of listOf(raw['offers'])) judge.take(one);
  const remarks = skew === 0 ? [] : [reason('member-clock', 'the clock of {member} differs from ours by {seconds} s', { member: member.name, seconds: Math.round(skew / 1000) })];
  return { member: member.name, offers: judge.offers, unusable: judge.unusable, messages: messagesOf(shown['messages'], now), remarks: [...remarks, ...judge.remarks] };
}

/** `earlier`: by how much offers expire sooner here than they say: the margin, and what the member's clock is ahead. */
interface Judging { readonly member: Member; readonly question: Question; readonly hiding: Hiding | undefined; readonly now: Instant; readonly earlier: Milliseconds }

/** Goes through the offers of one member: the good ones, the ones to be given back, and what is said of those. */
class OfferJudge {
  readonly offers: Candidate[] = [];
  readonly unusable: string[] = [];
  readonly remarks: Reason[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly by: Judging) {}

  take(document: unknown): void {
    try {
      const uuid = uuidOf(document);
      if (this.seen.has(uuid)) return this.drop(reason('offer-dropped', 'an offer was left out: it came twice'));
      this.seen.add(uuid);
      const candidate = this.candidate(fieldsOf(document), uuid);
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
    const { cores, memory, accelerators, nodes } = fieldsOf(raw['compute']) as Pick<OfferFacts, 'cores' | 'memory' | 'accelerators' | 'nodes'>;
    const expires = (instantOf(raw['expires']) ?? instantOf(fieldsOf(raw['meta'])['created']) ?? now) - earlier;
    const costs = measuresOf(raw['costs']);
    const preparing = preparingOf(raw, now);
    return {
      member: member.name, uuid, phase, ...available, cores, memory, accelerators, nodes, expires, costs, cost: costOf(costs), preparing, bringing: question.request.data?.length ? preparing : 0,
      read: (id) => this.read(raw, { uuid, id, expires }),
    };
  }

  private read(raw: Fields, { uuid, id, expires }: { readonly uuid: string; readonly id: SessionId; readonly expires: Instant }): Session {
    const { member, question, hiding, now } = this.by;
    return { ...readSession(raw, { id, offerSet: question.set, owner: question.owner, now, hiding, home: homeOf(member, uuid) }), expires };
  }

  private drop(why: Reason): void {
    const { name } = this.by.member;
    this.remarks.push({ ...why, template: `{member}: ${why.template}`, values: { ...why.values, member: name } });
  }
}
