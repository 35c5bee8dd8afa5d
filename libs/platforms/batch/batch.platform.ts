/** A cluster behind a command-line scheduler as a platform: a held job for each session, let go when its time has come. */
import { lstat } from 'node:fs/promises';
import type { Draft, Instant, Interval, Plan, PoolId, Resources, SessionId } from '#model';
import { BrokerError, kinds, kindsOf, reason } from '#model';
import type { Assessment, Capabilities, Demand, Handle, Observation, Platform, PlatformHost, PoolCapacity, Work } from '#plugin-sdk';
import { accountOf, numberOf, ownName } from './accounts.js';
import { judgeDraft, judgePool } from './assess.js';
import { judge, tracesOf } from './batch.states.js';
import type { Commands } from './commands.js';
import type { BatchConfig } from './config.js';
import type { BatchDialect, BatchJob, NativeJob, NativePool } from './dialect.js';
import { followFile } from './follow-file.js';
import { scriptOf } from './script.js';
import { SessionFolder } from './session-folder.js';
import { layOut } from './workspace.js';

export interface BatchParts { readonly config: BatchConfig; readonly dialect: BatchDialect; readonly commands: Commands; readonly host: PlatformHost }

/** What a handle remembers: the account for cleaning up, and the native reservation, if one was made. */
interface Native { readonly user?: string; readonly reservation?: string }

const handleVersion = 1;
const second = 1000;
/** The cluster's make-up is asked for once in this time. */
const poolsAge = 5 * second;
/** Between two questions whether a job has left, and how many. */
const leavingPause = 250;
const leavingTries = 400;
/** Followers ask the scheduler this seldom; the payload's own exit code is looked for more often. */
const followPause = 3 * second;

export class BatchPlatform implements Platform {
  private known: { readonly at: Instant; readonly pools: Promise<readonly NativePool[]> } | undefined;

  constructor(protected readonly parts: BatchParts) {}

  capabilities(): Promise<Capabilities> {
    const { commands, docker, singularity, longestRun } = this.parts.config;
    return Promise.resolve({
      executables: [...(commands.size > 0 ? [kinds.localProcess] : []), ...(docker ? [kinds.dockerContainer] : []), ...(singularity ? [kinds.singularityContainer] : [])],
      storage: [kinds.simpleStorage], data: kindsOf('data'), connectors: [], longestRun, capacity: 'shared',
    });
  }

  async capacity(window: Interval): Promise<readonly PoolCapacity[]> {
    const pools = await this.parts.dialect.pools(window);
    return pools.map(({ name, total, taken }) => ({ pool: this.poolId(name), total, taken }));
  }

  async assess(draft: Draft): Promise<Assessment> {
    const reasons = judgeDraft(draft, this.parts.config);
    if (reasons.length > 0) return { fits: false, reasons };
    const judged = (await this.pools()).map((pool) => ({ pool, reasons: judgePool(withoutStorage(draft.need.min), draft, pool) }));
    const fitting = judged.filter((one) => one.reasons.length === 0);
    if (fitting.length === 0) return { fits: false, reasons: judged.flatMap((one) => one.reasons) };
    const staging = draft.data.reduce((sum, data) => sum + data.estimate, 0);
    return {
      fits: true, choices: fitting.map(({ pool }) => [this.demand(draft, pool)]),
      preparing: { min: 0, max: 2 * second + staging }, queued: { min: 0, max: 0 }, releasing: { min: 0, max: 5 * second },
    };
  }

  async prepare(plan: Plan, work: Work, reserved?: Handle): Promise<Handle> {
    work.signal.throwIfAborted();
    const folder = this.folder(plan.session);
    const handle = reserved ?? this.handleOf(plan);
    if (!(await folder.has('job.json'))) await this.write(plan, folder, work, nativeOf(handle).reservation);
    work.signal.throwIfAborted();
    if (await this.job(handle) === undefined && !(await folder.has('run', 'began'))) await this.submit(folder, true);
    return handle;
  }

