/** Platform `slurm`: a cluster under Slurm, by its command line. */
import type { PlatformPlugin } from '#plugin-sdk';
import { BatchPlatform, Commands, ReservingBatchPlatform } from '#platforms/batch';
import type { SlurmConfig } from './config.js';
import { parseSlurmConfig, slurmSchema } from './config.js';
import { SlurmClient } from './slurm.client.js';
import { SlurmDialect } from './slurm.dialect.js';

export type { SlurmConfig } from './config.js';

export const slurmPlugin: PlatformPlugin<SlurmConfig> = {
  name: 'slurm',
  schema: slurmSchema,
  parseConfig: parseSlurmConfig,
  create(config, host) {
    const commands = new Commands((argv, stdin) => host.run(argv, stdin), config.batch.remote);
    const dialect = new SlurmDialect(new SlurmClient(commands, host.instance), config, host);
    const parts = { config: config.batch, dialect, commands, host };
    return config.reservations ? new ReservingBatchPlatform(parts) : new BatchPlatform(parts);
  },
};
