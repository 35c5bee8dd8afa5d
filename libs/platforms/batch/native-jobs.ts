/** The jobs of sessions on the cluster: found by name and account, seen together with the traces in their folders. */
import { lstat } from 'node:fs/promises';
import type { Instant, Milliseconds, SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { Handle, Observation, PlatformHost } from '#plugin-sdk';
import type { Traces } from './batch.states.js';
import { judge, mayBeExplained, tracesOf } from './batch.states.js';
import type { BatchConfig } from './config.js';
import type { BatchDialect, NativeJob } from './dialect.js';
import { Gathering } from './gathering.js';
import { SessionFolder } from './session-folder.js';
import type { WantedPort } from './ways-in.js';
import { connectorsOf } from './ways-in.js';

/** What a handle remembers: the account for cleaning up; the native reservation, the number of hosts and the ways in, if there are. */
export interface Native { readonly user?: string; readonly reservation?: string; readonly hosts?: number; readonly ports?: readonly WantedPort[] }

/** Between two questions whether a job has left, and how many. */
const leavingPause = 250;
const leavingTries = 400;
/** A session whose job is as before is believed so long without a look into its folder. */
const folderAge: Milliseconds = 5_000;
/** Sessions that others have released stay among the remembered; past so many all are forgotten. */
const mostLooks = 20_000;

/** A native job as it was when the session's folder was last looked into. */
interface LastLook { readonly job: string; readonly at: Instant }
type Look = Traces | 'unseen';
type BySession = ReadonlyMap<SessionId, readonly NativeJob[]>;
/** What the cluster knows of these sessions. */
type Ask = (sessions: readonly SessionId[]) => Promise<readonly NativeJob[]>;

export class NativeJobs {
  private readonly looks: Gathering<SessionId, BySession>;
  /** Only what saves looks: whoever has forgotten it reads the folders again. */
  private readonly lastLooks = new Map<SessionId, LastLook>();
  /** Sessions whose folders could not be seen at the last look: told once, not at each look. */
  private readonly unseen = new Set<SessionId>();

  constructor(private readonly parts: { readonly config: BatchConfig; readonly dialect: BatchDialect; readonly host: PlatformHost }) {
    this.looks = new Gathering(async (sessions) => groupBySession(await parts.dialect.list([...new Set(sessions)])));
  }

  /** Throws when no folder can be seen. Without an answer of the cluster only ends that payloads have noted are told. */
  async see(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    // Without the shared file system nothing can be told: an empty mount point looks like sessions that are gone.
    await lstat(this.parts.config.folder);
    const due = handles.filter(({ session }) => !this.isFresh(session));
    const traces = await this.tracesOf(due);
    const open = handles.filter((handle) => isOpen(traces.get(handle)));
    const listed = await this.answered(open, (sessions) => this.parts.dialect.list(sessions), 'the cluster can not be observed now');
    if (listed === undefined) return new Map(handles.map((handle) => [handle.session, byFolderAlone(traces.get(handle))]));
    const moved = open.filter((handle) => !traces.has(handle) && this.lastLooks.get(handle.session)?.job !== markOf(listed.get(handle)));
    for (const [handle, trace] of await this.tracesOf(moved)) traces.set(handle, trace);
    const forgotten = open.filter((handle) => isOpen(traces.get(handle)) && !listed.has(handle) && wasSubmitted(traces.get(handle)));
    const accounted = await this.answered(forgotten, (sessions) => this.parts.dialect.account(sessions), 'accounting can not be asked now');
    if (accounted === undefined) for (const handle of forgotten) traces.set(handle, 'unseen');
    return this.judged(handles, { traces, jobs: new Map([...accounted ?? [], ...listed]) });
  }

  private async judged(handles: readonly Handle[], { traces, jobs }: { readonly traces: ReadonlyMap<Handle, Look>; readonly jobs: ReadonlyMap<Handle, NativeJob> }): Promise<ReadonlyMap<SessionId, Observation>> {
    return new Map(await Promise.all(handles.map(async (handle) => {
      const [trace, job] = [traces.get(handle), jobs.get(handle)];
      const seen = await this.seen(handle, trace, job);
      if (trace !== undefined) this.remember(handle.session, seen, job);
      return [handle.session, await this.withWaysIn(handle, seen)] as const;
    })));
  }

  /** Folders are read before the cluster answers: a payload that had noted no end by then may have ended, as it wanted to, in between. */
  private async seen(handle: Handle, look: Look | undefined, job: NativeJob | undefined): Promise<Observation> {
    const seen = seenOf(look, job);
    return seen.seen === 'ended' && noted(look) === undefined ? seenOf(await this.lookInto(handle), job) : seen;
  }

  /** Only what waits or runs, as its job says too, can go on without its folder. */
  private remember(session: SessionId, { seen }: Observation, job: NativeJob | undefined): void {
    if (this.lastLooks.size > mostLooks) this.lastLooks.clear();
    const goesOn = job !== undefined && seen === job.seen.seen && isActive(job);
    if (goesOn) this.lastLooks.set(session, { job: markOf(job), at: this.parts.host.clock.now() });
    else this.lastLooks.delete(session);
  }

  private isFresh(session: SessionId): boolean {
    const age = this.parts.host.clock.now() - (this.lastLooks.get(session)?.at ?? Number.NEGATIVE_INFINITY);
    return age >= 0 && age < folderAge;
  }

  private async tracesOf(handles: readonly Handle[]): Promise<Map<Handle, Look>> {
    return new Map(await Promise.all(handles.map(async (handle) => [handle, await this.lookInto(handle)] as const)));
  }

  /** A folder that can't be read hides its own session only. */
  private async lookInto({ session }: Handle): Promise<Look> {
    try {
      const traces = await tracesOf(new SessionFolder(this.parts.config.folder, session));
      this.unseen.delete(session);
      return traces;
    } catch (fault) {
      if (!this.unseen.has(session)) this.parts.host.log.warn('the folder of a session can not be read', { session, fault: String(fault) });
      this.unseen.add(session);
      return 'unseen';
    }
  }

  /** Undefined while that does not answer; `silence` says so in the log. */
  private async answered(handles: readonly Handle[], ask: Ask, silence: string): Promise<ReadonlyMap<Handle, NativeJob> | undefined> {
    try {
      return await this.jobs(handles, ask);
    } catch (fault) {
      this.parts.host.log.debug(silence, { fault: String(fault) });
      return undefined;
    }
  }

  private async withWaysIn(handle: Handle, seen: Observation): Promise<Observation> {
    const { ports } = nativeOf(handle);
    const { waysIn, folder } = this.parts.config;
    if (seen.seen !== 'running' || ports === undefined || waysIn === undefined) return seen;
    return { ...seen, connectors: await connectorsOf(ports, new SessionFolder(folder, handle.session), waysIn) };
  }

  private async jobs(handles: readonly Handle[], ask: Ask): Promise<ReadonlyMap<Handle, NativeJob>> {
    const bySession = groupBySession(handles.length === 0 ? [] : await ask(handles.map(({ session }) => session)));
    return new Map(handles.flatMap((handle) => {
      const job = ownJob(bySession.get(handle.session) ?? [], handle);
      return job === undefined ? [] : [[handle, job] as const];
    }));
  }

  async job(handle: Handle): Promise<NativeJob | undefined> {
    return ownJob((await this.looks.with(handle.session)).get(handle.session) ?? [], handle);
  }

  /** Cancels what is still there of the session's job and waits until it has left its hosts. */
  async leave(handle: Handle): Promise<void> {
    const { dialect, host } = this.parts;
    this.lastLooks.delete(handle.session);
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

/** The cluster is asked about it: its folder was not looked into, or tells no end, or one that it may explain. */
function isOpen(look: Look | undefined): boolean {
  return look === undefined || (look !== 'unseen' && look.isThere && (look.code === undefined || mayBeExplained(look)));
}

function seenOf(look: Look | undefined, job: NativeJob | undefined): Observation {
  if (look === 'unseen') return { seen: 'unknown' };
  if (look === undefined || (job?.isLeaving === true && mayBeExplained(look))) return job?.seen ?? { seen: 'unknown' };
  return judge(look, job?.seen);
}

function byFolderAlone(look: Look | undefined): Observation {
  const tellsNoEnd = look === undefined || (look !== 'unseen' && look.isThere && look.code === undefined);
  return tellsNoEnd ? { seen: 'unknown' } : seenOf(look, undefined);
}

function noted(look: Look | undefined): number | undefined {
  return look === 'unseen' ? undefined : look?.code;
}

function wasSubmitted(look: Look | undefined): boolean {
  return look !== undefined && look !== 'unseen' && look.wasSubmitted;
}

function markOf(job: NativeJob | undefined): string {
  return job === undefined ? '' : `${job.id} ${job.state}`;
}

/** One that still lives, else the last. A name is no proof: what runs as somebody else is not ours. */
function ownJob(jobs: readonly NativeJob[], handle: Handle): NativeJob | undefined {
  const { user } = nativeOf(handle);
  const own = jobs.filter((job) => user === undefined || job.user === user);
  return own.findLast(isActive) ?? own.at(-1);
}

function groupBySession(jobs: readonly NativeJob[]): BySession {
  const groups = new Map<SessionId, NativeJob[]>();
  for (const job of jobs) {
    const group = groups.get(job.session);
    if (group === undefined) groups.set(job.session, [job]);
    else group.push(job);
  }
  return groups;
}

export function nativeOf(handle: Handle): Native {
  return handle.native as Native;
}
