/** A namespace of a Kubernetes cluster as a platform: a suspended Job for each session, its place held by a placeholder. */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { Draft, Instant, Interval, KeptStorageId, Milliseconds, Plan, SessionId } from '#model';
import { BrokerError, kinds, kindsOf, reason } from '#model';
import type { Assessment, Capabilities, Finding, Handle, Observation, Platform, PlatformHost, PoolCapacity, Work } from '#plugin-sdk';
import { judgeDraft } from './assess.js';
import { letGoAhead } from './payload/awaiting.js';
import { checkCluster } from './check.js';
import { Cluster } from './capacity/cluster.js';
import { judgeSize } from './capacity/limit-range.js';
import type { KubernetesConfig } from './config.js';
import { hintsOf } from './watching/hints.js';
import { Holding } from './steps/holding.js';
import { jobOf } from './steps/job.js';
import { discardKept, reaching } from './storage/kept-claims.js';
import type { KubernetesClient } from './kubernetes.client.js';
import { NameLease } from './lease/name-lease.js';
import { hasBegun, isCancelled, isOver, lacksPod, StateTable } from './kubernetes.states.js';
import { outputOf } from './steps/logs.js';
import { cancelledNote, isMadeBy } from './names.js';
import { asBrokerError, unlessMissing } from './api/native-fault.js';
import { withContainer } from './payload/notebook.js';
import { patiently } from './api/patience.js';
import { choicesOf, KnownPlaces, tooBig } from './placing.js';
import type { Placing } from './placing.js';
import { Preparing } from './steps/preparing.js';
import type { Uploads } from './steps/stager.js';
import { releaseSession, sweep } from './steps/releasing.js';
import { refusalOfPods } from './watching/refused-pods.js';
import { Snapshots } from './watching/snapshot.js';
import type { Snapshot } from './watching/snapshot.js';
import { Starting } from './steps/starting.js';
import type { Native } from './steps/starting.js';
import { Tokens } from './ways-in/tokens.js';

export interface KubernetesParts { readonly config: KubernetesConfig; readonly client: KubernetesClient; readonly uploads: Uploads; readonly host: PlatformHost; close(): Promise<void> }

const handleVersion = 1;
const second = 1000;
/** A start that is offered at once waits so long for its acceptance at least. */
const soon = 5 * second;
/** A server that is restarted is waited for so long at each step. */
const awayMost = 10 * second;

export class KubernetesPlatform implements Platform {
  protected readonly holding: Holding | undefined;
  protected readonly starting: Starting;
  private readonly snapshots: Snapshots;
  private readonly states: StateTable;
  private readonly tokens: Tokens;
  private readonly cluster: Cluster;
  private readonly placing: Placing;
  private readonly places: KnownPlaces;
  private readonly preparing: Preparing;
  private readonly lease: NameLease;
  private readonly closing = new AbortController();
  private sweptAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(protected readonly parts: KubernetesParts) {
    const { config, client, uploads, host } = parts;
    this.snapshots = new Snapshots(client, host.instance, host.clock);
    this.states = new StateTable(host.log);
    this.tokens = new Tokens(client, host.log);
    this.lease = new NameLease({ client, host });
    const cluster = this.cluster = new Cluster(client, config, host, () => this.ownJobs());
    this.placing = { config, instance: host.instance, idOf: (room) => cluster.idOf(room) };
    this.places = new KnownPlaces(this.placing);
    this.holding = config.hold && new Holding({ config, client, snapshots: this.snapshots, host }, config.hold);
    this.starting = new Starting({ client, host, holding: this.holding, displacing: config.hold?.displacing, snapshots: this.snapshots });
    this.preparing = new Preparing({ config, client, uploads, host, holding: this.holding, snapshots: this.snapshots });
  }

  capabilities(): Promise<Capabilities> {
    const { storage, kept, stager, longestRun, capacity, notebook, accelerators, hold } = this.parts.config;
    return Promise.resolve({
      executables: [kinds.dockerContainer, ...(notebook ? [kinds.jupyterNotebook] : [])], storage: [...(storage.length > 0 ? [kinds.simpleStorage] : []), ...(kept ? [kinds.persistentStorage] : [])],
      ...(kept ? { keeps: { gib: kept.size, longest: kept.longest, sharing: kept.mode === 'ReadWriteMany' } } : {}), data: stager ? kindsOf('data') : [],
      connectors: ['TCP', 'UDP', 'HTTP', 'HTTPS'], longestRun, capacity, accelerators,
      ...(hold ? { approachTime: letGoAhead } : {}),
    });
  }

