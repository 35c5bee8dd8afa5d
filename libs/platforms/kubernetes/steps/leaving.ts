/** What is left of one session while it is released: how long it has been on its way out, who keeps it, and what may be hurried. */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { Instant, Milliseconds, SessionId } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import type { KubernetesClient } from '../kubernetes.client.js';
import { hasEnded } from '../kubernetes.states.js';
import { roleOf } from '../names.js';
import { isLeaving, isPlaced, nameOf } from '../watching/reading.js';
import type { Snapshot } from '../watching/snapshot.js';

/** A pod that is still there so long after its grace is on a node that does not answer: nobody will ever say that it ended. */
const lostAfter = 30_000;
/** A Job that is still there so long, though its pods are not, waits for the cluster's collector, or for what it owns and somebody else keeps. */
const collectedAfter = 60_000;
/** Finalizers of the cluster's own: what has one of them goes without anybody's doing. */
const ofTheCluster: ReadonlySet<string> = new Set(['batch.kubernetes.io/job-tracking', 'foregroundDeletion', 'orphan']);

export interface Left { readonly job: V1Job | undefined; readonly pods: readonly V1Pod[] }

export class Leaving {
  private readonly asked = new Set<string>();
  private readonly forced = new Set<string>();
  private readonly told = new Set<string>();
  /** By our own clock: the server's may be another. */
  private readonly since = new Map<string, Instant>();

  constructor(private readonly client: KubernetesClient, private readonly host: PlatformHost) {}

  /** Without what only others' finalizers keep: nothing of it runs any more, and it goes when they let it. */
  stillOurs(session: SessionId, { jobs, pods }: Snapshot): Left {
    const own = (pods.get(session) ?? []).filter((pod) => !(this.runsNothing(pod) && this.isKept(pod)));
    const job = jobs.get(session);
    const isGone = job === undefined || (own.length === 0 && this.isKept(job));
    return { job: isGone ? undefined : job, pods: own };
  }

  /** Asks what does not leave by itself to leave, and forces what nobody will say the end of. `isOwned`: its Job takes the payload along. */
  async hurry(pod: V1Pod, isOwned: boolean): Promise<void> {
    const [name, isPayload] = [nameOf(pod), roleOf(pod) === 'payload'];
    if (isLeaving(pod)) return this.force(pod);
    if (this.asked.has(name) || (isOwned && isPayload)) return;
    await this.client.delete('Pod', name, isPayload ? {} : { grace: 0 });
    this.asked.add(name);
  }

  private async force(pod: V1Pod): Promise<void> {
    const grace = (pod.metadata?.deletionGracePeriodSeconds ?? 0) * 1000;
    if (this.forced.has(nameOf(pod)) || this.lasts(pod) <= lostAfter + grace) return;
    await this.client.delete('Pod', nameOf(pod), { grace: 0 });
    this.forced.add(nameOf(pod));
  }

  private runsNothing(pod: V1Pod): boolean {
    return hasEnded(pod) || !isPlaced(pod) || this.forced.has(nameOf(pod));
  }

  private isKept(object: V1Job | V1Pod): boolean {
    const { name = '', finalizers = [] } = object.metadata ?? {};
    // It waits for what it owns, which others may keep.
    const isCollected = finalizers.includes('foregroundDeletion');
    const isOthers = isCollected ? this.lasts(object) > collectedAfter : finalizers.some((one) => !ofTheCluster.has(one));
    if (!isLeaving(object) || !isOthers) return false;
    if (!this.told.has(name)) this.host.log.warn('what is over is kept on the cluster by somebody else, and is left to them', { object: name, finalizers: finalizers.join(' ') });
    this.told.add(name);
    return true;
  }

  /** Zero for what is not on its way out. */
  private lasts(object: V1Job | V1Pod): Milliseconds {
    if (!isLeaving(object)) return 0;
    const now = this.host.clock.now();
    const since = this.since.get(nameOf(object)) ?? now;
    this.since.set(nameOf(object), since);
    return now - since;
  }
}
