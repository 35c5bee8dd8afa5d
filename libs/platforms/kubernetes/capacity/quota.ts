/** The namespace's quota as a pool of its own, which every session takes from beside its node. */
import type { V1PodSpec, V1ResourceQuota } from '@kubernetes/client-node';
import type { Resources } from '#model';
import type { Taken } from '#plugin-sdk';
import type { Extended } from './accelerators.js';
import type { HoldConfig } from '../config.js';
import { gibibyte, parseQuantity } from './quantity.js';

/** Name of its pool. Its amounts have names of their own, as they are no more cores and memory than the node's. */
export const quotaPool = 'quota';
export const quotaPrefix = 'quota-';

interface Row { readonly word: string; readonly native: readonly string[]; readonly unit: number }

function rowsOf(extended: Extended): readonly Row[] {
  return [
    { word: 'cores', native: ['requests.cpu', 'limits.cpu', 'cpu'], unit: 1 }, { word: 'memory', native: ['requests.memory', 'limits.memory', 'memory'], unit: gibibyte },
    ...[...extended].map(([name, word]) => ({ word, native: [`requests.${name}`, `limits.${name}`], unit: 1 })),
  ];
}

/** The narrowest of what the quotas say, which have to be such that count sessions; undefined when none limits them. */
export function quotaOf(counting: readonly V1ResourceQuota[], extended: Extended): Resources | undefined {
  const found = rowsOf(extended).flatMap(({ word, native, unit }) => {
    const limits = counting.flatMap(({ spec }) => native.flatMap((name) => (spec?.hard?.[name] === undefined ? [] : [parseQuantity(spec.hard[name]) / unit])));
    return limits.length === 0 ? [] : [[quotaPrefix + word, Math.floor(Math.min(...limits))] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Those that count pods of sessions or their placeholders: both have a deadline and a size. */
export function countingSessions(quotas: readonly V1ResourceQuota[], hold: Pick<HoldConfig, 'priorityClass' | 'sessionPriorityClass'> | undefined): readonly V1ResourceQuota[] {
  const classes = hold ? [hold.sessionPriorityClass, hold.priorityClass] : [undefined];
  const ours = classes.map((name): Counted => ({ activeDeadlineSeconds: 1, containers: [{ name: '', resources: { requests: { cpu: '1' } } }], ...(name === undefined ? {} : { priorityClassName: name }) }));
  return quotas.filter((quota) => ours.some((pod) => isCountedBy(pod, quota)));
}

type Counted = Pick<V1PodSpec, 'activeDeadlineSeconds' | 'priorityClassName' | 'containers'>;

/** https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes */
export function isCountedBy(pod: Counted, { spec }: V1ResourceQuota): boolean {
  const scopes = [...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] })), ...spec?.scopeSelector?.matchExpressions ?? []];
  return scopes.every(({ scopeName, operator, values = [] }) => (scopeName === 'PriorityClass' ? isOfClass(pod.priorityClassName ?? '', operator, values) : judges[scopeName]?.(pod) === true));
}

const isBestEffort = ({ containers }: Counted): boolean => containers.every(({ resources = {} }) => ['cpu', 'memory'].every((name) => resources.requests?.[name] === undefined && resources.limits?.[name] === undefined));

/** Scopes that are not listed are for pods such as ours never are. */
const judges: Readonly<Record<string, (pod: Counted) => boolean>> = {
  Terminating: ({ activeDeadlineSeconds }) => activeDeadlineSeconds !== undefined, NotTerminating: ({ activeDeadlineSeconds }) => activeDeadlineSeconds === undefined,
  BestEffort: isBestEffort, NotBestEffort: (pod) => !isBestEffort(pod),
};

function isOfClass(name: string, operator: string, values: readonly string[]): boolean {
  if (operator === 'In') return values.includes(name);
  if (operator === 'NotIn') return !values.includes(name);
  return (name !== '') === (operator === 'Exists');
}

/** What a session of this size takes of a quota that has `total`. */
export function quotaShare(size: Resources, total: Resources): Resources {
  return Object.fromEntries(Object.keys(total).map((name) => [name, size[name.slice(quotaPrefix.length)] ?? 0]));
}

/** What pods of others in the namespace take of it. */
export function takenOfQuota(taken: readonly Taken[], total: Resources): readonly Taken[] {
  return taken.map((one) => ({ ...one, resources: quotaShare(one.resources, total) }));
}
