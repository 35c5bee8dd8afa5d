/** Configuration of the `slurm` platform. */
import { getuid } from 'node:process';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds, Resources } from '#model';
import { acceleratorProperties, ConfigFault, readAccelerators } from '#plugin-sdk';
import type { BatchConfig } from '#platforms/batch';
import { batchKeys, checkSchema, closed, durationAt, parseBatchConfig } from '#platforms/batch';
import type { SlurmAccelerator } from './gres-names.js';
import type { TokenSource } from './rest/tokens.js';

const optional = Type.Optional;
const limit = (what: string) => optional(Type.Integer({ minimum: 0, description: `at most so many ${what} for the broker; all when left out` }));
const restVersions = ['v0.0.38', 'v0.0.40', 'v0.0.41', 'v0.0.42'] as const;

const tokenSchema = Type.Union([
  Type.Object({ keyFile: Type.String({ pattern: '^/', description: "the cluster's jwt_key: tokens are made of it, for the account of each session" }), lifetime: optional(Type.String({ description: 'ISO 8601; PT10M' })) }, closed),
  Type.Object({ file: Type.String({ pattern: '^/', description: 'holds one token, renewed by somebody else' }) }, closed),
  Type.Object({ command: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'prints a token, for example [scontrol, token, lifespan=3600]' }) }, closed),
]);

export const slurmSchema = Type.Object({
  ...batchKeys,
  partitions: Type.Array(Type.Object({
    name: Type.String({ pattern: '^[A-Za-z0-9_.-]+$' }), cores: limit('cores'), memory: limit('GiB'), gpus: limit('GPUs'),
    hosts: optional(Type.Integer({ minimum: 1, description: 'a session may be spread over so many hosts; 1' })),
  }, closed), { minItems: 1, description: 'each becomes a pool; a host in several counts for the first' }),
  accelerators: optional(Type.Array(Type.Object({
    ...acceleratorProperties, gres: Type.String({ pattern: '^[A-Za-z0-9_]+(:[A-Za-z0-9_.-]+)?$', description: "Slurm's own name, for example gpu:a100" }),
  }, closed), { description: 'generic resources that requests can ask for; without reservations, or with those of whole hosts' })),
  overrun: optional(Type.String({ description: 'ISO 8601; a job of others may have its hosts so long after its limit: the 30 s in which Slurm looks, and its KillWait; PT1M' })),
  conf: optional(Type.String({ pattern: '^/', description: 'slurm.conf, where it is not in its usual place' })),
  accounting: optional(Type.Boolean({ description: 'ask accounting (sacct, slurmdbd) for jobs that the controller has forgotten; false' })),
  reservations: optional(Type.Object({
    style: Type.Union([Type.Literal('cores'), Type.Literal('nodes')], { description: 'what is reserved for a session: its cores on its hosts, or whole hosts' }),
    from: optional(Type.String({ description: 'ISO 8601; starts sooner than this are not reserved; PT0S' })),
  }, closed)),
  rest: optional(Type.Object({
    url: Type.String({ pattern: '^https?://[^/]+$', description: 'of slurmrestd, for example http://login1:6820; then only reservations use commands' }),
    version: Type.Union(restVersions.map((name) => Type.Literal(name)), { description: 'of its interface' }),
    user: Type.String({ pattern: '^[a-z_][a-z0-9_-]*$', description: 'the account that the broker asks as, and that sessions run as without users' }),
    token: tokenSchema,
  }, closed)),
}, closed);

export interface Partition { readonly name: string; readonly atMost: Resources; readonly gpus: number | undefined; readonly mostHosts: number }
export interface RestConfig { readonly url: string; readonly version: (typeof restVersions)[number]; readonly user: string; readonly token: TokenSource }

export interface SlurmConfig {
  readonly batch: BatchConfig;
  readonly partitions: readonly Partition[];
  readonly accelerators: readonly SlurmAccelerator[];
  readonly accounting: boolean;
  readonly overrun: Milliseconds;
  readonly reservations: { readonly style: 'cores' | 'nodes'; readonly from: Milliseconds } | undefined;
  readonly rest: RestConfig | undefined;
}

