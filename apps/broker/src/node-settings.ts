import { parseDuration } from '#model';
import type { Milliseconds } from '#model';
import type { NodeSettings } from '#node';
import { costsOf } from './costs.config.js';
import type { NodeConfig } from './broker.config.js';
import { holdLimitsOf } from './limits.config.js';

/** Durations of the configuration, already checked by its schema, in milliseconds. */
export function lengthOf(text: string): Milliseconds {
  const parsed = parseDuration(text, 0);
  if (!parsed.ok) throw new RangeError(parsed.fault);
  return parsed.value;
}

/** The configuration in the words of the domain. */
export function settingsOf(config: NodeConfig): NodeSettings {
  const { booking, defaults } = config;
  return {
    name: config.node.name, offerExpiry: lengthOf(booking.offerExpiry), spacing: lengthOf(booking.spacing), mostOffers: booking.mostOffers,
    horizon: lengthOf(booking.horizon), grain: lengthOf(booking.grain), longest: lengthOf(defaults.longest), publicReads: config.access.publicReads,
    defaults: { duration: lengthOf(defaults.duration), window: lengthOf(defaults.window), cores: defaults.cores, memory: defaults.memory },
    costs: costsOf(config.costs), limits: holdLimitsOf(config.limits),
  };
}
