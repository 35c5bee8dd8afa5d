/** Why a Job has no pod: quotas, limit ranges and webhooks refuse it to the Job controller, which tells of that in events only. */
import type { CoreV1Event } from '@kubernetes/client-node';
import type { SessionId } from '#model';
import { isStatus } from '../api/native-fault.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { instantOf, jobName } from '../names.js';

/** The last of its words; undefined where events may not be read, or none is kept any more. */
export async function refusalOfPods(client: KubernetesClient, session: SessionId): Promise<string | undefined> {
  const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${jobName(session)},reason=FailedCreate`;
  try {
    const { items } = await client.list<CoreV1Event>('Event', { fieldSelector });
    return [...items].sort((a, b) => at(a) - at(b)).at(-1)?.message;
  } catch (fault) {
    if (!isStatus(fault, 403)) throw fault;
    return undefined;
  }
}

function at({ lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  return instantOf(lastTimestamp) ?? instantOf(eventTime) ?? instantOf(metadata.creationTimestamp) ?? 0;
}
