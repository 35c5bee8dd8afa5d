/** A cluster behind a command-line scheduler as a platform: a job for each session, which the scheduler starts at its time. */
import type { Draft, Instant, Interval, KeptStorageId, Plan, PoolId, SessionId } from '#model';
import { BrokerError, kinds, kindsOf, reason } from '#model';
import type { Assessment, Capabilities, Finding, Handle, Observation, Platform, PlatformHost, PoolCapacity, Work } from '#plugin-sdk';
import { AccountNumbers, ownName } from './accounts.js';
import { judgeDraft, judgePool } from './assess.js';
import type { Commands } from './commands.js';
import type { BatchConfig } from './config.js';
import { findingsOf } from './check.js';
import type { BatchDialect, BatchJob, NativeJob, NativePool, StartOfJob } from './dialect.js';
import { emptyFolders } from './empty-folders.js';
import { followFile } from './follow-file.js';
import { GatheringByAccount } from './gathering.js';
import { KeptFolders } from './kept-folders.js';
import type { Native } from './native-jobs.js';
import { isActive, NativeJobs, nativeOf } from './native-jobs.js';
import { patiently } from './patience.js';
import { scriptOf } from './script.js';
import { SessionFolder } from './session-folder.js';
import { demandOf, hostsFor } from './spread.js';
import { Waves } from './waves.js';
import { wantedPorts, wayProtocols } from './ways-in.js';
import { layOut } from './workspace.js';

export interface BatchParts { readonly config: BatchConfig; readonly dialect: BatchDialect; readonly commands: Commands; readonly host: PlatformHost }

const handleVersion = 1;
const second = 1000;
/** A scheduler starts its timed jobs at its next look, which may be seconds away; one that still waits so long after its time is let go. */
const overdue = 0.8 * second;
/** Of a job that is so old the scheduler knows all: what is asked of it is done at once, so it is let go at its time. */
const settledAfter = 10 * second;
/** The cluster's make-up is asked for once in this time. */
const poolsAge = 5 * second;
/** A release that fails makes a session fail that has ended well, so the controller is waited for. */
const patience = 60 * second;
/** Releases go together, so that they do not take the machine from what starts: each asks the scheduler, and empties a folder as its account. */
const releasesApart = 0.5 * second;
/** Sessions that other replicas go on with stay among the unsubmitted; past so many all are forgotten. */
const mostUnsubmitted = 20_000;
/** Followers ask the scheduler this seldom; the payload's own exit code is looked for more often. */
const followPause = 3 * second;

export class BatchPlatform implements Platform {
  private known: { readonly at: Instant; readonly pools: Promise<readonly NativePool[]> } | undefined;
  private readonly native: NativeJobs;
  private readonly numbers: AccountNumbers;
  private readonly kept: KeptFolders;
  private readonly emptied: GatheringByAccount<string, void>;
  private readonly releases: Waves;
  /** Written by this process just now, and never given to the scheduler: nobody looks for their jobs. */
  private readonly unsubmitted = new Set<SessionId>();

  constructor(protected readonly parts: BatchParts) {
    this.native = new NativeJobs(parts);
    this.numbers = new AccountNumbers(parts.commands, parts.host.clock);
    this.kept = new KeptFolders(parts, this.numbers);
    this.emptied = new GatheringByAccount((paths, user) => emptyFolders(paths, user, parts.commands));
    this.releases = new Waves(parts.host.clock, releasesApart);
  }

  capabilities(): Promise<Capabilities> {
    const { commands, docker, singularity, longestRun, waysIn, accelerators, mostHosts, kept } = this.parts.config;
    return Promise.resolve({
      executables: [...(commands.size > 0 ? [kinds.localProcess] : []), ...(docker ? [kinds.dockerContainer] : []), ...(singularity ? [kinds.singularityContainer] : [])],
      storage: [kinds.simpleStorage, ...(kept ? [kinds.persistentStorage] : [])], data: kindsOf('data'), connectors: waysIn && (docker ?? singularity) ? wayProtocols : [], longestRun, hasFixedEnd: true, capacity: 'shared', accelerators, mostHosts,
      ...(kept ? { keeps: { gib: kept.size, longest: kept.longest, sharing: true } } : {}),
    });
  }