  capacity(window: Interval): Promise<readonly PoolCapacity[]> {
    return this.native('read its capacity', async () => {
      await this.lease.look();
      const { refusal } = this.lease;
      if (refusal) throw new BrokerError('conflict', 'operator', [refusal]);
      return this.cluster.pools(window);
    });
  }

  async assess(draft: Draft): Promise<Assessment> {
    const { refusal } = this.lease;
    const reasons = [...(refusal ? [refusal] : []), ...judgeDraft(draft, this.parts.config)];
    if (reasons.length > 0) return { fits: false, reasons };
    const makeUp = await this.native('read its nodes', () => this.cluster.makeUp());
    const odd = judgeSize(draft, makeUp.limits);
    if (odd.length > 0) return { fits: false, reasons: odd };
    const { large, choices } = this.places.of(draft, makeUp);
    if (large.length === 0) return { fits: false, reasons: tooBig(draft, makeUp, this.parts.config) };
    const fitting = await this.native('find its storage', () => reaching(this.parts.client, draft, large));
    if (fitting.length === 0) return { fits: false, reasons: [reason('storage-unreachable', 'no node that is large enough reaches the kept storage', {}, { path: 'storage' })] };
    return {
      fits: true, choices: fitting === large ? choices : choicesOf(draft, fitting, makeUp, this.placing), queued: { min: 0, max: 0 },
      preparing: { min: 0, max: preparingTime(draft, this.parts.config) }, releasing: { min: 0, max: this.parts.config.stopGrace + 5 * second },
    };
  }

  prepare(plan: Plan, work: Work): Promise<Handle> {
    return this.native('prepare the session', async () => {
      await patiently({ clock: this.parts.host.clock, most: awayMost, signal: work.signal }, () => this.preparing.prepare(plan, work));
      return this.handleOf(plan);
    }, work.signal);
  }

  start(handle: Handle): Promise<Handle> {
    return this.native('start the session', async () => {
      await patiently({ clock: this.parts.host.clock, most: awayMost }, () => this.starting.start(handle));
      return handle;
    });
  }

  async observe(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    try {
      const snapshot = await this.snapshotFor(handles);
      await this.sweep(snapshot);
      const how = { now: this.parts.host.clock.now(), patience: this.parts.config.patience };
      const seen = handles.map(async ({ session }) => {
        const view = { job: snapshot.jobs.get(session), pod: snapshot.payloads.get(session) };
        const judging = { ...how, underway: this.preparing.underway.has(session) };
        const refused = lacksPod(view, judging) ? await refusalOfPods(this.parts.client, session) : undefined;
        return [session, await this.tokens.fill(session, this.states.observe(view, { ...judging, refused }))] as const;
      });
      return new Map(await Promise.all(seen));
    } catch (fault) {
      this.parts.host.log.debug('the cluster can not be observed now', { fault: String(fault) });
      return new Map(handles.map(({ session }) => [session, { seen: 'unknown' }]));
    }
  }

  cancel({ session }: Handle): Promise<void> {
    return this.native('stop the session', async () => {
      const { jobs, payloads } = await this.snapshots.take();
      const [job, pod] = [jobs.get(session), payloads.get(session)];
      if (pod !== undefined && isOver(pod)) return;
      if (job !== undefined && job.metadata?.deletionTimestamp === undefined) await this.markCancelled(job, pod);
      if (pod !== undefined && hasBegun(pod)) await this.endPayload(pod);
    });
  }

  release({ session }: Handle): Promise<void> {
    const { client, host } = this.parts;
    this.tokens.forget(session);
    return this.native('remove what is left', () => releaseSession({ client, snapshots: this.snapshots, host }, session));
  }

  discard(kept: KeptStorageId): Promise<void> {
    const { client, host } = this.parts;
    return this.native('remove kept storage', () => discardKept({ client, instance: host.instance }, kept));
  }

  handleOf(plan: Plan): Handle {
    const native: Native = { ends: plan.run.end };
    return { session: plan.session, version: handleVersion, native };
  }

