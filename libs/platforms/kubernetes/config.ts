/** Configuration of the `kubernetes` platform. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Milliseconds, Resources } from '#model';
import { parseDuration } from '#model';
import { ConfigFault } from '#plugin-sdk';
import { acceleratorSchema, extendedAccelerators } from './capacity/accelerators.js';
import type { ExtendedAccelerator } from './capacity/accelerators.js';
import { connectorsOf, connectorsSchema } from './ways-in/gate-config.js';
import type { ConnectorsConfig } from './ways-in/gate-config.js';
import { keptOf, keptSchema } from './storage/kept-config.js';
import type { KeptConfig } from './storage/kept-config.js';
import { notebookOf, notebookSchema } from './payload/notebook-config.js';
import type { NotebookConfig } from './payload/notebook-config.js';

const closed = { additionalProperties: false };
const optional = Type.Optional;
const texts = (description: string) => optional(Type.Array(Type.String({ minLength: 1 }), { description }));
const words = (description: string) => optional(Type.Record(Type.String(), Type.String(), { description }));
const amounts = Type.Record(Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 }));
const span = (description: string) => optional(Type.String({ description: `ISO 8601; ${description}` }));
const objectName = (description: string) => Type.String({ pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$', maxLength: 63, description });

const poolSchema = Type.Object({
  name: Type.String({ pattern: '^[A-Za-z0-9_-]+$' }),
  selector: words('labels of the nodes of this class; sessions run on no others'),
  tolerations: optional(Type.Array(Type.Object({
    key: optional(Type.String()), operator: optional(Type.Union([Type.Literal('Exists'), Type.Literal('Equal')])), value: optional(Type.String()), effect: optional(Type.String()),
  }, closed), { description: 'taints of these nodes that sessions tolerate' })),
  hosts: optional(Type.Array(Type.Object({
    name: objectName("the node's kubernetes.io/hostname"), cores: Type.Integer({ minimum: 1 }), memory: Type.Integer({ minimum: 1, description: 'GiB' }),
    resources: optional(amounts),
  }, closed), { minItems: 1, description: 'the nodes and what the broker may use of each, where nodes may not be read' })),
  elastic: optional(Type.Object({
    cores: Type.Integer({ minimum: 1 }), memory: Type.Integer({ minimum: 1 }), resources: optional(amounts),
    largest: Type.Object({ cores: Type.Integer({ minimum: 1 }), memory: Type.Integer({ minimum: 1 }), resources: optional(amounts) }, closed),
  }, { ...closed, description: 'nodes that come when they are needed (autoscaler): the most there may be, and what one node has' })),
  keep: optional(Type.Object({ cores: optional(Type.Integer({ minimum: 0 })), memory: optional(Type.Integer({ minimum: 0 })) }, closed)),
  architecture: optional(Type.String({ description: 'of the nodes, as images say it; amd64' })),
}, closed);

const networkSchema = Type.Object({
  policy: optional(Type.Boolean({ description: 'keep a network policy for the sessions; true' })),
  deny: texts('networks (CIDR) that sessions must not reach; node metadata, and the API server where its address is known'),
}, closed);

export const kubernetesSchema = Type.Object({
  kubeconfig: optional(Type.String({ pattern: '^/', description: 'absolute path; without it the service account of the pod that the broker runs in' })),
  context: optional(Type.String({ minLength: 1, description: 'of the kubeconfig; its current one when left out' })),
  namespace: objectName('where sessions run'),
  capacity: optional(Type.Union([Type.Literal('shared'), Type.Literal('owned')], { description: 'owned: nobody else uses these nodes; shared' })),
  longestRun: span('P7D'),
  pools: Type.Array(poolSchema, { minItems: 1, description: 'classes of nodes; each node is a pool, as a pod must fit on one' }),
  resources: words('extended resources that count, by the name that requests use, for example { nvidia.com/gpu: gpu }'),
  accelerators: optional(Type.Array(acceleratorSchema, { description: 'extended resources with more than a name: other words, memory, or a type for each class of nodes' })),
  likelyRun: span("how long others' pods that end by themselves are expected to run; PT1H"),
  hold: optional(Type.Object({
    image: Type.String({ minLength: 1, description: 'image with a static /bin/busybox that has sh, date and sleep' }),
    priorityClass: optional(objectName('of placeholders; execution-broker-hold')),
    sessionPriorityClass: optional(objectName('of sessions; execution-broker-session')),
    ahead: span('held at least so long before the start, which no start can then be sooner than; PT0S'),
    displacing: optional(Type.Union([Type.Literal('preempt'), Type.Literal('delete')], { description: 'delete: where a quota has no room for placeholder and session at once; preempt' })),
  }, closed)),
  images: texts("images that may run; '*' stands for any characters; all when left out"),
  requireDigest: optional(Type.Boolean({ description: 'refuse images without a digest; false' })),
  pullSecrets: texts('names of secrets with credentials of registries'),
  pullEstimate: span('time to bring an image to a node; PT30S'),
  security: optional(Type.Object({
    nonRoot: optional(Type.Boolean({ description: 'refuse images that run as root; true' })),
    user: optional(Type.Integer({ minimum: 0, description: 'number of the user that payloads run as; that of the image when left out' })),
    group: optional(Type.Integer({ minimum: 0, description: 'group that owns volumes; the user' })),
    readOnlyRoot: optional(Type.Boolean({ description: 'the file system of the image can not be written; false' })),
    runtimeClass: optional(objectName('for example a sandboxed runtime')),
  }, closed)),
  storage: optional(Type.Array(Type.Object({
    class: objectName('storage class'), size: Type.Integer({ minimum: 1, description: 'GiB in all' }),
    mode: optional(Type.Union([Type.Literal('ReadWriteOnce'), Type.Literal('ReadWriteMany'), Type.Literal('ReadWriteOncePod')], { description: 'ReadWriteOnce' })),
  }, closed), { minItems: 1 })),
  kept: optional(keptSchema),
  stager: optional(Type.Object({
    image: Type.String({ minLength: 1, description: 'image with /bin/sh, cat, sha256sum and chmod' }), user: optional(Type.Integer({ minimum: 0, description: 'number of the user that fills volumes; as payloads' })),
  }, closed)),
  connectors: optional(connectorsSchema),
  notebook: optional(notebookSchema),
  network: optional(networkSchema),
  stopGrace: span('from SIGTERM to SIGKILL; PT10S'),
  patience: span('how long a started session may wait for its place and its image; PT2M'),
}, closed);

type Raw = Static<typeof kubernetesSchema>;
type RawPool = Raw['pools'][number];

export interface ConnectionConfig { readonly kubeconfig: string | undefined; readonly context: string | undefined }
export interface Toleration { readonly key?: string; readonly operator?: 'Exists' | 'Equal'; readonly value?: string; readonly effect?: string }

/** A class of nodes. Hosts undefined: they are read from the cluster. */
export interface PoolConfig {
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly hosts: readonly { readonly name: string; readonly total: Resources }[] | undefined;
  readonly elastic: { readonly total: Resources; readonly largest: Resources } | undefined;
  readonly keep: Resources;
  readonly architecture: string;
}

