/** The cluster as far as it may be read, for capacity and assessments. */
import type { V1Job, V1LimitRange, V1Node, V1Pod, V1ResourceQuota } from '@kubernetes/client-node';
import type { Instant, Interval, PoolId, Resources } from '#model';
import { addResources } from '#model';
import type { PlatformHost, PoolCapacity } from '#plugin-sdk';
import { extendedOf, extendedOfQuota } from './accelerators.js';
import { configuredRooms, roomsOf, takenBy } from './capacity.js';
import type { NodeRoom } from './capacity.js';
import type { KubernetesConfig } from '../config.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { instanceLabel, isMadeBy, managedBy, managedLabel } from '../names.js';
import { isStatus } from '../api/native-fault.js';
import { nodePool, storagePool } from './place.js';
import { sizeLimitsOf, withinLimits } from './limit-range.js';
import type { SizeLimits } from './limit-range.js';
import { countQuotaOf, countsFurniture, usedByOthers } from './object-counts.js';
import { countingSessions, isCountedBy, quotaOf, quotaPool, takenOfQuota } from './quota.js';

/** Its make-up is read once in this time for assessments. */
const makeUpAge = 5_000;

/** What changes seldom: which nodes there are, the quota with what it is made of, and what the namespace says of sizes. */
export interface MakeUp { readonly rooms: readonly NodeRoom[]; readonly quota: Resources | undefined; readonly quotas: readonly V1ResourceQuota[]; readonly limits: SizeLimits | undefined }

export class Cluster {
  private known: { readonly at: Instant; readonly makeUp: Promise<MakeUp> } | undefined;
  private told = false;

  /** `jobs`: those of this node's sessions. */
  constructor(private readonly client: KubernetesClient, private readonly config: KubernetesConfig, private readonly host: PlatformHost, private readonly jobs: () => Promise<Iterable<V1Job>>) {}

  makeUp(): Promise<MakeUp> {
    const now = this.host.clock.now();
    if (this.known !== undefined && now - this.known.at <= makeUpAge) return this.known.makeUp;
    const makeUp = this.read();
    this.known = { at: now, makeUp };
    // An answer that failed is not believed a second time.
    makeUp.catch(() => { this.known = undefined; });
    return makeUp;
  }

  async pools(window: Interval): Promise<readonly PoolCapacity[]> {
    const makeUp = this.read();
    this.known = { at: this.host.clock.now(), makeUp };
    const [{ rooms, quota, quotas }, pods] = await Promise.all([makeUp, this.othersPods()]);
    const byHost = groupByHost(pods);
    const { accelerators, likelyRun } = this.config;
    const looking = { window, likelyRun };
    // Of a class without known nodes, what others take can't be told apart.
    const nodes = rooms.map((room): PoolCapacity => {
      const taken = takenBy((room.host === undefined ? [] : byHost.get(room.host) ?? []), { ...looking, extended: extendedOf(room.pool.name, accelerators) });
      return { pool: this.idOf(room), ...(this.config.capacity === 'shared' ? { total: room.total, taken } : { total: withoutServices(room.total, taken), taken: [] }) };
    });
    return [
      ...nodes, ...this.config.storage.map((one): PoolCapacity => ({ pool: storagePool(this.host.instance, one.class), total: { storage: one.size }, taken: [] })),
      ...(quota === undefined ? [] : [{ pool: nodePool(this.host.instance, quotaPool), total: quota, taken: await this.takenOf(quota, { quotas, pods, window }) }]),
    ];
  }

  private async takenOf(quota: Resources, { quotas, pods, window }: { readonly quotas: MakeUp['quotas']; readonly pods: readonly V1Pod[]; readonly window: Interval }): Promise<PoolCapacity['taken']> {
    const { accelerators, likelyRun, namespace } = this.config;
    const own = pods.filter(({ metadata, spec }) => metadata?.namespace === namespace && quotas.some((one) => isCountedBy(spec ?? { containers: [] }, one)));
    const byPods = takenOfQuota(takenBy(own, { window, likelyRun, extended: extendedOfQuota(accelerators), beside: { pods: 1 } }), quota);
    if (!countsFurniture(quota)) return byPods;
    return [...byPods, { interval: { start: window.start, end: Number.POSITIVE_INFINITY }, resources: usedByOthers(quotas, await this.jobs()) }];
  }

