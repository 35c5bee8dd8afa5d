/** The jobs of sessions on the cluster: found by name and account, seen together with the traces in their folders. */
import { lstat } from 'node:fs/promises';
import type { SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { Handle, Observation, PlatformHost } from '#plugin-sdk';
import { judge, tracesOf } from './batch.states.js';
import type { BatchConfig } from './config.js';
import type { BatchDialect, NativeJob } from './dialect.js';
import { SessionFolder } from './session-folder.js';
import type { WantedPort } from './ways-in.js';
import { connectorsOf } from './ways-in.js';

/** What a handle remembers: the account for cleaning up; the native reservation, the number of hosts and the ways in, if there are. */
export interface Native { readonly user?: string; readonly reservation?: string; readonly hosts?: number; readonly ports?: readonly WantedPort[] }

/** Between two questions whether a job has left, and how many. */
const leavingPause = 250;
const leavingTries = 400;

export class NativeJobs {
  constructor(private readonly parts: { readonly config: BatchConfig; readonly dialect: BatchDialect; readonly host: PlatformHost }) {}

  /** Throws when the cluster does not answer. */
  async see(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    // Without the shared file system nothing can be told: an empty mount point looks like sessions that are gone.
    await lstat(this.parts.config.folder);
    const traces = new Map(await Promise.all(handles.map(async (handle) => [handle, await tracesOf(new SessionFolder(this.parts.config.folder, handle.session))] as const)));
    const open = handles.filter((handle) => traces.get(handle)?.isThere && traces.get(handle)?.code === undefined);
    const listed = await this.jobs(open, (sessions) => this.parts.dialect.list(sessions));
    const forgotten = open.filter((handle) => !listed.has(handle) && traces.get(handle)?.wasSubmitted);
    const accounted = await this.jobs(forgotten, (sessions) => this.parts.dialect.account(sessions));
    const seen = [...traces].map(([handle, trace]) => [handle, judge(trace, (listed.get(handle) ?? accounted.get(handle))?.seen)] as const);
    return new Map(await Promise.all(seen.map(async ([handle, one]) => [handle.session, await this.withWaysIn(handle, one)] as const)));
  }

  private async withWaysIn(handle: Handle, seen: Observation): Promise<Observation> {
    const { ports } = nativeOf(handle);
    const { waysIn, folder } = this.parts.config;
    if (seen.seen !== 'running' || ports === undefined || waysIn === undefined) return seen;
    return { ...seen, connectors: await connectorsOf(ports, new SessionFolder(folder, handle.session), waysIn) };
  }

  private async jobs(handles: readonly Handle[], ask: (sessions: readonly SessionId[]) => Promise<readonly NativeJob[]>): Promise<ReadonlyMap<Handle, NativeJob>> {
    const found = handles.length === 0 ? [] : await ask(handles.map(({ session }) => session));
    const bySession = groupBySession(found);
    return new Map(handles.flatMap((handle) => {
      const job = ownJob(bySession.get(handle.session) ?? [], handle);
      return job === undefined ? [] : [[handle, job] as const];
    }));
  }

  async job(handle: Handle): Promise<NativeJob | undefined> {
    return (await this.jobs([handle], (sessions) => this.parts.dialect.list(sessions))).get(handle);
  }

  /** Cancels what is still there of the session's job and waits until it has left its hosts. */
  async leave(handle: Handle): Promise<void> {
    const { dialect, host } = this.parts;
    for (let tries = 0; tries < leavingTries; tries += 1) {
      const job = await this.job(handle);
      if (job === undefined || !isActive(job)) return;
      if (tries % 20 === 0) await dialect.cancel(job);
      await host.clock.sleep(leavingPause);
    }
    throw new BrokerError('busy', 'time', [reason('still-leaving', 'the job of session {session} does not leave its hosts', { session: handle.session }, { level: 'ERROR' })]);
  }
}

export function isActive(job: NativeJob): boolean {
  return job.seen.seen !== 'ended' && job.seen.seen !== 'gone';
}

/** One that still lives, else the last. A name is no proof: what runs as somebody else is not ours. */
function ownJob(jobs: readonly NativeJob[], handle: Handle): NativeJob | undefined {
  const { user } = nativeOf(handle);
  const own = jobs.filter((job) => user === undefined || job.user === user);
  return own.findLast(isActive) ?? own.at(-1);
}

function groupBySession(jobs: readonly NativeJob[]): ReadonlyMap<SessionId, readonly NativeJob[]> {
  const groups = new Map<SessionId, NativeJob[]>();
  for (const job of jobs) groups.set(job.session, [...groups.get(job.session) ?? [], job]);
  return groups;
}

export function nativeOf(handle: Handle): Native {
  return handle.native as Native;
}