  async capacity(window: Interval): Promise<readonly PoolCapacity[]> {
    const pools = await this.parts.dialect.pools(window);
    return pools.map(({ name, total, taken, endangered = [] }) => ({ pool: this.poolId(name), total, taken, endangered }));
  }

  async assess(draft: Draft): Promise<Assessment> {
    const reasons = judgeDraft(draft, this.parts.config);
    if (reasons.length > 0) return { fits: false, reasons };
    const judged = (await this.pools()).map((pool) => ({ pool, reasons: judgePool(draft, pool, this.parts.config.longestRun) }));
    const fitting = judged.filter((one) => one.reasons.length === 0);
    if (fitting.length === 0) return { fits: false, reasons: judged.flatMap((one) => one.reasons) };
    const staging = draft.data.reduce((sum, data) => sum + data.estimate, 0);
    return {
      fits: true, choices: fitting.map(({ pool }) => [demandOf(draft, pool, this.poolId(pool.name))]),
      preparing: { min: 0, max: this.parts.config.preparing + staging }, queued: { min: 0, max: 0 }, releasing: { min: 0, max: 5 * second },
    };
  }

  async prepare(plan: Plan, work: Work, reserved?: Handle): Promise<Handle> {
    work.signal.throwIfAborted();
    const folder = this.folder(plan.session);
    const handle = reserved ?? this.handleOf(plan);
    const isNew = !(await folder.has('job.json'));
    if (isNew) await this.write(plan, folder, work, nativeOf(handle));
    work.signal.throwIfAborted();
    // What was not written down before can't have been submitted.
    if (isNew) this.noteUnsubmitted(plan.session);
    if (isNew || (await this.native.job(handle) === undefined && !(await folder.has('run', 'began')))) await this.submitAhead(folder);
    return handle;
  }

  async start(handle: Handle): Promise<Handle> {
    const folder = this.folder(handle.session);
    if (await folder.has('cancel') || await folder.has('run', 'began')) return handle;
    // Another replica may have had it meanwhile.
    const isNew = this.unsubmitted.has(handle.session) && !(await folder.has('submitted'));
    const job = isNew ? undefined : await this.native.job(handle);
    // A scheduler that looks seldom at what has come due is made to look.
    if (job?.seen.seen === 'ready' && !(await this.isOnTime(job, folder))) await this.parts.dialect.begin(job);
    // A controller that was killed may have lost a job that it had acknowledged.
    else if (job === undefined && !(await folder.has('run', 'began'))) await this.submit(folder, 'now');
    return handle;
  }

  async observe(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    try {
      return await this.native.see(handles);
    } catch (fault) {
      this.parts.host.log.debug('the folders of sessions can not be seen now', { fault: String(fault) });
      return new Map(handles.map(({ session }) => [session, { seen: 'unknown' }]));
    }
  }

  async cancel(handle: Handle): Promise<void> {
    const { session } = handle;
    const folder = this.folder(session);
    const seen = (await this.native.see([handle])).get(session)?.seen;
    if (seen === 'gone' || seen === 'ended') return;
    const job = await this.native.job(handle);
    if (!(await folder.has('cancel'))) await folder.write('cancel', String(this.parts.host.clock.now()));
    if (job !== undefined && isActive(job)) await this.parts.dialect.cancel(job);
  }

  async release(handle: Handle): Promise<void> {
    const { session } = handle;
    this.unsubmitted.delete(session);
    await this.releases.join();
    const waiting = { clock: this.parts.host.clock, most: patience };
    await patiently(waiting, () => this.native.leave(handle));
    await patiently(waiting, async () => this.parts.dialect.unreserve?.(session));
    const folder = this.folder(session);
    const { user } = nativeOf(handle);
    // As the account that it belongs to: it could have put links where ours would follow them.
    if (user !== undefined && await folder.has('run')) await this.emptied.with(folder.at('run'), user);
    await folder.remove();
  }

  discard(kept: KeptStorageId): Promise<void> {
    return this.kept.discard(kept);
  }

  async check(): Promise<readonly Finding[]> {
    return [...await findingsOf(this.parts), ...await this.parts.dialect.check?.() ?? []];
  }

