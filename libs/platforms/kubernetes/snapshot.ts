/** What there is of all sessions of this instance: one list of Jobs and one of pods, shared by all who ask at the same time. */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { Clock, Instant, Milliseconds, SessionId } from '#model';
import type { KubernetesClient } from './kubernetes.client.js';
import { roleOf, selectorOf, sessionOf } from './names.js';

export interface Snapshot {
  readonly jobs: ReadonlyMap<SessionId, V1Job>;
  /** Pods of payloads, the newest of each session. */
  readonly payloads: ReadonlyMap<SessionId, V1Pod>;
  /** Every pod of a session, placeholders included. */
  readonly pods: ReadonlyMap<SessionId, readonly V1Pod[]>;
}

export class Snapshots {
  private running: Promise<unknown> | undefined;
  private next: Promise<Snapshot> | undefined;

  private last: { readonly at: Instant; readonly snapshot: Snapshot } | undefined;

  constructor(private readonly client: KubernetesClient, private readonly instance: string, private readonly clock: Clock) {}

  /** At most so old: for many that look at the same moment at what does not change then. */
  recent(age: Milliseconds): Promise<Snapshot> {
    return this.last !== undefined && this.clock.now() - this.last.at <= age ? Promise.resolve(this.last.snapshot) : this.take();
  }

  /** Read after the call: whoever has just made something finds it. */
  take(): Promise<Snapshot> {
    this.next ??= this.afterRunning();
    return this.next;
  }

  private async afterRunning(): Promise<Snapshot> {
    // What the one before us came to is for those who asked for it.
    await Promise.allSettled([this.running]);
    this.next = undefined;
    const reading = this.read();
    this.running = reading;
    return reading;
  }

  private async read(): Promise<Snapshot> {
    const at = this.clock.now();
    const labelSelector = selectorOf(this.instance);
    const [jobs, pods] = await Promise.all([this.client.list<V1Job>('Job', { labelSelector }), this.client.list<V1Pod>('Pod', { labelSelector })]);
    const snapshot = snapshotOf(jobs.items, pods.items);
    this.last = { at, snapshot };
    return snapshot;
  }
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
    const newest = all.filter((pod) => roleOf(pod) === 'payload').sort(byAge).at(-1);
    return newest === undefined ? [] : [[session, newest] as const];
  });
  const own = jobs.flatMap((job) => {
    const session = sessionOf(job);
    return session === undefined || roleOf(job) !== 'payload' ? [] : [[session, job] as const];
  });
  return { jobs: new Map(own), payloads: new Map(payloads), pods: bySession };
}

function byAge(a: V1Pod, b: V1Pod): number {
  return String(a.metadata?.creationTimestamp).localeCompare(String(b.metadata?.creationTimestamp));
}
