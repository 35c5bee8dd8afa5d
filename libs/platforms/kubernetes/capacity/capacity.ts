/** Nodes as pools: what each has, and what others than this broker take of it and until when. */
import type { V1Container, V1Node, V1Pod } from '@kubernetes/client-node';
import type { Instant, Interval, Milliseconds, Resources } from '#model';
import { largestResources } from '#model';
import type { Taken } from '#plugin-sdk';
import type { Extended } from './accelerators.js';
import type { PoolConfig, Toleration } from '../config.js';
import { instantOf } from '../names.js';
import { gibibyte, parseQuantity } from './quantity.js';

/** Amounts in the broker's words, not yet whole. */
type Amounts = Readonly<Record<string, number>>;

/** One node of a class, or the class as a whole where nodes come and go. */
export interface NodeRoom { readonly pool: PoolConfig; readonly host: string | undefined; readonly total: Resources; readonly largest: Resources; readonly labels?: Readonly<Record<string, string>> }

/** Cores, GiB and extended resources, rounded as `round` says; names that nobody can ask for are left out. */
export function amountsOf(native: Readonly<Record<string, string>> | undefined, extended: Extended): Amounts {
  const others = [...extended].map(([name, word]) => [word, parseQuantity(native?.[name])] as const);
  return { cores: parseQuantity(native?.['cpu']), memory: parseQuantity(native?.['memory']) / gibibyte, ...Object.fromEntries(others) };
}

/** The nodes of a class that can take a session now, each with what the broker may use of it. */
export function roomsOf(pool: PoolConfig, nodes: readonly V1Node[], extended: Extended): readonly NodeRoom[] {
  const own = nodes.filter((node) => isOf(node, pool) && isUsable(node, pool.tolerations));
  const sizes = new Map<string, Resources>();
  return own.map((node) => {
    const exact = whole(amountsOf(node.status?.allocatable, extended), Math.floor, pool.keep);
    // Equal sizes are one object: what holds for one node holds for all like it.
    const key = JSON.stringify(exact);
    const total = sizes.get(key) ?? exact;
    sizes.set(key, total);
    return { pool, host: hostOf(node), total, largest: total, labels: node.metadata?.labels ?? {} };
  });
}

/** What the configuration tells of a class. */
export function configuredRooms(pool: PoolConfig): readonly NodeRoom[] {
  if (pool.elastic) return [{ pool, host: undefined, total: pool.elastic.total, largest: pool.elastic.largest }];
  return (pool.hosts ?? []).map(({ name, total }) => ({ pool, host: name, total, largest: total }));
}

export function hostOf(node: V1Node): string {
  return node.metadata?.labels?.['kubernetes.io/hostname'] ?? node.metadata?.name ?? '';
}

function isOf(node: V1Node, { selector, architecture }: PoolConfig): boolean {
  const labels = node.metadata?.labels ?? {};
  const wanted = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': architecture, ...selector };
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** Ready, open, and without a taint that sessions don't tolerate. */
function isUsable({ spec, status }: V1Node, tolerations: readonly Toleration[]): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
  const barred = (spec?.taints ?? []).some((taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((one) => tolerates(one, taint)));
  return ready && spec?.unschedulable !== true && !barred;
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: { readonly key: string; readonly value?: string; readonly effect: string }): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key === undefined) return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}

interface Use { readonly start: Instant; readonly end: Instant; readonly amounts: Amounts }
export interface Looking { readonly window: Interval; readonly likelyRun: Milliseconds; readonly extended: Extended; /** That each pod takes beside its size. */ readonly beside?: Amounts }

/** What these pods take together, in whole amounts, changing only where one of them ends. */
export function takenBy(pods: readonly V1Pod[], { window, likelyRun, extended, beside }: Looking): readonly Taken[] {
  const taken = (pod: V1Pod): Amounts => beside === undefined ? requestsOf(pod, extended) : add(requestsOf(pod, extended), beside);
  const uses = pods.filter(isActive).map((pod): Use => ({ start: window.start, end: likelyEnd(pod, window.start, likelyRun), amounts: taken(pod) }));
  const cuts = [...new Set([window.start, ...uses.map(({ end }) => end)])].filter((at) => at < window.end).sort((a, b) => a - b);
  return cuts.flatMap((start, index) => {
    const end = cuts[index + 1] ?? Math.max(...uses.map((use) => use.end));
    const now = uses.filter((use) => use.end > start);
    if (now.length === 0) return [];
    return [{ interval: { start, end }, resources: whole(now.reduce((sum, { amounts }) => add(sum, amounts), {}), Math.ceil) }];
  });
}

function isActive({ status, spec }: V1Pod): boolean {
  return spec?.nodeName !== undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/** Its deadline where it has one; services never end; what ends by itself is given its likely time, and never less than a tenth of it from now on. */
export function likelyEnd({ spec, status }: V1Pod, now: Instant, likelyRun: Milliseconds): Instant {
  const started = instantOf(status?.startTime) ?? now;
  if (spec?.activeDeadlineSeconds !== undefined) return Math.max(now + 1000, started + spec.activeDeadlineSeconds * 1000);
  if ((spec?.restartPolicy ?? 'Always') === 'Always') return Number.POSITIVE_INFINITY;
  return Math.max(started + likelyRun, now + likelyRun / 10);
}

/** The scheduler's sum: all containers together, or the greediest step before them, and the overhead of the runtime. */
function requestsOf({ spec }: V1Pod, extended: Extended): Amounts {
  const requests = (containers: readonly V1Container[]): Amounts => containers.reduce<Amounts>((sum, { resources }) => add(sum, amountsOf(resources?.requests, extended)), {});
  const inits = spec?.initContainers ?? [];
  const beside = inits.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const steps = inits.filter(({ restartPolicy }) => restartPolicy !== 'Always').map((one) => requests([one]));
  const together = add(requests(spec?.containers ?? []), requests(beside));
  return add(steps.reduce(largestResources, together), amountsOf(spec?.overhead, extended));
}

function add(a: Amounts, b: Amounts): Amounts {
  return Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** A little less than a whole is a whole: allocatable memory of a node is its memory without what the system keeps. */
const forgiven = 1e-9;

function whole(amounts: Amounts, round: (amount: number) => number, less: Resources = {}): Resources {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => {
    const exact = round === Math.ceil ? amount - forgiven : amount + forgiven;
    return [name, Math.max(0, round(Number.isNaN(exact) ? 0 : exact) - (less[name] ?? 0))];
  }));
}
