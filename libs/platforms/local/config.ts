/** Configuration of the `local` platform. */
import { availableParallelism, totalmem } from 'node:os';
import { env } from 'node:process';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Milliseconds } from '#model';
import { parseDuration } from '#model';
import { ConfigFault } from '#plugin-sdk';
import { programPath } from './process/program-path.js';

const closed = { additionalProperties: false };
const optional = Type.Optional;

const processSchema = Type.Object({
  commands: optional(Type.Record(Type.String({ minLength: 1 }), Type.Object({
    path: Type.String({ minLength: 1, description: 'the program: an absolute path, or a name that is looked up in PATH at the start' }),
    args: optional(Type.Array(Type.String(), { description: 'arguments that always come first' })),
  }, closed), { description: 'what may run, by the name that requests use as their first word' })),
  environment: optional(Type.Array(Type.String(), { description: 'names of variables that a request may set' })),
  inherit: optional(Type.Array(Type.String(), { description: "names of the broker's own variables that processes see" })),
  stopGrace: optional(Type.String({ description: 'ISO 8601; from SIGTERM to SIGKILL; PT10S' })),
  maxOutput: optional(Type.Integer({ minimum: 1, description: 'MiB of output that are kept of a session; 16' })),
  nice: optional(Type.Integer({ minimum: 0, maximum: 19, description: 'lower priority than the broker; 5' })),
}, closed);

const containerSchema = Type.Object({
  enabled: optional(Type.Union([Type.Literal('auto'), Type.Literal('on'), Type.Literal('off')], { description: 'on warns when no runtime answers' })),
  socket: optional(Type.String({ minLength: 1, description: 'unix:///path or tcp://host:port; else DOCKER_HOST, else the usual sockets' })),
  images: optional(Type.Array(Type.String(), { description: "images that may run; '*' stands for any characters; all when left out" })),
  requireDigest: optional(Type.Boolean({ description: 'refuse images without a digest; false' })),
  pull: optional(Type.Boolean({ description: 'bring images that are not there; true' })),
  pullEstimate: optional(Type.String({ description: 'ISO 8601; time to bring an image that is not there; PT1M' })),
  network: optional(Type.String({ description: 'network mode of containers; bridge' })),
  publishAddress: optional(Type.String({ description: 'address that ports are published on; 127.0.0.1' })),
  ulimits: optional(Type.Array(Type.Object({ name: Type.String(), soft: Type.Integer(), hard: Type.Integer() }, closed))),
  pidsLimit: optional(Type.Integer({ minimum: 1, description: 'most processes in one container; 4096' })),
  stopGrace: optional(Type.String({ description: 'ISO 8601; from the stop signal to SIGKILL; PT10S' })),
  architecture: optional(Type.String({ description: "of the images, as Docker says it; this machine's when left out" })),
}, closed);

export const localSchema = Type.Object({
  pool: optional(Type.String({ pattern: '^[A-Za-z0-9_.-]+$', description: 'name of the one pool; main' })),
  cores: optional(Type.Integer({ minimum: 1, description: "total; the machine's when left out" })),
  memory: optional(Type.Integer({ minimum: 1, description: "GiB, total; the machine's when left out" })),
  storage: optional(Type.Integer({ minimum: 0, description: 'GiB, total; 100' })),
  longestRun: optional(Type.String({ description: 'ISO 8601; P7D' })),
  kept: optional(Type.Object({
    size: Type.Integer({ minimum: 1, description: 'GiB that are set aside, beside `storage`' }),
    longest: optional(Type.String({ description: 'ISO 8601; kept at most so long after its last session; P90D' })),
  }, { ...closed, description: 'storage that outlives sessions (kind persistent-storage)' })),
  process: optional(processSchema),
  containers: optional(containerSchema),
}, closed);

export interface ProcessConfig {
  readonly commands: ReadonlyMap<string, { readonly path: string; readonly args: readonly string[] }>;
  readonly environment: readonly string[];
  readonly inherit: readonly string[];
  readonly stopGrace: Milliseconds;
  /** Bytes. */
  readonly maxOutput: number;
  readonly nice: number;
}

