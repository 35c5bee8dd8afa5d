/** Answers of members → the one offer set that the client sees. */
import { ClientError } from '#client';
import type { Instant, Message, OfferSetId, Reason } from '#model';
import { isUuid, mostOffersPerSet, reason, sessionIdOf } from '#model';
import type { FederatedSet } from '../sets/federation-store.js';
import type { FederationSettings } from '../ground.js';
import { ofMember } from '../judging/judge-answer.js';
import type { Candidate, MemberAnswer } from '../judging/judge-answer.js';
import type { Question } from './question.js';
import { keepMost, rankOffers } from '../ranking/rank-offers.js';
import type { LeafOffer } from '../ranking/rank-offers.js';

/** `now` dates it; each offer gets our identifier, by its place. */
export function mergeAnswers(question: Question, answers: readonly MemberAnswer[], now: Instant, { mostOffers, ranking }: Pick<FederationSettings, 'mostOffers' | 'ranking'>): FederatedSet {
  const { set: id, owner, said, request, actor, trail: { requestId, hops } } = question;
  const ranked = rankOffers(answers.flatMap((one) => one.offers), turnOf(id), ranking);
  const { offers, remarks } = readBest(keepMost(ranked, Math.min(mostOffers, mostOffersPerSet)), id);
  const name = request.name ?? request.executable?.meta?.name;
  return {
    id, owner, asker: actor.requester, said, created: now, modified: now, offers, releases: [], revision: 1,
    messages: messagesOf(remarks.length > 0 ? [...answers, remarking(remarks)] : answers, offers.length > 0, now), ...(name === undefined ? {} : { name }),
    ...(requestId === undefined || hops.length === 0 ? {} : { passage: { requestId, hops } }),
  };
}

/** What no client could read of them is left out, and said so. */
function readBest(best: readonly Candidate[], id: OfferSetId): { readonly offers: readonly LeafOffer[]; readonly remarks: readonly Reason[] } {
  const offers: LeafOffer[] = [];
  const remarks: Reason[] = [];
  for (const { member, uuid, score, read } of best) {
    try {
      offers.push({ member, uuid, session: read(sessionIdOf(id, offers.length)), ...(score === undefined ? {} : { score }) });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      remarks.push(ofMember(reason('offer-dropped', 'an offer was left out: {fault}', { fault: error.message }), member));
    }
  }
  return { offers, remarks };
}

/** What is said by us, not by a member. */
export function remarking(remarks: readonly Reason[]): MemberAnswer {
  return { member: '', offers: [], messages: [], unusable: [], remarks };
}

/** Members whose every offer was cut from the list. Nobody can accept there: they shall have their capacity back. */
export function unlisted(set: FederatedSet, answers: readonly MemberAnswer[]): readonly MemberAnswer[] {
  const listed = new Set(set.offers.map((one) => one.member));
  return answers.filter((one) => one.offers.length > 0 && !listed.has(one.member));
}

/** Who of equal members comes first: another one from set to set. */
export function turnOf(id: string): number {
  return isUuid(id) ? Number.parseInt(id.slice(0, 8), 16) : 0;
}

function messagesOf(answers: readonly MemberAnswer[], isYes: boolean, now: Instant): readonly Message[] {
  const own = answers.flatMap((one) => one.remarks.map((remark): Message => ({ ...remark, time: now })));
  const theirs = answers.flatMap((one) => one.messages.map((message) => attributed(message, one, isYes)));
  const all = isYes ? [...own, ...theirs] : [...hintOf(theirs, now), ...theirs, ...own];
  if (all.length > 0 || isYes) return all;
  return [{ ...reason('capacity', answers.length === 0 ? 'there is no member that could be asked' : 'no member offers anything', {}), time: now }];
}

/** A member's NO is worth knowing beside offers of others, but no warning; so it becomes INFO. */
function attributed(message: Message, { member, offers }: MemberAnswer, isYes: boolean): Message {
  const level = isYes && offers.length === 0 ? 'INFO' : message.level;
  const template = message.template.startsWith('{member}: ') ? message.template : `{member}: ${message.template}`;
  return { ...message, level, template, values: { ...message.values, member: chainOf(member, message) } };
}

/** Through several levels the whole way to the leaf: `uk/n1`. */
function chainOf(member: string, message: Message): string {
  return message.values['member'] === undefined ? member : `${member}/${message.values['member']}`;
}

/** Where all said NO: the earliest start that any of them names. */
function hintOf(messages: readonly Message[], now: Instant): readonly Message[] {
  const dated = messages.filter((one) => one.values['first'] !== undefined && !one.template.includes('(at {member})'));
  const best = dated.reduce<Message | undefined>((least, one) => (!least || Date.parse(one.values['first'] ?? '') < Date.parse(least.values['first'] ?? '') ? one : least), undefined);
  if (!best) return [];
  const values = { first: best.values['first'] ?? '', member: best.values['member'] ?? '' };
  return [{ ...reason('capacity', 'no member has room inside the wanted windows; the first start that would work is {first} (at {member})', values, { path: best.path ?? 'schedule.requested.start' }), time: now }];
}
