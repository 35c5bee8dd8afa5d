/** What every command-line scheduler has in its configuration. */
import { isAbsolute, resolve } from 'node:path';
import { Type } from '@sinclair/typebox';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { AcceleratorType, Milliseconds } from '#model';
import { parseDuration } from '#model';
import { ConfigFault } from '#plugin-sdk';
import { Accounts } from './accounts.js';
import type { CommandPrefix } from './commands.js';
import type { LauncherName } from './launchers.js';

export const closed = { additionalProperties: false };
const optional = Type.Optional;
const words = (description: string) => optional(Type.Array(Type.String({ minLength: 1 }), { description }));

const containerSchema = Type.Object({
  launcher: Type.Union([Type.Literal('charliecloud'), Type.Literal('podman'), Type.Literal('apptainer')], { description: 'what starts containers on the hosts of the cluster' }),
  images: Type.Record(Type.String({ minLength: 1 }), Type.String({ minLength: 1 }), {
    description: "images that may run, '*' stands for any characters, and where the launcher finds each: a path, or {image} for the name itself",
  }),
  options: words('more words of the launcher, before the image; {user} is the account that runs it, for example [--cgroup-manager=cgroupfs, "--root=/local/podman/{user}"]'),
}, closed);

/** Keys beside those of the scheduler itself. */
export const batchKeys = {
  folder: Type.String({ minLength: 1, description: 'absolute; on the file system that the broker and the cluster share, under the same path on both' }),
  longestRun: optional(Type.String({ description: 'ISO 8601; P7D' })),
  preparing: optional(Type.String({ description: 'ISO 8601; planned for preparing a session besides its data, longer where commands are slow; PT2S' })),
  prefix: words('words before every native command, for example [ssh, login1]'),
  environment: optional(Type.Record(Type.String(), Type.String(), { description: 'variables of the native commands; PATH=/usr/bin:/bin' })),
  users: optional(Type.Object({
    asUser: words('words before commands of a mapped account, {user} is filled in, for example [runuser, -u, "{user}", --]'),
    map: Type.Record(Type.String({ minLength: 1 }), Type.Object({ user: Type.String({ pattern: '^([a-z_][a-z0-9_-]*|[a-z0-9_-]*\\{\\*\\}[a-z0-9_-]*)$' }), account: optional(Type.String()) }, closed), {
      description: "Unix account of each requester, by identifier such as local:alice, or by a pattern with one * such as local:*, whose text is {*} in user and account. Who is not in it gets nothing",
    }),
  }, closed)),
  commands: optional(Type.Record(Type.String({ minLength: 1 }), Type.Object({
    path: Type.String({ pattern: '^/', description: 'absolute path of the program on the hosts of the cluster' }),
    args: optional(Type.Array(Type.String(), { description: 'arguments that always come first' })),
  }, closed), { description: 'what may run as a plain process, by the name that requests use as their first word' })),
  variables: words('names of variables that a request may set for a plain process'),
  waysIn: optional(Type.Object({
    location: Type.String({ pattern: '\\{port\\}', description: 'how ports of containers are reached from outside; {protocol}, {host} (as the job knows it), {port} and {path} are filled in, for example ssh://login1.example.org/{host}:{port}' }),
  }, closed)),
  kept: optional(Type.Object({
    folder: Type.String({ minLength: 1, description: 'absolute; on a file system that both share, under the same path, and that nobody clears of old files' }),
    size: Type.Integer({ minimum: 1, description: 'GiB that are set aside for it' }),
    longest: optional(Type.String({ description: 'ISO 8601; kept at most so long after its last session; P90D' })),
  }, { ...closed, description: 'storage that its owners find again by name after a session (kind persistent-storage)' })),
  docker: optional(containerSchema),
  singularity: optional(containerSchema),
};

export interface WaysIn { readonly location: string }

export interface ContainerSite { readonly launcher: LauncherName; readonly options: readonly string[]; readonly images: readonly { readonly pattern: string; readonly at: string }[] }

/** Storage that outlives sessions: GiB that are set aside, and how long each stays after its last session at most. */
export interface KeptConfig { readonly folder: string; readonly size: number; readonly longest: Milliseconds }

