/** Helm charts as sessions: a namespace for each, the chart installed at its start and uninstalled when it is over. */
import type { KubernetesObject, V1Pod, V1Secret, V1Service } from '@kubernetes/client-node';
import type { Draft, Interval, Plan, PoolId, SessionId } from '#model';
import { BrokerError, kinds, reason } from '#model';
import type { Assessment, Capabilities, Demand, Finding, Handle, Observation, Platform, PlatformHost, PoolCapacity, Work } from '#plugin-sdk';
import type { KubernetesClient } from '../kubernetes.client.js';
import { cancelledNote, instantOf, endsNote, isMadeBy, labelsOf, noteOf, preparedNote, selectorOf, sessionOf } from '../names.js';
import { asBrokerError, isStatus, unlessMissing } from '../api/native-fault.js';
import { patiently } from '../api/patience.js';
import { isLeaving, nameOf } from '../watching/reading.js';
import { chartOf, judgeChartDraft } from './assess.js';
import { isInstalled, isStopped, observeSpace } from './charts.states.js';
import { checkCharts } from './check.js';
import type { HelmConfig } from './config.js';
import { Helm, valuesOf } from './helm.js';
import { installedNote, quotaFor, rangeFor, release, rulesFor, spaceName, spaceOf } from './space.js';

export interface ChartsParts { readonly config: HelmConfig; readonly client: KubernetesClient; readonly host: PlatformHost; close(): Promise<void> }

const second = 1000;
const preparing = { min: 0, max: 10 * second };
/** A namespace takes its time to go. */
const releasing = { min: 0, max: 60 * second };
const awayMost = 10 * second;
const releaseMost = 60 * second;
const leavingTries = 500;
const pause = 500;
/** What has its session's end so far behind it belongs to nobody any more. */
const leftOverAfter = 24 * 3600 * second;
/** Keys of the Secret that a start reads. */
const chartKey = 'chart';
const valuesKey = 'values';

export class ChartsPlatform implements Platform {
  private readonly helm: Helm;
  private readonly underway = new Set<SessionId>();

  constructor(private readonly parts: ChartsParts) {
    this.helm = new Helm(parts.config, parts.host.run);
  }

  /** Nothing, where there is no Helm. */
  async capabilities(): Promise<Capabilities> {
    const version = await this.helm.version();
    if (version === undefined) this.parts.host.log.warn('charts are not offered: there is no Helm 3', { binary: this.parts.config.binary });
    return { executables: version === undefined ? [] : [kinds.helmChart], storage: [], data: [], connectors: ['TCP', 'UDP', 'HTTP', 'HTTPS'], longestRun: this.parts.config.longestRun, capacity: 'owned' };
  }

  capacity(_window: Interval): Promise<readonly PoolCapacity[]> {
    return Promise.resolve([{ pool: this.pool(), total: this.parts.config.total, taken: [] }]);
  }

  assess(draft: Draft): Promise<Assessment> {
    const reasons = judgeChartDraft(draft, this.parts.config);
    if (reasons.length > 0) return Promise.resolve({ fits: false, reasons });
    const { min, max } = draft.need;
    // Its namespace has its quota until it is gone.
    const demand: Demand = { pool: this.pool(), min: sizeOf(min), max: sizeOf(max), during: 'stay' };
    return Promise.resolve({ fits: true, choices: [[demand]], preparing, queued: { min: 0, max: 0 }, releasing });
  }

  prepare(plan: Plan, work: Work): Promise<Handle> {
    return this.native('prepare the namespace', async () => {
      this.underway.add(plan.session);
      try {
        await patiently({ clock: this.parts.host.clock, most: awayMost, signal: work.signal }, () => this.furnish(plan, work));
      } finally {
        this.underway.delete(plan.session);
      }
      return this.handleOf(plan);
    }, work.signal);
  }

  start(handle: Handle): Promise<Handle> {
    return this.native('install the chart', async () => {
      await patiently({ clock: this.parts.host.clock, most: awayMost }, () => this.install(handle.session));
      return handle;
    });
  }

