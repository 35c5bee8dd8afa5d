import type { Milliseconds } from '#model';
import type { GuardedRanking } from '#plugin-sdk';

/** The operator's ranking. `within`: how long it may take. */
export interface Ranker extends GuardedRanking { readonly within: Milliseconds }

/** What of the time for an answer is kept for the ranking: members have at least half of it. */
export function rankingTime(ranker: Pick<Ranker, 'within'> | undefined, patience: Milliseconds): Milliseconds {
  return ranker ? Math.min(ranker.within, Math.floor(patience / 2)) : 0;
}
