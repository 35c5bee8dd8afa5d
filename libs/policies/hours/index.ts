import type { PolicyPlugin } from '#plugin-sdk';
import type { HoursConfig } from './config.js';
import { hoursSchema, parseHoursConfig } from './config.js';
import { HoursPolicy } from './hours.policy.js';

export type { HoursConfig } from './config.js';

/** Runs at certain hours only, caps by time of day; see README.md. */
export const hoursPolicy: PolicyPlugin<HoursConfig> = {
  name: 'hours',
  schema: hoursSchema,
  parseConfig: parseHoursConfig,
  create: (config) => new HoursPolicy(config),
};
