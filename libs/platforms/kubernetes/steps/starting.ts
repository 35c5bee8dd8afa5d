/** Letting a session's pod go: at its start, or ahead of it where it waits for that by itself. */
import type { V1Job } from '@kubernetes/client-node';
import type { Instant, SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { Handle, PlatformHost } from '#plugin-sdk';
import { awaitsStart } from '../payload/awaiting.js';
import type { HoldConfig } from '../config.js';
import { standsIn } from './holding.js';
import type { Holding } from './holding.js';
import { deadlineOf } from './job.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { isCancelled } from '../kubernetes.states.js';
import { cancelledNote, jobName } from '../names.js';
import { isStatus } from '../api/native-fault.js';
import { isSuspended } from '../watching/reading.js';
import type { Snapshot, Snapshots } from '../watching/snapshot.js';

/** What a start must know of the session beside its name. */
export interface Native { readonly ends: Instant }

export interface StartingParts {
  readonly client: KubernetesClient; readonly host: PlatformHost; readonly snapshots: Snapshots;
  readonly holding: Holding | undefined; readonly displacing: HoldConfig['displacing'] | undefined;
}

const second = 1_000;

export class Starting {
  constructor(private readonly parts: StartingParts) {}

  /** Only a Job that waits for its start by itself, and whose place is held. Everything else is left to the start. */
  async approach(handle: Handle): Promise<void> {
    const snapshot = await this.snapshotWith(handle.session);
    const job = snapshot.jobs.get(handle.session);
    if (job === undefined || !isSuspended(job) || isCancelled(job)) return;
    if (awaitsStart(job) && standsIn(snapshot, handle.session)) await this.displace(handle, job, snapshot);
  }

  async start(handle: Handle): Promise<void> {
    const { session } = handle;
    const snapshot = await this.snapshotWith(session);
    const job = snapshot.jobs.get(session);
    if (job === undefined) throw new BrokerError('conflict', 'us', [reason('not-prepared', 'session {session} is started before it is prepared', { session }, { level: 'ERROR' })]);
    if (isSuspended(job) && !isCancelled(job)) await this.displace(handle, job, snapshot);
  }

  /** Without its placeholder the session's pod could displace somebody else's. With it, the scheduler puts out that one. */
  private async displace(handle: Handle, job: V1Job, snapshot: Snapshot): Promise<void> {
    const { holding, displacing, host } = this.parts;
    const { session } = handle;
    if (!standsIn(snapshot, session)) await holding?.place({ session, start: host.clock.now(), job });
    if (displacing === 'delete') await holding?.remove(session);
    await this.letGo(handle);
  }

  /** Nobody has cancelled it: the server tests for that. */
  private async letGo({ session, native }: Handle): Promise<void> {
    const { client, host } = this.parts;
    const steps = [
      { op: 'test', path: `/metadata/annotations/${cancelledNote.replaceAll('/', '~1')}`, value: 'no' },
      { op: 'replace', path: '/spec/suspend', value: false }, { op: 'add', path: '/spec/activeDeadlineSeconds', value: deadlineOf((native as Native).ends, host.clock.now()) },
    ];
    await client.edit('Job', jobName(session), steps).catch((fault: unknown) => { if (!isStatus(fault, 422)) throw fault; });
  }

  /** Many start at the same moment, and what they look at does not change then. */
  private async snapshotWith(session: SessionId): Promise<Snapshot> {
    const recent = await this.parts.snapshots.recent(second);
    return recent.jobs.has(session) ? recent : this.parts.snapshots.take();
  }
}