export interface BatchConfig {
  readonly folder: string;
  readonly longestRun: Milliseconds;
  readonly preparing: Milliseconds;
  readonly remote: CommandPrefix;
  readonly accounts: Accounts;
  /** Whom sessions run as without a mapping, where that is not the broker's own account. */
  readonly serviceUser: string | undefined;
  readonly commands: ReadonlyMap<string, { readonly path: string; readonly args: readonly string[] }>;
  readonly variables: readonly string[];
  /** Undefined: nothing is kept. */
  readonly kept: KeptConfig | undefined;
  readonly docker: ContainerSite | undefined;
  readonly singularity: ContainerSite | undefined;
  /** Undefined: no ports are opened. */
  readonly waysIn: WaysIn | undefined;
  /** Words before a command that is to run once on each host of a job. */
  readonly onEachHost: readonly string[];
  readonly accelerators: readonly AcceleratorType[];
  /** Over which one session may be spread, wherever that is most. */
  readonly mostHosts: number;
}

/** Throws ConfigFault for what the schema of the whole section refuses. */
export function checkSchema(schema: TSchema, raw: unknown): void {
  const [fault] = [...Value.Errors(schema, raw ?? {})];
  if (fault) throw new ConfigFault(fault.path.slice(1).replaceAll('/', '.'), fault.message.toLowerCase(), 'correct the value');
}

type GivenBatch = Static<TObject<typeof batchKeys>>;

/** What a scheduler knows beyond its configuration. */
export interface BatchMore { readonly onEachHost?: readonly string[]; readonly serviceUser?: string | undefined; readonly accelerators?: readonly AcceleratorType[]; readonly mostHosts?: number }

/** Throws ConfigFault. */
export function parseBatchConfig(given: GivenBatch, more: BatchMore = {}): BatchConfig {
  if (!isAbsolute(given.folder)) throw new ConfigFault('folder', `'${given.folder}' is not an absolute path`, 'write the whole path, which must be the same on the hosts of the cluster');
  const { users, commands = {}, variables = [] } = given;
  refuseNobody(given, more);
  return {
    folder: given.folder, longestRun: durationAt('longestRun', given.longestRun ?? 'P7D'), preparing: durationAt('preparing', given.preparing ?? 'PT2S'), variables, remote: prefixOf(given),
    accounts: new Accounts(Object.entries(users?.map ?? {})),
    commands: new Map(Object.entries(commands).map(([name, { path, args = [] }]) => [name, { path, args }])),
    docker: siteOf(given.docker), singularity: siteOf(given.singularity), waysIn: given.waysIn, kept: keptOf(given),
    ...nothingMore, ...more,
  };
}

const nothingMore = { onEachHost: [], serviceUser: undefined, accelerators: [], mostHosts: 1 } as const satisfies BatchMore;

/** `{user}` needs somebody. */
function refuseNobody({ users, docker, singularity }: GivenBatch, { serviceUser }: BatchMore): void {
  if (users !== undefined || serviceUser !== undefined) return;
  const odd = [['docker', docker] as const, ['singularity', singularity] as const].find(([, site]) => (site?.options ?? []).some((word) => word.includes('{user}')));
  if (odd) throw new ConfigFault(`${odd[0]}.options`, "{user} names a mapped account, and there is no 'users'", "write the name of the broker's own account, or map requesters under 'users'");
}

function prefixOf({ prefix = [], users, environment }: GivenBatch): CommandPrefix {
  return { prefix, asUser: users?.asUser ?? [], environment: { PATH: '/usr/bin:/bin', ...environment } };
}

function keptOf({ folder, kept }: GivenBatch): KeptConfig | undefined {
  if (kept === undefined) return undefined;
  if (!isAbsolute(kept.folder)) throw new ConfigFault('kept.folder', `'${kept.folder}' is not an absolute path`, 'write the whole path, which must be the same on the hosts of the cluster');
  if (resolve(kept.folder) === resolve(folder)) throw new ConfigFault('kept.folder', 'it is the folder of sessions', 'name one of its own; it may lie below');
  return { folder: kept.folder, size: kept.size, longest: durationAt('kept.longest', kept.longest ?? 'P90D') };
}

function siteOf(given: Static<typeof containerSchema> | undefined): ContainerSite | undefined {
  return given && { launcher: given.launcher, options: given.options ?? [], images: Object.entries(given.images).map(([pattern, at]) => ({ pattern, at })) };
}

/** Throws ConfigFault. */
export function durationAt(path: string, text: string): Milliseconds {
  const length = parseDuration(text, 0);
  if (!length.ok) throw new ConfigFault(path, length.fault, 'write for example PT10S');
  return length.value;
}
