import type { FederationParts } from '#federation';
import type { Clock, Log } from '#model';
import { guardRanking } from '#plugin-sdk';
import { timeOf } from './ranking.config.js';
import type { RankingConfig } from './ranking.config.js';
import type { ConfiguredRanking } from './read-ranking.js';

/** Undefined where one of the usual orders is all. A plugin that can't be made leaves it at that too, and the log says so. */
export function makeRanker(ranking: RankingConfig, configured: ConfiguredRanking | undefined, { clock, log }: { readonly clock: Clock; readonly log: Log }): FederationParts['ranker'] {
  if (typeof ranking === 'string' || !configured) return undefined;
  const { name, plugin, config } = configured;
  try {
    return { ...guardRanking(plugin.create(config, { clock, log, fetch }), { name, clock, log }), within: timeOf(ranking) };
  } catch (error) {
    log.error('the ranking can not be used, and the usual order stands', { plugin: name, error: String(error) });
    return undefined;
  }
}
