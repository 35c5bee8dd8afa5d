/** Reading native objects, whose every part may be missing. */
import type { KubernetesObject, V1ContainerStateTerminated, V1ContainerStatus, V1Job, V1Pod } from '@kubernetes/client-node';
import type { Instant } from '#model';
import { instantOf } from '../names.js';

interface Condition { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string; readonly lastTransitionTime?: unknown }

/** A condition with this value; undefined when it has another one, or none. */
export function conditionOf(object: V1Pod | V1Job, type: string, value: 'True' | 'False' = 'True'): Condition | undefined {
  return ((object.status?.conditions ?? []) as readonly Condition[]).find((one) => one.type === type && one.status === value);
}

export const isLeaving = (object: KubernetesObject): boolean => object.metadata?.deletionTimestamp !== undefined;
export const nameOf = (object: KubernetesObject): string => object.metadata?.name ?? '';
export const createdAt = (object: KubernetesObject): Instant | undefined => instantOf(object.metadata?.creationTimestamp);
export const phaseOf = (pod: V1Pod): string => pod.status?.phase ?? 'Pending';
export const isPlaced = (pod: V1Pod): boolean => pod.spec?.nodeName !== undefined;
export const isSuspended = (job: V1Job): boolean => job.spec?.suspend === true;

export interface Said { readonly why: string; readonly said: string }
const nothing: Said = { why: '', said: '' };

/** Why the pod as a whole is as it is. */
export function saidOf({ status }: V1Pod): Said {
  return status === undefined ? nothing : { why: status.reason ?? '', said: status.message ?? '' };
}

/** What a container waits for; empty when it does not wait. */
export function waitingOf(container: V1ContainerStatus | undefined): Said {
  const waiting = container?.state?.waiting;
  return waiting === undefined ? nothing : { why: waiting.reason ?? '', said: waiting.message ?? '' };
}

/** What the containers before the payload wait for, by the name of the one: the payload itself only says that it waits for them. */
export function waitingBefore({ status }: V1Pod): Said {
  const stuck = (status?.initContainerStatuses ?? []).find(({ state }) => state?.waiting !== undefined && state.waiting.reason !== 'PodInitializing');
  if (stuck === undefined) return nothing;
  const { why, said } = waitingOf(stuck);
  const code = stuck.lastState?.terminated?.exitCode;
  return { why: `'${stuck.name}' before it: ${why}`, said: code === undefined ? said : `${said} (it ended with exit code ${code})` };
}

export function terminatedOf(container: V1ContainerStatus | undefined): V1ContainerStateTerminated | undefined {
  return container?.state?.terminated;
}

/** The scheduler's words when it found no place. */
export function refusalIn(pod: V1Pod): string | undefined {
  const found = conditionOf(pod, 'PodScheduled', 'False');
  return found?.reason === 'Unschedulable' ? found.message ?? '' : undefined;
}