  async start(handle: Handle): Promise<Handle> {
    const folder = this.folder(handle.session);
    if (await folder.has('cancel')) return handle;
    const job = await this.job(handle);
    if (job?.seen.seen === 'ready') await this.parts.dialect.begin(job);
    // A controller that was killed may have lost a job that it had acknowledged.
    else if (job === undefined && !(await folder.has('run', 'began'))) await this.submit(folder, false);
    return handle;
  }

  async observe(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    try {
      return await this.see(handles);
    } catch (fault) {
      this.parts.host.log.debug('the cluster can not be observed now', { fault: String(fault) });
      return new Map(handles.map(({ session }) => [session, { seen: 'unknown' }]));
    }
  }

  async cancel(handle: Handle): Promise<void> {
    const { session } = handle;
    const folder = this.folder(session);
    const seen = (await this.see([handle])).get(session)?.seen;
    if (seen === 'gone' || seen === 'ended') return;
    if (!(await folder.has('cancel'))) await folder.write('cancel', String(this.parts.host.clock.now()));
    const job = await this.job(handle);
    if (job !== undefined && isActive(job)) await this.parts.dialect.cancel(job);
  }

  async release(handle: Handle): Promise<void> {
    const { session } = handle;
    await this.leave(handle);
    await this.parts.dialect.unreserve?.(session);
    const folder = this.folder(session);
    const { user } = nativeOf(handle);
    // As the account that it belongs to: it could have put links where ours would follow them.
    if (user !== undefined && await folder.has('run', 'work')) await this.parts.commands.answer(['find', folder.at('run'), '-mindepth', '1', '-delete'], { user });
    await folder.remove();
  }

  handleOf(plan: Plan): Handle {
    const { user } = accountOf(plan.owner, this.parts.config);
    const native: Native = user === undefined ? {} : { user };
    return { session: plan.session, version: handleVersion, native };
  }