export interface HoldConfig { readonly image: string; readonly priorityClass: string; readonly sessionPriorityClass: string; readonly ahead: Milliseconds; readonly displacing: 'preempt' | 'delete' }
export interface SecurityConfig { readonly nonRoot: boolean; readonly user: number | undefined; readonly group: number | undefined; readonly readOnlyRoot: boolean; readonly runtimeClass: string | undefined }
export interface StorageConfig { readonly class: string; readonly size: number; readonly mode: string }

export interface KubernetesConfig extends ConnectionConfig {
  readonly namespace: string;
  readonly capacity: 'shared' | 'owned';
  readonly longestRun: Milliseconds;
  readonly pools: readonly PoolConfig[];
  /** Extended resources that requests can ask for. */
  readonly accelerators: readonly ExtendedAccelerator[];
  readonly likelyRun: Milliseconds;
  readonly hold: HoldConfig | undefined;
  readonly images: readonly string[];
  readonly requireDigest: boolean;
  readonly pullSecrets: readonly string[];
  readonly pullEstimate: Milliseconds;
  readonly security: SecurityConfig;
  readonly storage: readonly StorageConfig[];
  readonly kept: KeptConfig | undefined;
  readonly stager: { readonly image: string; readonly user: number | undefined } | undefined;
  readonly connectors: ConnectorsConfig;
  readonly notebook: NotebookConfig | undefined;
  readonly network: { readonly policy: boolean; readonly deny: readonly string[] };
  readonly stopGrace: Milliseconds;
  readonly patience: Milliseconds;
}

const defaults = { capacity: 'shared', longestRun: 'P7D', likelyRun: 'PT1H', images: ['*'], requireDigest: false, pullSecrets: [], pullEstimate: 'PT30S', stopGrace: 'PT10S', patience: 'PT2M' } as const;
/** Link-local addresses, among them the metadata services of clouds. */
const metadata = ['169.254.0.0/16'];

