import type { PolicyPlugin } from '#plugin-sdk';
import { AllowListPolicy } from './allow-list.policy.js';
import type { AllowListConfig } from './config.js';
import { allowListSchema, parseAllowList } from './config.js';

export type { AllowListConfig } from './config.js';

/** Images, kinds, commands and hosts of data that may be used; see README.md. */
export const allowListPolicy: PolicyPlugin<AllowListConfig> = {
  name: 'allow-list',
  schema: allowListSchema,
  parseConfig: parseAllowList,
  create: (config, host) => new AllowListPolicy(config, host),
};
