/** The contract of a ranking: in which order an aggregator shows the offers of its members. It can neither add nor drop one. */
import type { Clock, ExecutionRequest, Instant, Interval, Log, Measure, Milliseconds, Range, Requester } from '#model';
import type { ConfigSchema } from './config-schema.js';

export interface OfferRanking {
  /** A score for each offer, by its `key`: the highest comes first. Equal ones stand in the usual order (docs/federation.md). */
  score(offers: readonly OfferToRank[], ask: RankingAsk): Promise<OfferScores>;
}

/** Finite numbers, one for each offer and none for anything else. */
export type OfferScores = ReadonlyMap<string, number>;

/** An offer as its member made it, so far as it was judged: within the wanted windows, long and big enough. */
export interface OfferToRank {
  /** Names the offer in the scores, and means nothing else. */
  readonly key: string;
  /** Name of the member that it is of. */
  readonly member: string;
  /** The run begins within. */
  readonly start: Interval;
  readonly duration: Milliseconds;
  /** What goes before the run: data to be brought, a machine to be made. */
  readonly preparing: Milliseconds;
  readonly cores?: Range;
  /** GiB. */
  readonly memory?: Range;
  /** The least money that it can cost at most; undefined without a price. */
  readonly cost?: number;
  readonly costs: readonly Measure[];
}

export interface RankingAsk {
  readonly requester: Requester;
  readonly request: ExecutionRequest;
  readonly now: Instant;
}

export interface RankingPlugin<Config> {
  readonly name: string;
  readonly schema: ConfigSchema;
  parseConfig(raw: unknown): Config;
  create(config: Config, host: RankingHost): OfferRanking;
}

export interface RankingHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch: typeof fetch;
}
