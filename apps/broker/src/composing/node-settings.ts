import type { NodeSettings } from '#node';
import { lengthOf } from '#runtime';
import { costsOf } from '../configuration/costs.config.js';
import type { NodeConfig } from '../configuration/broker.config.js';
import { holdLimitsOf } from '../configuration/limits.config.js';

/** The configuration in the words of the domain. */
export function settingsOf(config: NodeConfig): NodeSettings {
  const { booking, defaults } = config;
  return {
    name: config.node.name, offerExpiry: lengthOf(booking.offerExpiry), longestExpiry: lengthOf(booking.longestExpiry), spacing: lengthOf(booking.spacing), mostOffers: booking.mostOffers,
    horizon: lengthOf(booking.horizon), grain: lengthOf(booking.grain), longest: lengthOf(defaults.longest), publicReads: config.access.publicReads,
    defaults: { duration: lengthOf(defaults.duration), window: lengthOf(defaults.window), cores: defaults.cores, memory: defaults.memory },
    costs: costsOf(config.costs), limits: holdLimitsOf(config.limits),
  };
}