  idOf({ pool, host }: NodeRoom): PoolId {
    return nodePool(this.host.instance, pool.name, host);
  }

  private async read(): Promise<MakeUp> {
    const [nodes, all, ranges] = await Promise.all([this.nodes(), this.client.list<V1ResourceQuota>('ResourceQuota'), this.limitRanges()]);
    const { accelerators, hold } = this.config;
    const rooms = this.config.pools.flatMap((pool) => (pool.hosts || pool.elastic ? configuredRooms(pool) : roomsOf(pool, nodes, extendedOf(pool.name, this.config.accelerators))));
    // A node in several classes counts for the first.
    const seen = new Set<string>();
    const once = rooms.filter(({ host }) => host === undefined || (!seen.has(host) && seen.add(host)));
    const quotas = countingSessions(all.items, hold);
    const limits = sizeLimitsOf(ranges, extendedOfQuota(accelerators));
    const quota = { ...quotaOf(quotas, extendedOfQuota(accelerators)), ...countQuotaOf(quotas, this.config) };
    return { rooms: withinLimits(once, limits), quota: Object.keys(quota).length === 0 ? undefined : quota, quotas, limits };
  }

  /** Who may not read them is told by the server's refusal of what does not fit them. */
  private async limitRanges(): Promise<readonly V1LimitRange[]> {
    try {
      return (await this.client.list<V1LimitRange>('LimitRange')).items;
    } catch (fault) {
      if (!isStatus(fault, 403)) throw fault;
      return [];
    }
  }

  private async nodes(): Promise<readonly V1Node[]> {
    if (this.config.pools.every(({ hosts, elastic }) => hosts !== undefined || elastic !== undefined)) return [];
    // From the server's memory: a node that came a moment ago may wait for the next look.
    return (await this.client.list<V1Node>('Node', { resourceVersion: '0' })).items;
  }

  /** Everybody's where that right is given; else those of the namespace, and the rest of the cluster is taken for free. */
  private async othersPods(): Promise<readonly V1Pod[]> {
    const query = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed', resourceVersion: '0' };
    try {
      return this.ofOthers((await this.client.list<V1Pod>('Pod', query, true)).items);
    } catch (fault) {
      if (!isStatus(fault, 403)) throw fault;
      if (!this.told) this.host.log.warn("pods of other namespaces may not be read, so what others use is not seen; grant 'list pods' cluster-wide", { instance: this.host.instance });
      this.told = true;
      return this.ofOthers((await this.client.list<V1Pod>('Pod', query)).items);
    }
  }

  private ofOthers(pods: readonly V1Pod[]): readonly V1Pod[] {
    return pods.filter((pod) => {
      const { metadata } = pod;
      const labels = metadata?.labels ?? {};
      const isOfName = metadata?.namespace === this.config.namespace && labels[managedLabel] === managedBy && labels[instanceLabel] === this.host.instance;
      return !(isOfName && isMadeBy(pod, this.host));
    });
  }
}

/** Nodes are almost always called as their host. */
function groupByHost(pods: readonly V1Pod[]): ReadonlyMap<string, readonly V1Pod[]> {
  const groups = new Map<string, V1Pod[]>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName;
    if (node === undefined) continue;
    const group = groups.get(node);
    if (group === undefined) groups.set(node, [pod]);
    else group.push(pod);
  }
  return groups;
}

/** Where only this broker schedules, others' pods are the system's own, and stay. */
function withoutServices(total: Resources, taken: PoolCapacity['taken']): Resources {
  const kept = taken.filter(({ interval }) => interval.end === Number.POSITIVE_INFINITY).reduce<Resources>((sum, { resources }) => addResources(sum, resources), {});
  return Object.fromEntries(Object.entries(total).map(([name, amount]) => [name, Math.max(0, amount - (kept[name] ?? 0))]));
}
