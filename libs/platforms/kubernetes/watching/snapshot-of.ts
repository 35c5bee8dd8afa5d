/** Jobs and pods by the sessions that they belong to. */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { SessionId } from '#model';
import { roleOf, sessionOf } from '../names.js';

export interface Snapshot {
  readonly jobs: ReadonlyMap<SessionId, V1Job>;
  /** Pods of payloads, the newest of each session. */
  readonly payloads: ReadonlyMap<SessionId, V1Pod>;
  /** Every pod of a session, placeholders included. */
  readonly pods: ReadonlyMap<SessionId, readonly V1Pod[]>;
  /** True of what watches told: it may be a moment behind, so what is not in it may be there. */
  readonly isTold?: boolean;
}

export function snapshotOf(jobs: readonly V1Job[], pods: readonly V1Pod[]): Snapshot {
  const bySession = new Map<SessionId, V1Pod[]>();
  for (const pod of pods) {
    const session = sessionOf(pod);
    if (session === undefined) continue;
    const others = bySession.get(session);
    if (others === undefined) bySession.set(session, [pod]);
    else others.push(pod);
  }
  const payloads = [...bySession].flatMap(([session, all]) => {
    const newest = newestPayload(all);
    return newest === undefined ? [] : [[session, newest] as const];
  });
  const own = jobs.flatMap((job) => {
    const session = sessionOf(job);
    return session === undefined || roleOf(job) !== 'payload' ? [] : [[session, job] as const];
  });
  return { jobs: new Map(own), payloads: new Map(payloads), pods: bySession };
}

export function newestPayload(pods: readonly V1Pod[]): V1Pod | undefined {
  return pods.filter((pod) => roleOf(pod) === 'payload').sort(byAge).at(-1);
}

function byAge(a: V1Pod, b: V1Pod): number {
  return String(a.metadata?.creationTimestamp).localeCompare(String(b.metadata?.creationTimestamp));
}
