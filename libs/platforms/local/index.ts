/** Platform `local`: plain processes and OCI containers on this machine. */
import type { PlatformPlugin } from '#plugin-sdk';
import type { LocalConfig } from './config.js';
import { localSchema, parseLocalConfig } from './config.js';
import { ContainerEngine } from './container/container.engine.js';
import { Hints } from './hints.js';
import { LocalPlatform } from './local.platform.js';
import { ProcessEngine } from './process/process.engine.js';

export type { LocalConfig } from './config.js';

export const localPlugin: PlatformPlugin<LocalConfig> = {
  name: 'local',
  schema: localSchema,
  parseConfig: parseLocalConfig,
  largest: ({ totals }) => totals,
  create(config, host) {
    const hints = new Hints();
    const processes = config.process.commands.size > 0 ? [new ProcessEngine(config.process, host, hints)] : [];
    const containers = config.containers.enabled === 'off' ? [] : [new ContainerEngine(config.containers, host, hints)];
    return new LocalPlatform(config, host, [...processes, ...containers], hints);
  },
};
