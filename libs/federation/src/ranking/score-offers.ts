/** The operator's ranking gives a score to each offer. Where it fails, nothing has one, and the usual order stands. */
import type { Milliseconds } from '#model';
import type { OfferToRank } from '#plugin-sdk';
import type { RankedBy } from '../sets/federation-store.js';
import type { Ground } from '../ground.js';
import type { Candidate, MemberAnswer } from '../judging/judge-answer.js';
import type { Question } from '../asking/question.js';

export interface ScoredAnswers { readonly scored: readonly MemberAnswer[]; readonly rankedBy?: RankedBy }

/** A single offer needs no ranking. */
export async function scoreOffers({ parts: { ranker, clock } }: Ground, { actor, request }: Question, answers: readonly MemberAnswer[], limit: Milliseconds): Promise<ScoredAnswers> {
  const offers = answers.flatMap((one) => one.offers);
  if (!ranker || offers.length < 2) return { scored: answers };
  const ask = { requester: actor.requester, request, now: clock.now() };
  const scores = await ranker.score(Object.freeze(offers.map(offerToRank)), ask, limit);
  if (!scores) return { scored: answers, rankedBy: { name: ranker.name, failed: true } };
  let next = 0;
  const scored = answers.map((one) => ({ ...one, offers: one.offers.map((offer) => ({ ...offer, score: scores.get(String(next++)) ?? 0 })) }));
  return { scored, rankedBy: { name: ranker.name, failed: false } };
}

/** Frozen: what a plugin does to it must not reach the answer. */
function offerToRank({ member, start, duration, preparing, cores, memory, cost, costs }: Candidate, index: number): OfferToRank {
  return Object.freeze({
    key: String(index), member, start: Object.freeze({ ...start }), duration, preparing, costs: Object.freeze(costs.map((one) => Object.freeze({ ...one }))),
    ...(cores ? { cores: Object.freeze({ ...cores }) } : {}), ...(memory ? { memory: Object.freeze({ ...memory }) } : {}), ...(Number.isFinite(cost) ? { cost } : {}),
  });
}