  async observe(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>> {
    try {
      const { client, host } = this.parts;
      const { items } = await client.list('Namespace', { labelSelector: selectorOf(host.instance) });
      const spaces = new Map(items.flatMap((space) => { const session = sessionOf(space); return session === undefined ? [] : [[session, space] as const]; }));
      await this.sweep(items);
      return new Map(await Promise.all(handles.map(async ({ session }) => [session, await this.look(session, spaces.get(session))] as const)));
    } catch (fault) {
      this.parts.host.log.debug('the cluster can not be observed now', { fault: String(fault) });
      return new Map(handles.map(({ session }) => [session, { seen: 'unknown' }]));
    }
  }

  cancel({ session }: Handle): Promise<void> {
    return this.native('stop the session', async () => {
      const space = await this.spaceNow(session);
      if (space === undefined || isLeaving(space)) return;
      if (!isStopped(space)) await this.note(session, cancelledNote, new Date(this.parts.host.clock.now()).toISOString());
      if (isInstalled(space)) await this.helm.uninstall(session);
    });
  }

  release({ session }: Handle): Promise<void> {
    const { client, host } = this.parts;
    const patience = { clock: host.clock, most: releaseMost };
    return this.native('remove what is left', async () => {
      const space = await patiently(patience, () => this.spaceNow(session));
      if (space === undefined) return;
      if (isInstalled(space) && !isLeaving(space)) await patiently(patience, () => this.helm.uninstall(session));
      await patiently(patience, () => client.delete('Namespace', spaceName(session)));
      for (let attempt = 0; attempt < leavingTries; attempt += 1) {
        if (await patiently(patience, () => this.spaceNow(session)) === undefined) return;
        await host.clock.sleep(pause);
      }
      throw new BrokerError('busy', 'time', [reason('still-leaving', 'the namespace of session {session} does not go away', { session }, { level: 'ERROR' })]);
    });
  }

  handleOf({ session }: Plan): Handle {
    return { session, version: 1, native: {} };
  }

  check(): Promise<readonly Finding[]> {
    return checkCharts({ ...this.parts, helm: this.helm });
  }

  async close(): Promise<void> {
    await this.parts.close();
  }

  /** All that bounds the chart stands before anything of it does. */
  private async furnish(plan: Plan, work: Work): Promise<void> {
    const { client, config, host } = this.parts;
    const chart = chartOf(plan.executable, config);
    if (chart === undefined) throw new BrokerError('unavailable', 'operator', [reason('chart-missing', "session {session} needs the chart '{chart}', which is not configured any more", { session: plan.session, chart: plan.executable.chart ?? '' }, { level: 'ERROR' })]);
    const values = valuesOf(plan.executable, chart);
    await this.helm.tryOut({ session: plan.session, chart, values }, (await client.version()).gitVersion);
    work.signal.throwIfAborted();
    await client.create('Namespace', spaceOf(plan, config, host)).catch((fault: unknown) => { if (!isStatus(fault, 409)) throw fault; });
    const inside = client.in(spaceName(plan.session));
    await Promise.all([inside.apply('ResourceQuota', quotaFor(plan)), inside.apply('LimitRange', rangeFor()), inside.apply('NetworkPolicy', rulesFor(config, host.instance))]);
    const labels = labelsOf({ session: plan.session, maker: host, role: 'payload' });
    await inside.apply<V1Secret>('Secret', { apiVersion: 'v1', kind: 'Secret', metadata: { name: `execution-broker-${release}`, labels }, stringData: { [chartKey]: chart.name, [valuesKey]: values } });
    await this.note(plan.session, preparedNote, 'yes');
  }

  /** Written down first: what breaks off here may have been installed. */
  private async install(session: SessionId): Promise<void> {
    const space = await this.spaceNow(session);
    if (space === undefined || isLeaving(space)) throw new BrokerError('conflict', 'us', [reason('not-prepared', 'session {session} is started before it is prepared', { session }, { level: 'ERROR' })]);
    if (isStopped(space)) return;
    const { data = {} } = await this.parts.client.in(spaceName(session)).get<V1Secret>('Secret', `execution-broker-${release}`) ?? {};
    const [name = '', values = '{}'] = [data[chartKey], data[valuesKey]].map((text) => text && Buffer.from(text, 'base64').toString('utf8'));
    const chart = this.parts.config.charts.find((one) => one.name === name);
    if (chart === undefined) throw new BrokerError('unavailable', 'operator', [reason('chart-missing', "session {session} needs the chart '{chart}', which is not configured any more", { session, chart: name }, { level: 'ERROR' })]);
    if (!isInstalled(space)) await this.note(session, installedNote, new Date(this.parts.host.clock.now()).toISOString());
    await this.helm.install({ session, chart, values });
  }

  private async look(session: SessionId, space: KubernetesObject | undefined): Promise<Observation> {
    const { config, host } = this.parts;
    const hasPods = space !== undefined && !isLeaving(space) && isInstalled(space);
    const inside = this.parts.client.in(spaceName(session));
    const [pods, services] = hasPods ? await Promise.all([inside.list<V1Pod>('Pod'), inside.list<V1Service>('Service')]) : [{ items: [] }, { items: [] }];
    return observeSpace({ space, pods: pods.items, services: services.items }, { now: host.clock.now(), patience: config.patience, underway: this.underway.has(session) });
  }

  /** What a crash has left. */
  private async sweep(spaces: readonly KubernetesObject[]): Promise<void> {
    const { host } = this.parts;
    const now = host.clock.now();
    const left = spaces.filter((space) => isMadeBy(space, host) && !isLeaving(space) && now - (instantOf(noteOf(space, endsNote)) ?? now) > leftOverAfter);
    for (const space of left) await this.parts.client.delete('Namespace', nameOf(space));
  }

  private spaceNow(session: SessionId): Promise<KubernetesObject | undefined> {
    return this.parts.client.get('Namespace', spaceName(session));
  }

  private async note(session: SessionId, name: string, text: string): Promise<void> {
    await unlessMissing(this.parts.client.merge('Namespace', spaceName(session), { metadata: { annotations: { [name]: text } } }));
  }

  private pool(): PoolId {
    return `${this.parts.host.instance}/charts` as PoolId;
  }

  private async native<T>(what: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await call();
    } catch (fault) {
      signal?.throwIfAborted();
      throw asBrokerError(fault, what);
    }
  }
}

function sizeOf(amounts: Draft['need']['min']): Draft['need']['min'] {
  return { cores: amounts['cores'] ?? 0, memory: amounts['memory'] ?? 0 };
}