type Given = Static<typeof slurmSchema>;

/** Throws ConfigFault. */
export function parseSlurmConfig(raw: unknown): SlurmConfig {
  checkSchema(slurmSchema, raw);
  const given = raw as Given;
  const accelerators = acceleratorsOf(given);
  const mostHosts = Math.max(...given.partitions.map(({ hosts = 1 }) => hosts));
  const batch = parseBatchConfig(given, { onEachHost: ['srun', '--ntasks-per-node=1', '--input=none'], serviceUser: given.rest?.user, accelerators, mostHosts });
  // Instants are read as seconds since the epoch: without this Slurm tells local time and no zone.
  const environment = { ...batch.remote.environment, SLURM_TIME_FORMAT: '%s', ...(given.conf === undefined ? {} : { SLURM_CONF: given.conf }) };
  refuseRoot(batch, given);
  requireWay(batch, given);
  return {
    batch: { ...batch, remote: { ...batch.remote, environment } }, accelerators, accounting: given.accounting ?? false, overrun: durationAt('overrun', given.overrun ?? 'PT1M'), partitions: given.partitions.map(partitionOf),
    reservations: given.reservations && { style: given.reservations.style, from: durationAt('reservations.from', given.reservations.from ?? 'PT0S') },
    rest: given.rest && { ...given.rest, token: tokenOf(given.rest.token) },
  };
}

function acceleratorsOf({ accelerators = [], reservations }: Given): readonly SlurmAccelerator[] {
  if (accelerators.length > 0 && reservations?.style === 'cores') throw new ConfigFault('accelerators', 'what is reserved by cores has none', 'write reservations.style: nodes, or leave reservations out');
  const doubled = accelerators.findIndex(({ gres }, index) => accelerators.findIndex((other) => other.gres === gres) < index);
  if (doubled >= 0) throw new ConfigFault(`accelerators.${doubled}.gres`, `'${accelerators[doubled]?.gres ?? ''}' is there twice`, 'write more words for it as aliases');
  return readAccelerators(accelerators).map((one, index) => ({ ...one, gres: accelerators[index]?.gres ?? '' }));
}

function partitionOf({ name, gpus, cores, memory, hosts }: Given['partitions'][number]): Partition {
  return { name, gpus, mostHosts: hosts ?? 1, atMost: { ...(cores === undefined ? {} : { cores }), ...(memory === undefined ? {} : { memory }) } };
}

function tokenOf(given: Static<typeof tokenSchema>): TokenSource {
  if ('keyFile' in given) return { kind: 'key', file: given.keyFile, lifetime: durationAt('rest.token.lifetime', given.lifetime ?? 'PT10M') };
  return 'file' in given ? { kind: 'file', file: given.file } : { kind: 'command', argv: given.command };
}

function refuseRoot({ accounts, remote }: BatchConfig, { rest, users }: Given): void {
  if (!accounts.isMapped && rest === undefined && remote.prefix.length === 0 && getuid?.() === 0) {
    throw new ConfigFault('users', 'sessions would run as root', "map requesters to accounts of the cluster under 'users', or run the broker as an ordinary user");
  }
  const named = [['rest.user', rest?.user] as const, ...Object.entries(users?.map ?? {}).map(([who, { user }]) => [`users.map.${who}.user`, user] as const)];
  const root = named.find(([, user]) => user === 'root');
  if (root) throw new ConfigFault(root[0], 'nothing runs as root', 'name an ordinary account');
}

/** A mapped account needs a way to act for it: words before commands, or tokens for everybody. */
function requireWay({ accounts, remote }: BatchConfig, { rest }: Given): void {
  if (!accounts.isMapped) return;
  if (rest === undefined && remote.asUser.length === 0) throw new ConfigFault('users.asUser', 'nothing says how commands are run as a mapped account', "write for example [sudo, -n, -u, '{user}', --]");
  if (rest !== undefined && !('keyFile' in rest.token)) throw new ConfigFault('rest.token', 'one token is for one account', "make tokens for mapped accounts with keyFile, or leave 'users' out");
}
