/** Configuration of the `slurm` platform. */
import { getuid } from 'node:process';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds, Resources } from '#model';
import { ConfigFault } from '#plugin-sdk';
import type { BatchConfig } from '#platforms/batch';
import { batchKeys, checkSchema, closed, durationAt, parseBatchConfig } from '#platforms/batch';

const optional = Type.Optional;
const limit = (what: string) => optional(Type.Integer({ minimum: 0, description: `at most so many ${what} for the broker; all when left out` }));

export const slurmSchema = Type.Object({
  ...batchKeys,
  partitions: Type.Array(Type.Object({
    name: Type.String({ pattern: '^[A-Za-z0-9_.-]+$' }), cores: limit('cores'), memory: limit('GiB'), gpus: limit('GPUs'),
  }, closed), { minItems: 1, description: 'each becomes a pool; a host in several counts for the first' }),
  conf: optional(Type.String({ pattern: '^/', description: 'slurm.conf, where it is not in its usual place' })),
  accounting: optional(Type.Boolean({ description: 'ask sacct for jobs that the controller has forgotten; false' })),
  reservations: optional(Type.Object({
    style: Type.Union([Type.Literal('cores'), Type.Literal('nodes')], { description: 'what is reserved for a session: its cores on one host, or the whole host' }),
    from: optional(Type.String({ description: 'ISO 8601; starts sooner than this are not reserved; PT0S' })),
  }, closed)),
}, closed);

export interface Partition { readonly name: string; readonly atMost: Resources; readonly gpus: number | undefined }

export interface SlurmConfig {
  readonly batch: BatchConfig;
  readonly partitions: readonly Partition[];
  readonly accounting: boolean;
  readonly reservations: { readonly style: 'cores' | 'nodes'; readonly from: Milliseconds } | undefined;
}

/** Throws ConfigFault. */
export function parseSlurmConfig(raw: unknown): SlurmConfig {
  checkSchema(slurmSchema, raw);
  const given = raw as Static<typeof slurmSchema>;
  const batch = parseBatchConfig(given);
  // Instants are read as seconds since the epoch: without this Slurm tells local time and no zone.
  const environment = { ...batch.remote.environment, SLURM_TIME_FORMAT: '%s', ...(given.conf === undefined ? {} : { SLURM_CONF: given.conf }) };
  refuseRoot(batch);
  return {
    batch: { ...batch, remote: { ...batch.remote, environment } }, accounting: given.accounting ?? false,
    partitions: given.partitions.map(({ name, gpus, cores, memory }) => ({ name, gpus, atMost: { ...(cores === undefined ? {} : { cores }), ...(memory === undefined ? {} : { memory }) } })),
    reservations: given.reservations && { style: given.reservations.style, from: durationAt('reservations.from', given.reservations.from ?? 'PT0S') },
  };
}

function refuseRoot({ accounts, remote }: BatchConfig): void {
  if (accounts.size === 0 && remote.prefix.length === 0 && getuid?.() === 0) {
    throw new ConfigFault('users', 'sessions would run as root', "map requesters to accounts of the cluster under 'users', or run the broker as an ordinary user");
  }
  for (const [requester, { user }] of accounts) if (user === 'root') throw new ConfigFault(`users.map.${requester}.user`, 'nothing runs as root', 'name an ordinary account');
}
