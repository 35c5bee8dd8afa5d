/** One request, from choosing whom to ask to the set that is stored and shown. */
import type { ExecutionRequest, Reason } from '#model';
import { reason } from '#model';
import { nextLook } from '../accepting/accept-offer.js';
import { askMembers } from './ask-members.js';
import { termsOf } from '../judging/offer-terms.js';
import { chooseMembers, keepApart } from './choose-members.js';
import type { Choice } from './choose-members.js';
import type { Lack } from '../digest/could-fit.js';
import type { FederatedSet } from '../sets/federation-store.js';
import { giveBackAll } from '../accepting/give-back.js';
import type { Unwanted } from '../accepting/give-back.js';
import type { Ground } from '../ground.js';
import type { MemberAnswer } from '../judging/judge-answer.js';
import type { Actor, Member } from '../members/member.js';
import { mergeAnswers, remarking, turnOf, unlisted } from './merge-answers.js';
import type { Question } from './question.js';
import { rankingTime } from '../ranking/ranker.js';
import { scoreOffers } from '../ranking/score-offers.js';

/** Asks, merges and stores; what is not shown is given back behind the answer. */
export async function askFor(ground: Ground, request: ExecutionRequest, actor: Actor): Promise<FederatedSet> {
  const { parts } = ground;
  const { settings } = parts;
  const trail = parts.trail();
  const patience = Math.min(settings.deadline, trail.patience ?? Infinity);
  const forRanking = rankingTime(parts.ranker, patience);
  const question: Question = {
    set: ground.newSetId(), owner: actor.requester.id, actor, request, said: JSON.stringify(request), terms: termsOf(request, ground.now),
    trail: { ...trail, requestId: trail.requestId ?? parts.newUuid() }, deadline: patience - forRanking,
  };
  const answers = await isAsked(ground, question) ? [remarking([alreadyAsked])] : await answersTo(ground, question);
  const { scored, rankedBy } = await scoreOffers(ground, question, answers, forRanking);
  const merged = mergeAnswers(question, scored, ground.now, settings);
  const due = nextLook(ground, merged);
  const set = { ...merged, ...(due === undefined ? {} : { due }), ...(rankedBy ? { rankedBy } : {}) };
  await parts.store.add(set);
  releaseUnshown(ground, question, { set, answers });
  return set;
}

async function answersTo(ground: Ground, question: Question): Promise<readonly MemberAnswer[]> {
  const { members, settings } = ground.parts;
  const asking = { request: question.request, terms: question.terms, now: ground.now, turn: turnOf(question.set) };
  const { asked, left } = keepApart(members.asked, question.request, question.actor);
  const choice = chooseMembers(asked, (member) => ground.knowledge.digestOf(member), asking, settings);
  const answers = await askMembers(ground, choice.waves, question);
  return [...answers, ...lackRemarks(choice), ...(left.length > 0 ? [remarking(left.map(unknownThere))] : [])];
}

function unknownThere({ name }: Member): Reason {
  return reason('not-asked', '{member} was not asked: it knows everybody from here as one, so what is kept there would not be yours alone', { member: name });
}

function lackRemarks({ lacking }: Choice): readonly MemberAnswer[] {
  return [...lacking].map(([lack, count]) => remarking([reason('not-asked', `{count} member(s) were not asked: they ${lackTexts[lack]}`, { count }, { level: 'INFO' })]));
}

const lackTexts = { kind: 'do not run this kind', length: 'run nothing for so long', accelerator: 'have no such accelerator' } as const satisfies Readonly<Record<Lack, string>>;

function releaseUnshown(ground: Ground, question: Question, { set, answers }: { readonly set: FederatedSet; readonly answers: readonly MemberAnswer[] }): void {
  const whole = unlisted(set, answers).map(({ member, offers }): Unwanted => ({ member, uuids: offers.map((one) => one.uuid) }));
  const broken = answers.filter(({ unusable }) => unusable.length > 0).map(({ member, unusable }): Unwanted => ({ member, uuids: unusable }));
  const all = [...whole, ...broken];
  if (all.length > 0) ground.later('offers that are not shown', giveBackAll(ground, question.actor, all));
}

/** True when this request came here before: by a loop, or by two ways through a tree. */
async function isAsked(ground: Ground, { trail }: Question): Promise<boolean> {
  const { store, settings, clock } = ground.parts;
  if (trail.hops.includes(settings.name)) return true;
  return trail.hops.length > 0 && trail.requestId !== undefined && !(await store.claimRequest(trail.requestId, clock.now()));
}

const alreadyAsked = reason('already-asked', 'this request has come here before by another way, and is answered there', {}, { level: 'INFO' });
