/** Platform `slurm`: a cluster under Slurm, by its command line or by slurmrestd. */
import type { PlatformHost, PlatformPlugin } from '#plugin-sdk';
import { BatchPlatform, Commands, ReservingBatchPlatform } from '#platforms/batch';
import { checkCluster } from './check.js';
import type { RestConfig, SlurmConfig } from './config.js';
import { parseSlurmConfig, slurmSchema } from './config.js';
import { Reservations } from './reservations.js';
import { RestClient } from './rest/rest.client.js';
import { Tokens } from './rest/tokens.js';
import { v38 } from './rest/v0.0.38.js';
import { v40 } from './rest/v0.0.40.js';
import { CommandLine } from './slurm.client.js';
import { SlurmDialect } from './slurm.dialect.js';
import type { SlurmWay } from './way.js';

export type { SlurmConfig } from './config.js';

export const slurmPlugin: PlatformPlugin<SlurmConfig> = {
  name: 'slurm',
  schema: slurmSchema,
  parseConfig: parseSlurmConfig,
  create(config, host) {
    const commands = new Commands((...asked) => host.run(...asked), config.batch.remote);
    const way = config.rest ? byRest(config.rest, commands, host) : new CommandLine(commands, host.instance);
    const reservations = new Reservations({ commands, way, config, host });
    const dialect = new SlurmDialect(way, { config, reservations, host, check: () => checkCluster({ way, commands, config, host, reservations }) });
    const parts = { config: config.batch, dialect, commands, host };
    return config.reservations ? new ReservingBatchPlatform(parts) : new BatchPlatform(parts);
  },
};

function byRest({ url, version, user, token }: RestConfig, commands: Commands, host: PlatformHost): SlurmWay {
  return new RestClient({ url, version: version === 'v0.0.38' ? v38 : v40(version), user, tokens: new Tokens(token, commands, host), host });
}