  handleOf(plan: Plan): Handle {
    const user = this.parts.config.accounts.of(plan.owner)?.user ?? this.parts.config.serviceUser;
    const ports = wantedPorts(plan.executable);
    const native: Native = { ...(user === undefined ? {} : { user }), ...(ports.length > 0 ? { ports } : {}) };
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
    const spread = await this.hostsOf(plan);
    const reservation = await dialect.reserve?.({ session: plan.session, user, pool: poolNameOf(plan), granted: plan.granted, ...spread, during: plan.run, now: host.clock.now() });
    return { ...handle, native: { ...nativeOf(handle), ...spread, ...(reservation === undefined ? {} : { reservation }) } };
  }

  private async write(plan: Plan, folder: SessionFolder, work: Work, { user, reservation, hosts }: Native): Promise<void> {
    const { config, host } = this.parts;
    const account = config.accounts.of(plan.owner)?.account;
    await this.kept.provide(plan, user);
    await layOut(plan, folder, { stage: host.stage, work, config });
    const spread = hosts === undefined ? await this.hostsOf(plan) : { hosts };
    await folder.write('script', scriptOf(plan, folder, config, spread.hosts ?? 1));
    if (user !== undefined) await folder.giveRunTo(await this.numbers.of(user));
    await this.kept.fill(plan, folder, user);
    const job: BatchJob = {
      session: plan.session, pool: poolNameOf(plan), begin: plan.run.start, granted: plan.granted, length: plan.run.end - plan.run.start, folder: folder.at('run'), output: folder.at('run', 'output'), ...spread,
      ...(user === undefined ? {} : { user }), ...(account === undefined ? {} : { account }), ...(reservation === undefined ? {} : { reservation }),
    };
    await folder.write('job.json', JSON.stringify(job));
  }

  private noteUnsubmitted(session: SessionId): void {
    if (this.unsubmitted.size >= mostUnsubmitted) this.unsubmitted.clear();
    this.unsubmitted.add(session);
  }

  private async isOnTime(job: NativeJob, folder: SessionFolder): Promise<boolean> {
    if (job.isTimed !== true) return false;
    const { begin } = await this.submission(folder);
    const isSettled = begin - Number(await folder.read('submitted') ?? Number.NaN) >= settledAfter;
    return this.parts.host.clock.now() - begin < (isSettled ? 0 : overdue);
  }

  /** What is to begin later is timed by the scheduler; what should run by now is left to `start`, which follows. */
  private async submitAhead(folder: SessionFolder): Promise<void> {
    const { begin } = await this.submission(folder);
    if (begin > this.parts.host.clock.now()) await this.submit(folder, begin);
  }

  private async submit(folder: SessionFolder, when: StartOfJob): Promise<void> {
    const [job, script] = [await this.submission(folder), await folder.read('script')];
    if (script === undefined) throw notPrepared(folder.session);
    // Whatever becomes of it: what is submitted again is looked for first.
    this.unsubmitted.delete(folder.session);
    await this.parts.dialect.submit(job, script, when);
    await folder.write('submitted', String(this.parts.host.clock.now()));
  }

  private async submission(folder: SessionFolder): Promise<BatchJob> {
    const text = await folder.read('job.json');
    if (text === undefined) throw notPrepared(folder.session);
    return JSON.parse(text) as BatchJob;
  }

  private pools(): Promise<readonly NativePool[]> {
    const now = this.parts.host.clock.now();
    if (this.known === undefined || now - this.known.at > poolsAge) this.known = { at: now, pools: this.parts.dialect.pools({ start: now, end: now + poolsAge }) };
    const { pools } = this.known;
    // An answer that failed is not believed a second time.
    pools.catch(() => { this.known = undefined; });
    return pools;
  }

  /** Hosts that what is granted is spread over. */
  private async hostsOf(plan: Plan): Promise<{ readonly hosts?: number }> {
    if (!this.parts.dialect.spreads) return {};
    if (plan.hosts !== undefined) return plan.hosts > 1 ? { hosts: plan.hosts } : {};
    const pool = (await this.pools()).find(({ name }) => name === poolNameOf(plan));
    const hosts = pool === undefined ? 1 : hostsFor(plan.granted, pool);
    return hosts > 1 ? { hosts } : {};
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

function notPrepared(session: SessionId): BrokerError {
  return new BrokerError('conflict', 'us', [reason('not-prepared', 'what was prepared for session {session} is not there, or not any more', { session }, { level: 'ERROR' })]);
}

/** `instance/pool` without the instance. */
function poolNameOf(plan: Plan): string {
  const [pool = ''] = plan.pools;
  return pool.slice(pool.indexOf('/') + 1);
}