/** Throws ConfigFault. */
export function parseKubernetesConfig(raw: unknown): KubernetesConfig {
  const [fault] = [...Value.Errors(kubernetesSchema, raw ?? {})];
  if (fault) throw new ConfigFault(fault.path.slice(1).replaceAll('/', '.'), fault.message.toLowerCase(), 'correct the value');
  const own = raw as Raw;
  const given = { ...defaults, ...own };
  const { namespace, capacity, images, requireDigest, pullSecrets } = given;
  return {
    namespace, capacity, images, requireDigest, pullSecrets, kubeconfig: given.kubeconfig, context: given.context,
    pools: poolsOf(given.pools), accelerators: extendedAccelerators(own),
    hold: holdOf(own), security: securityOf(own), storage: (given.storage ?? []).map((one) => ({ ...one, mode: one.mode ?? 'ReadWriteOnce' })), kept: keptOf(given.kept), stager: stagerOf(own),
    connectors: connectorsOf(given.connectors), notebook: notebookOf(given.notebook),
    network: { policy: given.network?.policy ?? true, deny: given.network?.deny ?? metadata },
    longestRun: spanAt('longestRun', given.longestRun), likelyRun: spanAt('likelyRun', given.likelyRun), pullEstimate: spanAt('pullEstimate', given.pullEstimate),
    stopGrace: spanAt('stopGrace', given.stopGrace), patience: spanAt('patience', given.patience),
  };
}

function poolsOf(given: readonly RawPool[]): readonly PoolConfig[] {
  return given.map((pool, index) => {
    requirePool(pool, given, index);
    const { keep = {} } = pool;
    return {
      name: pool.name, selector: pool.selector ?? {}, tolerations: (pool.tolerations ?? []) as readonly Toleration[], architecture: pool.architecture ?? 'amd64',
      hosts: pool.hosts?.map((host) => ({ name: host.name, total: totalOf(host) })),
      elastic: pool.elastic && { total: totalOf(pool.elastic), largest: totalOf(pool.elastic.largest) },
      keep: { cores: keep.cores ?? 0, memory: keep.memory ?? 0 },
    };
  });
}

function requirePool({ name, hosts, elastic }: RawPool, all: readonly RawPool[], index: number): void {
  const at = `pools.${index}`;
  if (name === 'quota') throw new ConfigFault(`${at}.name`, "'quota' is the pool of the namespace's quota", 'choose another name');
  if (all.findIndex((one) => one.name === name) !== index) throw new ConfigFault(`${at}.name`, `there are two pools '${name}'`, 'give each its own name');
  if (elastic === undefined) return;
  if (hosts) throw new ConfigFault(`${at}.elastic`, 'a pool has either hosts or is elastic', 'leave one of them out');
  const { cores, memory, largest } = elastic;
  if (largest.cores > cores || largest.memory > memory) throw new ConfigFault(`${at}.elastic.largest`, 'a node is larger than the whole pool', 'write what one node has');
}

function totalOf({ cores, memory, resources }: { readonly cores: number; readonly memory: number; readonly resources?: Resources | undefined }): Resources {
  return { cores, memory, ...resources };
}

function holdOf({ hold }: Raw): HoldConfig | undefined {
  return hold && {
    image: hold.image, priorityClass: hold.priorityClass ?? 'execution-broker-hold', sessionPriorityClass: hold.sessionPriorityClass ?? 'execution-broker-session',
    ahead: spanAt('hold.ahead', hold.ahead ?? 'PT0S'), displacing: hold.displacing ?? 'preempt',
  };
}

function securityOf({ security = {} }: Raw): SecurityConfig {
  const { nonRoot = true, user, group, readOnlyRoot = false, runtimeClass } = security;
  if (nonRoot && user === 0) throw new ConfigFault('security.user', 'user 0 is root, which nonRoot forbids', 'name another user, or set nonRoot: false');
  return { nonRoot, user, group: group ?? user, readOnlyRoot, runtimeClass };
}

function stagerOf({ stager }: Raw): KubernetesConfig['stager'] {
  return stager && { image: stager.image, user: stager.user };
}

function spanAt(path: string, text: string): Milliseconds {
  const length = parseDuration(text, 0);
  if (!length.ok) throw new ConfigFault(path, length.fault, 'write for example PT10S');
  return length.value;
}