export interface ContainerConfig {
  readonly enabled: 'auto' | 'on' | 'off';
  readonly socket: string | undefined;
  readonly images: readonly string[];
  readonly requireDigest: boolean;
  readonly pull: boolean;
  readonly pullEstimate: Milliseconds;
  readonly network: string;
  readonly publishAddress: string;
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly pidsLimit: number;
  readonly stopGrace: Milliseconds;
  readonly architecture: string;
}

export interface LocalConfig {
  readonly pool: string;
  readonly totals: { readonly cores: number; readonly memory: number; readonly storage: number };
  readonly longestRun: Milliseconds;
  readonly process: ProcessConfig;
  readonly containers: ContainerConfig;
  /** Storage that outlives sessions; undefined: none. */
  readonly kept: { readonly size: number; readonly longest: Milliseconds } | undefined;
}

type Raw = Static<typeof localSchema>;

/** Throws ConfigFault. */
export function parseLocalConfig(raw: unknown): LocalConfig {
  const [fault] = [...Value.Errors(localSchema, raw ?? {})];
  if (fault) throw new ConfigFault(fault.path.slice(1).replaceAll('/', '.'), fault.message.toLowerCase(), 'correct the value');
  const given = { pool: 'main', longestRun: 'P7D', process: {}, containers: {}, ...machineTotals(), ...(raw as Raw | undefined) };
  const { cores, memory, storage } = given;
  return {
    pool: given.pool, totals: { cores, memory, storage }, longestRun: duration('longestRun', given.longestRun),
    process: processConfig(given.process), containers: containerConfig(given.containers),
    kept: given.kept && { size: given.kept.size, longest: duration('kept.longest', given.kept.longest ?? 'P90D') },
  };
}

function machineTotals(): LocalConfig['totals'] {
  return { cores: availableParallelism(), memory: Math.max(1, Math.floor(totalmem() / 1024 ** 3)), storage: 100 };
}

function processConfig(given: NonNullable<Raw['process']>): ProcessConfig {
  const commands = Object.entries(given.commands ?? {}).map(([name, { path, args }]) => {
    const program = programPath(path, env['PATH'] ?? '');
    if (program === undefined) throw new ConfigFault(`process.commands.${name}.path`, `'${path}' is no program here`, 'write the whole path of an executable file, or a name that is in PATH');
    return [name, { path: program, args: args ?? [] }] as const;
  });
  return {
    commands: new Map(commands), environment: given.environment ?? [], inherit: given.inherit ?? [],
    stopGrace: duration('process.stopGrace', given.stopGrace ?? 'PT10S'), maxOutput: (given.maxOutput ?? 16) * 1024 ** 2, nice: given.nice ?? 5,
  };
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

const containerDefaults = {
  enabled: 'auto', images: ['*'], requireDigest: false, pull: true, pullEstimate: 'PT1M', network: 'bridge', publishAddress: '127.0.0.1',
  ulimits: [], pidsLimit: 4096, stopGrace: 'PT10S', architecture: architectures[process.arch] ?? process.arch,
} as const;

function containerConfig(given: NonNullable<Raw['containers']>): ContainerConfig {
  const all = { ...containerDefaults, ...given };
  return {
    ...all, socket: socketOf(given.socket),
    pullEstimate: duration('containers.pullEstimate', all.pullEstimate), stopGrace: duration('containers.stopGrace', all.stopGrace),
  };
}

function socketOf(socket: string | undefined): string | undefined {
  if (socket === undefined || /^(unix:\/\/\/|tcp:\/\/|http:\/\/|\/)/.test(socket)) return socket;
  throw new ConfigFault('containers.socket', `'${socket}' is not an address of a container runtime`, 'write unix:///path or tcp://host:port');
}

function duration(path: string, text: string): Milliseconds {
  const length = parseDuration(text, 0);
  if (!length.ok) throw new ConfigFault(path, length.fault, 'write for example PT10S');
  return length.value;
}