  async* logs({ session }: Handle, { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<string> {
    const find = async (): Promise<V1Pod | undefined> => (await this.snapshots.take()).payloads.get(session);
    try {
      yield* outputOf(this.parts.client, { follow, signal, clock: this.parts.host.clock, log: this.parts.host.log, find });
    } catch (fault) {
      if (!signal.aborted) throw asBrokerError(fault, 'read the output');
    }
  }

  async* changes(signal: AbortSignal): AsyncIterable<SessionId> {
    const ending = AbortSignal.any([signal, this.closing.signal]);
    const kept = this.lease.keep(ending);
    yield* hintsOf(this.parts.client, this.parts.host, ending, this.snapshots.mirror);
    await kept;
  }

  check(): Promise<readonly Finding[]> {
    return checkCluster(this.parts);
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('the platform is closed'));
    await this.lease.giveBack();
    await this.parts.close();
  }

  protected async native<T>(what: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await call();
    } catch (fault) {
      signal?.throwIfAborted();
      throw asBrokerError(fault, what);
    }
  }

  private async ownJobs(): Promise<Iterable<V1Job>> {
    const { jobs } = await this.snapshots.recent(5 * second);
    return [...jobs.values()].filter((job) => isMadeBy(job, this.parts.host));
  }

  /** Watches tell of one session at a time, and a sweep looks at all: that is done once a second. */
  private async sweep(snapshot: Snapshot): Promise<void> {
    const { client, host } = this.parts;
    const now = host.clock.now();
    if (snapshot.isTold && Math.abs(now - this.sweptAt) < second) return;
    this.sweptAt = now;
    await sweep({ client, snapshots: this.snapshots, host }, snapshot).catch((fault: unknown) => {
      host.log.warn('what is left over could not be removed; it is tried again', { fault: String(fault) });
    });
  }

  /** That something is gone is believed of a list only. */
  private async snapshotFor(handles: readonly Handle[]): Promise<Snapshot> {
    const seen = await this.snapshots.latest();
    const hasAll = !seen.isTold || handles.every(({ session }) => seen.jobs.has(session) || seen.payloads.has(session));
    return hasAll ? seen : this.snapshots.take();
  }

  /** Written down first: a start that comes later must see it. What has not begun is taken back. */
  private async markCancelled(job: V1Job, pod: V1Pod | undefined): Promise<void> {
    if (isCancelled(job)) return;
    const change = { metadata: { annotations: { [cancelledNote]: new Date(this.parts.host.clock.now()).toISOString() } }, ...(pod !== undefined && hasBegun(pod) ? {} : { spec: { suspend: true } }) };
    await unlessMissing(this.parts.client.merge('Job', job.metadata?.name ?? '', change));
  }

  /** A deadline in the past: its node asks it to stop, forces it after its grace, and keeps its output, which deleting it would lose. */
  private async endPayload(pod: V1Pod): Promise<void> {
    if (pod.spec?.activeDeadlineSeconds === 1) return;
    await unlessMissing(this.parts.client.merge('Pod', pod.metadata?.name ?? '', { spec: { activeDeadlineSeconds: 1 } }));
  }
}

/** The same with native holds; apart, as a power is declared by being there. */
export class HoldingKubernetesPlatform extends KubernetesPlatform {
  /**
   * What would be prepared now is held now, so that an acceptance means something. Later ones are held from preparing on: until then
   * the place may be another session's.
   */
  reserve(plan: Plan): Promise<Handle> {
    return this.native('hold the place', async () => {
      const { config, host } = this.parts;
      const isDue = plan.run.start - host.clock.now() <= preparingTime(plan, config) + soon;
      if (isDue && this.holding) await this.placeOrLeave(this.holding, plan);
      return this.handleOf(plan);
    });
  }

  approach(handle: Handle): Promise<void> {
    return this.native('make the start ready', () => this.starting.approach(handle));
  }

  private async placeOrLeave(holding: Holding, plan: Plan): Promise<void> {
    try {
      const { config, client, host } = this.parts;
      const job = jobOf(withContainer(plan, config), config, { maker: host, now: host.clock.now(), isComplete: true, ahead: client.serverClock.ahead });
      await holding.place({ session: plan.session, start: plan.run.start, job });
    } catch (fault) {
      await holding.remove(plan.session);
      throw fault;
    }
  }
}

/** With a hold, images are brought while preparing; without, the start has to wait for them. */
function preparingTime(draft: Draft, { hold, pullEstimate }: KubernetesConfig): Milliseconds {
  const staging = draft.data.reduce((sum, data) => sum + data.estimate, 0);
  const needed = 2 * second + (hold ? pullEstimate : 0) + (draft.storage.length > 0 ? 5 * second : 0) + staging;
  return Math.max(needed, hold?.ahead ?? 0);
}
