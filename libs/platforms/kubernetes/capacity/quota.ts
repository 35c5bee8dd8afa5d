/** The namespace's quota as a pool of its own, which every session takes from beside its node. */
import type { V1ResourceQuota } from '@kubernetes/client-node';
import type { Resources } from '#model';
import type { Taken } from '#plugin-sdk';
import type { Extended } from './accelerators.js';
import { gibibyte, parseQuantity } from './quantity.js';

/** Name of its pool. Its amounts have names of their own, as they are no more cores and memory than the node's. */
export const quotaPool = 'quota';
const prefix = 'quota-';

interface Row { readonly word: string; readonly native: readonly string[]; readonly unit: number }

function rowsOf(extended: Extended): readonly Row[] {
  return [
    { word: 'cores', native: ['requests.cpu', 'limits.cpu', 'cpu'], unit: 1 }, { word: 'memory', native: ['requests.memory', 'limits.memory', 'memory'], unit: gibibyte },
    ...[...extended].map(([name, word]) => ({ word, native: [`requests.${name}`, `limits.${name}`], unit: 1 })),
  ];
}

/** The narrowest of what the quotas say; undefined when none counts sessions. Quotas with scopes are for other pods than ours, or count in part. */
export function quotaOf(quotas: readonly V1ResourceQuota[], extended: Extended): Resources | undefined {
  const plain = quotas.filter(({ spec }) => (spec?.scopes ?? []).length === 0 && spec?.scopeSelector === undefined);
  const found = rowsOf(extended).flatMap(({ word, native, unit }) => {
    const limits = plain.flatMap(({ spec }) => native.flatMap((name) => (spec?.hard?.[name] === undefined ? [] : [parseQuantity(spec.hard[name]) / unit])));
    return limits.length === 0 ? [] : [[prefix + word, Math.floor(Math.min(...limits))] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** What a session of this size takes of a quota that has `total`. */
export function quotaShare(size: Resources, total: Resources): Resources {
  return Object.fromEntries(Object.keys(total).map((name) => [name, size[name.slice(prefix.length)] ?? 0]));
}

/** What pods of others in the namespace take of it. */
export function takenOfQuota(taken: readonly Taken[], total: Resources): readonly Taken[] {
  return taken.map((one) => ({ ...one, resources: quotaShare(one.resources, total) }));
}