  async* logs(handle: Handle, options: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<string> {
    const { clock } = this.parts.host;
    const folder = this.folder(handle.session);
    let asked = Number.NEGATIVE_INFINITY;
    const isComplete = async (): Promise<boolean> => {
      if (await folder.has('run', 'code') || !(await folder.has())) return true;
      if (clock.now() - asked < followPause) return false;
      asked = clock.now();
      return (await this.observe([handle])).get(handle.session)?.seen === 'ended';
    };
    yield* followFile(folder.at('run', 'output'), { ...options, clock, isComplete });
  }

  /** Holds the session's capacity natively; the handle goes to `prepare`. */
  protected async hold(plan: Plan): Promise<Handle> {
    const { dialect, commands, host } = this.parts;
    const handle = this.handleOf(plan);
    const user = nativeOf(handle).user ?? await ownName(commands);
    const reservation = await dialect.reserve?.({ session: plan.session, user, pool: poolNameOf(plan), granted: plan.granted, during: plan.run, now: host.clock.now() });
    return reservation === undefined ? handle : { ...handle, native: { ...nativeOf(handle), reservation } };
  }

  private async write(plan: Plan, folder: SessionFolder, work: Work, reservation: string | undefined): Promise<void> {
    const { config, commands, host } = this.parts;
    const { user, account } = accountOf(plan.owner, config);
    await layOut(plan, folder, { stage: host.stage, work });
    await folder.write('script', scriptOf(plan, folder, config));
    if (user !== undefined) await folder.giveRunTo(await numberOf(user, commands));
    const job: BatchJob = {
      session: plan.session, pool: poolNameOf(plan), granted: plan.granted, length: plan.run.end - plan.run.start, folder: folder.at('run'), output: folder.at('run', 'output'),
      ...(user === undefined ? {} : { user }), ...(account === undefined ? {} : { account }), ...(reservation === undefined ? {} : { reservation }),
    };
    await folder.write('job.json', JSON.stringify(job));
  }

  private async submit(folder: SessionFolder, held: boolean): Promise<void> {
    const [job, script] = await Promise.all([folder.read('job.json'), folder.read('script')]);
    if (job === undefined || script === undefined) throw new BrokerError('conflict', 'us', [reason('not-prepared', 'session {session} is started before it is prepared', { session: folder.session }, { level: 'ERROR' })]);
    await this.parts.dialect.submit(JSON.parse(job) as BatchJob, script, held);
    await folder.write('submitted', String(this.parts.host.clock.now()));
  }

  /** Throws when the cluster does not answer. */
  private async see(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    // Without the shared file system nothing can be told: an empty mount point looks like sessions that are gone.
    await lstat(this.parts.config.folder);
    const traces = new Map(await Promise.all(handles.map(async (handle) => [handle, await tracesOf(this.folder(handle.session))] as const)));
    const open = handles.filter((handle) => traces.get(handle)?.isThere && traces.get(handle)?.code === undefined);
    const listed = await this.jobs(open, (sessions) => this.parts.dialect.list(sessions));
    const forgotten = open.filter((handle) => !listed.has(handle) && traces.get(handle)?.wasSubmitted);
    const accounted = await this.jobs(forgotten, (sessions) => this.parts.dialect.account(sessions));
    return new Map([...traces].map(([handle, trace]) => [handle.session, judge(trace, (listed.get(handle) ?? accounted.get(handle))?.seen)]));
  }

  private async jobs(handles: readonly Handle[], ask: (sessions: readonly SessionId[]) => Promise<readonly NativeJob[]>): Promise<ReadonlyMap<Handle, NativeJob>> {
    const found = handles.length === 0 ? [] : await ask(handles.map(({ session }) => session));
    const bySession = groupBySession(found);
    return new Map(handles.flatMap((handle) => {
      const job = ownJob(bySession.get(handle.session) ?? [], handle);
      return job === undefined ? [] : [[handle, job] as const];
    }));
  }

  private async job(handle: Handle): Promise<NativeJob | undefined> {
    return (await this.jobs([handle], (sessions) => this.parts.dialect.list(sessions))).get(handle);
  }

  /** Cancels what is still there of the session's job and waits until it has left its hosts. */
  private async leave(handle: Handle): Promise<void> {
    const { dialect, host } = this.parts;
    for (let tries = 0; tries < leavingTries; tries += 1) {
      const job = await this.job(handle);
      if (job === undefined || !isActive(job)) return;
      if (tries % 20 === 0) await dialect.cancel(job);
      await host.clock.sleep(leavingPause);
    }
    throw new BrokerError('busy', 'time', [reason('still-leaving', 'the job of session {session} does not leave its hosts', { session: handle.session }, { level: 'ERROR' })]);
  }

  private pools(): Promise<readonly NativePool[]> {
    const now = this.parts.host.clock.now();
    if (this.known === undefined || now - this.known.at > poolsAge) this.known = { at: now, pools: this.parts.dialect.pools({ start: now, end: now + poolsAge }) };
    const { pools } = this.known;
    // An answer that failed is not believed a second time.
    pools.catch(() => { this.known = undefined; });
    return pools;
  }

  private demand(draft: Draft, pool: NativePool): Demand {
    if (pool.givesWholeHosts) return { pool: this.poolId(pool.name), min: pool.largestHost, max: pool.largestHost, during: 'run' };
    const min = withoutStorage(draft.need.min);
    const max = Object.fromEntries(Object.entries(withoutStorage(draft.need.max)).map(([name, amount]) => [name, Math.max(min[name] ?? 0, Math.min(amount, pool.largestHost[name] ?? 0))]));
    return { pool: this.poolId(pool.name), min, max, during: 'run' };
  }

  private poolId(name: string): PoolId {
    return `${this.parts.host.instance}/${name}` as PoolId;
  }

  private folder(session: SessionId): SessionFolder {
    return new SessionFolder(this.parts.config.folder, session);
  }
}

/** The same with native reservations; apart, as a power is declared by being there. */
export class ReservingBatchPlatform extends BatchPlatform {
  reserve(plan: Plan): Promise<Handle> {
    return this.hold(plan);
  }
}

function isActive(job: NativeJob): boolean {
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

function nativeOf(handle: Handle): Native {
  return handle.native as Native;
}

/** `instance/pool` without the instance. */
function poolNameOf(plan: Plan): string {
  const [pool = ''] = plan.pools;
  return pool.slice(pool.indexOf('/') + 1);
}

function withoutStorage(amounts: Resources): Resources {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => name !== 'storage'));
}
