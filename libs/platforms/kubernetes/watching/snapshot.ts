/** What there is of all sessions of this instance: one list of Jobs and one of pods, shared by all who ask at the same time, or what watches tell. */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { Clock, Instant, Milliseconds, SessionId } from '#model';
import type { KubernetesClient } from '../kubernetes.client.js';
import { Mirror } from './mirror.js';
import { selectorOf, sessionLabel } from '../names.js';
import { snapshotOf } from './snapshot-of.js';
import type { Snapshot } from './snapshot-of.js';

export type { Snapshot } from './snapshot-of.js';

/** What watches tell is set right by a list so often. */
const listedWithin: Milliseconds = 30_000;

export class Snapshots {
  readonly mirror = new Mirror();
  private running: Promise<unknown> | undefined;
  private next: Promise<Snapshot> | undefined;
  private last: { readonly at: Instant; readonly snapshot: Snapshot } | undefined;

  constructor(private readonly client: KubernetesClient, private readonly instance: string, private readonly clock: Clock) {
    client.tellOfWrites((kind, object) => { if (kind === 'Job' || kind === 'Pod') this.mirror.told(kind, object); });
  }

  /** What watches tell while they can be believed, else a list. What this process has written is in it; what others did may come a moment later. */
  latest(): Promise<Snapshot> {
    return this.recent(0);
  }

  /** The same, or a list at most so old: for many that look at the same moment at what does not change then. */
  recent(age: Milliseconds): Promise<Snapshot> {
    const sinceList = this.last === undefined ? Infinity : this.clock.now() - this.last.at;
    const told = sinceList <= listedWithin ? this.mirror.snapshot : undefined;
    if (told !== undefined) return Promise.resolve(told);
    return this.last !== undefined && age > 0 && sinceList <= age ? Promise.resolve(this.last.snapshot) : this.take();
  }

  /** Read after the call: whoever has just made something finds it. */
  take(): Promise<Snapshot> {
    this.next ??= this.afterRunning();
    return this.next;
  }

  /** Of one session only, read after the call. */
  async of(session: SessionId): Promise<Snapshot> {
    const labelSelector = `${selectorOf(this.instance)},${sessionLabel}=${session}`;
    const [jobs, pods] = await Promise.all([this.client.list<V1Job>('Job', { labelSelector }), this.client.list<V1Pod>('Pod', { labelSelector })]);
    return snapshotOf(jobs.items, pods.items);
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
    const begun = this.mirror.begin();
    const labelSelector = selectorOf(this.instance);
    const [jobs, pods] = await Promise.all([this.client.list<V1Job>('Job', { labelSelector }), this.client.list<V1Pod>('Pod', { labelSelector })]);
    const snapshot = snapshotOf(jobs.items, pods.items);
    this.mirror.listed('Job', jobs, begun);
    this.mirror.listed('Pod', pods, begun);
    this.last = { at, snapshot };
    return snapshot;
  }
}
