/** Around any ranking: a time limit, and scores that are what they should be. What is not leaves the usual order. */
import type { Milliseconds } from '#model';
import type { OfferRanking, OfferScores, OfferToRank, RankingAsk } from './ranking.js';
import { detailOf, within } from './time-limit.js';
import type { GuardSetting } from './time-limit.js';

/** Undefined: it failed, which the log tells. Never rejects. */
export interface GuardedRanking {
  readonly name: string;
  score(offers: readonly OfferToRank[], ask: RankingAsk, limit: Milliseconds): Promise<OfferScores | undefined>;
}

export function guardRanking(ranking: OfferRanking, setting: GuardSetting): GuardedRanking {
  return {
    name: setting.name,
    score: async (offers, ask, limit) => {
      try {
        return sound(await within(setting, 'score', limit, async () => await ranking.score(offers, ask)), offers);
      } catch (error) {
        setting.log.warn('a ranking failed, and the usual order stands', { plugin: setting.name, error: detailOf(error) });
        return undefined;
      }
    },
  };
}

/** A copy, as the plugin may change its own. Throws RangeError for anything but a finite score of each offer. */
function sound(scores: unknown, offers: readonly OfferToRank[]): OfferScores {
  if (!(scores instanceof Map)) throw new RangeError('the scores are no map');
  const given: ReadonlyMap<unknown, unknown> = scores;
  const copy = new Map<string, number>();
  for (const { key, member } of offers) {
    const score = given.get(key);
    if (typeof score !== 'number' || !Number.isFinite(score)) throw new RangeError(`an offer of ${member} has ${given.has(key) ? `the score ${String(score)}` : 'no score'}`);
    copy.set(key, score);
  }
  if (given.size !== copy.size) throw new RangeError(`there are ${given.size} scores for ${copy.size} offers`);
  return copy;
}
