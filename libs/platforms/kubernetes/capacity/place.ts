/** Where a session goes: the pools of an instance by name, and what a pod says to get there. */
import type { V1Affinity, V1ResourceRequirements } from '@kubernetes/client-node';
import type { Plan, PoolId, Resources } from '#model';
import { BrokerError, reason } from '#model';
import type { KubernetesConfig, PoolConfig, StorageConfig } from '../config.js';

/** Node pools are `instance/class` or `instance/class.host`; storage is `instance/storage.class`. */
export const storagePrefix = 'storage.';

export function nodePool(instance: string, pool: string, host?: string): PoolId {
  return `${instance}/${pool}${host === undefined ? '' : `.${host}`}` as PoolId;
}

export function storagePool(instance: string, storageClass: string): PoolId {
  return `${instance}/${storagePrefix}${storageClass}` as PoolId;
}

export interface Place { readonly pool: PoolConfig; readonly host: string | undefined; readonly storage: StorageConfig | undefined }

/** Throws for a place that the configuration does not have any more. */
export function placeOf(plan: Plan, config: KubernetesConfig): Place {
  const names = plan.pools.map((id) => id.slice(id.indexOf('/') + 1));
  const nodes = names.find((name) => !name.startsWith(storagePrefix)) ?? '';
  const dot = nodes.indexOf('.');
  const [name, host] = dot < 0 ? [nodes, undefined] : [nodes.slice(0, dot), nodes.slice(dot + 1)];
  const pool = config.pools.find((one) => one.name === name);
  if (pool === undefined) throw new BrokerError('unavailable', 'operator', [reason('pool-missing', "session {session} needs the pool '{name}', which is not configured any more", { session: plan.session, name }, { level: 'ERROR' })]);
  const claimed = names.find((one) => one.startsWith(storagePrefix))?.slice(storagePrefix.length);
  return { pool, host, storage: config.storage.find((one) => one.class === claimed) };
}

/** Requests are limits: nothing is lent, and nothing more is taken than was offered. */
export function resourcesOf(granted: Resources, config: KubernetesConfig): V1ResourceRequirements {
  const native = new Map(config.accelerators.map(({ type, resource }) => [type, resource]));
  const extended = Object.entries(granted).flatMap(([word, amount]) => (native.has(word) && amount > 0 ? [[native.get(word), String(amount)] as const] : []));
  const amounts = { cpu: String(granted['cores'] ?? 1), memory: `${granted['memory'] ?? 1}Gi`, ...Object.fromEntries(extended) };
  return { requests: amounts, limits: amounts };
}

/** On the booked host, and never beside a pod that has one of `notBeside`'s labels. */
export function affinityOf({ host }: Place, notBeside?: Readonly<Record<string, string>>): V1Affinity {
  return {
    ...(host === undefined ? {} : { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] }] } } }),
    ...(notBeside === undefined ? {} : { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { ...notBeside } }, topologyKey: 'kubernetes.io/hostname' }] } }),
  };
}
