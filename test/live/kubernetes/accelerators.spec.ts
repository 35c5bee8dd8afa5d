/** GPUs as a device plugin and its feature discovery show them, on pretended nodes: whole ones on two hosts, slices on a third, none on a fourth. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../support/node.js';
import { aRequest } from '../../support/requests.js';
import type { RequestBuilder } from '../../support/requests.js';
import { applied, busybox, dropNamespace, kubectl, leftOf, makeNamespace } from './bed.js';
import { accepted, final, offerOf, shell, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `gpus-${process.pid}`;
const namespace = `eb-${instance}`;
const scripts = process.env.EB_BED_KUBERNETES_SCRIPTS ?? '';
const a100 = 'nvidia-a100';
const slice = 'nvidia-a100-1g.10gb';
const native = { [a100]: 'nvidia.com/gpu', [slice]: 'nvidia.com/mig-1g.10gb' };
const pretended = { key: 'kwok.x-k8s.io/node', operator: 'Exists' };
const forGpus = { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' };
const pools = [
  { name: 'plain', selector: { 'bed/gpus': 'none' }, tolerations: [pretended] },
  { name: 'whole', selector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB', 'nvidia.com/mig.strategy': 'none' }, tolerations: [pretended, forGpus] },
  { name: 'sliced', selector: { 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB', 'nvidia.com/mig.strategy': 'mixed' }, tolerations: [pretended, forGpus] },
];
const accelerators = [
  { type: a100, memory: 80, resource: native[a100], pools: ['whole'] }, { type: slice, memory: 10, resource: native[slice], pools: ['sliced'] },
];

function nodeOf(name: string, labels: Readonly<Record<string, string>>, devices: Readonly<Record<string, string>>): unknown {
  const amounts = { cpu: '16', memory: '64Gi', pods: '100', 'ephemeral-storage': '100Gi', ...devices };
  const taints = [{ key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' }, ...(Object.keys(devices).length === 0 ? [] : [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }])];
  return {
    apiVersion: 'v1', kind: 'Node', spec: { taints }, status: { allocatable: amounts, capacity: amounts, addresses: [{ type: 'InternalIP', address: '10.244.0.1' }, { type: 'Hostname', address: name }] },
    metadata: { name, annotations: { 'kwok.x-k8s.io/node': 'fake' }, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', type: 'kwok', ...labels } },
  };
}

/** As GPU feature discovery labels them. */
const found = (strategy: string) => ({ 'nvidia.com/gpu.present': 'true', 'nvidia.com/gpu.product': 'NVIDIA-A100-SXM4-80GB', 'nvidia.com/gpu.memory': '81920', 'nvidia.com/mig.strategy': strategy });

/** A pod of others that stays, with GPUs of one host. */
function competitor(host: string, count: number, more: Readonly<Record<string, unknown>> = {}): unknown {
  const amounts = { 'nvidia.com/gpu': String(count) };
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `others-${host}`, labels: { bed: 'others' } },
    spec: { nodeSelector: { 'kubernetes.io/hostname': host }, tolerations: [{ operator: 'Exists' }], terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: busybox, resources: { requests: amounts, limits: amounts } }], ...more },
  };
}

const wish = (type: string, min: number, max = min): RequestBuilder => shell('true').lasting('PT10M').accelerators(type, min, max);
const at = (minutes: number): string => `${new Date(Math.ceil(Date.now() / 60_000 + minutes) * 60_000).toISOString()}/PT0S`;
const told = (set: Json): string => ((set.meta.messages ?? []) as Json[]).map((one) => one.message as string).join('\n');
/** Nodes, quotas and what others use are read again when what is known of them is older than five seconds. */
const untilReadAgain = (): Promise<void> => wait(6000);
const podOf = (session: Json, columns: string): string => kubectl('-n', namespace, 'get', 'pods', '-l', `execution-broker/session=${session.meta.uuid as string},execution-broker/role=payload`, '-o', `jsonpath=${columns}`);

describe('a node beside a cluster with GPUs', () => {
  let node: LiveNode;
  let made: Json[] = [];

  beforeAll(async () => {
    makeNamespace(namespace);
    execFileSync(join(scripts, 'bed.sh'), ['kwok']);
    const nodes = [nodeOf('plain1', { 'bed/gpus': 'none' }, {}), nodeOf('gpu1', found('none'), { 'nvidia.com/gpu': '4' }), nodeOf('gpu2', found('none'), { 'nvidia.com/gpu': '4' }), nodeOf('mig1', found('mixed'), { 'nvidia.com/mig-1g.10gb': '7', 'nvidia.com/gpu': '0' })];
    applied({ apiVersion: 'v1', kind: 'List', items: nodes });
    kubectl('wait', '--for=condition=Ready', 'node', '-l', 'type=kwok', '--timeout=60s');
    // The bed shares its machine, so its pods may be slow to come.
    node = await startLiveNode(instance, namespace, { pools, accelerators, pullEstimate: 'PT1S', patience: 'PT60S' });
  });
  afterAll(async () => {
    await node.stop();
    kubectl('delete', 'nodes', '-l', 'type=kwok', '--wait=false');
    dropNamespace(namespace);
  });

  afterEach(async () => {
    for (const session of made) await node.client.update(session, 'CANCELLED');
    made = [];
    const isCleared = kubectl('-n', namespace, 'delete', 'pods,resourcequotas', '-l', 'bed=others').includes('deleted');
    await expect.poll(() => leftOf(namespace, instance), { timeout: 60_000, interval: 250 }).toEqual([]);
    if (isCleared) await untilReadAgain();
  });

  async function booked(request: RequestBuilder): Promise<Json> {
    const session = await accepted(node, request);
    made.push(session);
    return session;
  }

  async function refused(request: RequestBuilder): Promise<string> {
    const set = await node.client.ask(request);
    expect(set.result).toBe('NO');
    return told(set);
  }

  it('tells which types there are, and offers each where it is, with the memory of each', async () => {
    const { body } = await node.client.get('/capabilities.json');
    expect(JSON.stringify(body)).toContain(`"${slice}"`);
    for (const [type, memory] of [[a100, 80], [slice, 10]] as const) {
      expect((await offerOf(node, wish(type, 1))).compute.accelerators).toEqual([{ type, model: type, count: { min: 1, max: 1 }, memory: { min: memory, max: memory } }]);
    }
  });

  it.each([[a100, 'gpu[12]'], [slice, 'mig1']] as const)('runs a session with two of %s on a host that has them, with exactly these as its limits', async (type, hosts) => {
    const session = await booked(wish(type, 2));
    await expect.poll(() => podOf(session, '{.items[*].spec.nodeName}'), { timeout: 30_000, interval: 100 }).toMatch(new RegExp(`^${hosts}$`));
    const resources = JSON.parse(podOf(session, '{.items[0].spec.containers[0].resources}')) as Record<'limits' | 'requests', Json>;
    expect(resources.limits[native[type]]).toBe('2');
    expect(resources.requests).toEqual(resources.limits);
    expect(Object.keys(resources.limits)).toHaveLength(3);
    const ended = await untilIn(node, session, final);
    expect(ended.phase, JSON.stringify(ended.meta.messages)).toBe('COMPLETED');
  });

  it('runs a session without any on a host without any', async () => {
    const session = await booked(shell('true').lasting('PT10M'));
    await expect.poll(() => podOf(session, '{.items[*].spec.nodeName}'), { timeout: 30_000, interval: 100 }).toBe('plain1');
    expect(podOf(session, '{.items[0].spec.containers[0].resources.limits}')).not.toContain('nvidia');
    await untilIn(node, session, final);
  });

  it('refuses what both hosts have together but none alone, and says how many one has', async () => {
    expect(await refused(wish(a100, 5))).toMatch(/asks for 5 of nvidia-a100, the largest node has 4/);
    expect(await refused(wish(slice, 8))).toMatch(/asks for 8 of nvidia-a100-1g\.10gb, the largest node has 7/);
    const many = aRequest().with({ executable: shell('true').build()['executable'] }).cores(8).lasting('PT10M');
    expect(await refused(many.accelerators(a100, 1).accelerators(slice, 1))).toMatch(/no single node has all/);
  });

  it('gives the GPUs that are left on each host, and none across both', async () => {
    const start = at(30);
    for (let times = 0; times < 2; times += 1) await booked(wish(a100, 3).from(start));
    expect(await refused(wish(a100, 2).from(start))).toMatch(/free|booked|capacity/i);
    for (let times = 0; times < 2; times += 1) await booked(wish(a100, 1).from(start));
    await refused(wish(a100, 1).from(start));
    expect((await offerOf(node, wish(a100, 4).from(at(60)))).compute.accelerators[0].count.max).toBe(4);
  });

  it('sees what others have taken, and goes to the other host', async () => {
    applied(competitor('gpu1', 4), namespace);
    await expect.poll(() => kubectl('-n', namespace, 'get', 'pod', 'others-gpu1', '-o', 'jsonpath={.spec.nodeName}'), { timeout: 10_000 }).toBe('gpu1');
    await untilReadAgain();
    const session = await booked(wish(a100, 4));
    await expect.poll(() => podOf(session, '{.items[*].spec.nodeName}'), { timeout: 30_000, interval: 100 }).toBe('gpu2');
    await untilIn(node, session, final);
  });

  it('gives no more of them than the quota of the namespace, and says that it is the quota', async () => {
    applied({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'gpus', labels: { bed: 'others' } }, spec: { hard: { 'requests.nvidia.com/gpu': '2' } } }, namespace);
    const start = at(30);
    await untilReadAgain();
    expect(await refused(wish(a100, 3).from(start))).toMatch(/quota of the namespace/);
    await booked(wish(a100, 2).from(start));
    await refused(wish(a100, 1).from(start));
    expect((await offerOf(node, wish(slice, 7).from(start))).compute.accelerators[0].count.max).toBe(7);
  });

  it('offers none on a host that was closed', async () => {
    kubectl('cordon', 'gpu1', 'gpu2');
    try {
      await untilReadAgain();
      await refused(wish(a100, 1));
      expect((await node.client.ask(wish(slice, 1))).result).toBe('YES');
    } finally {
      kubectl('uncordon', 'gpu1', 'gpu2');
    }
    await untilReadAgain();
    expect((await node.client.ask(wish(a100, 1))).result).toBe('YES');
  });

  // The last one: places that were refused are not offered again for a minute.
  it('refuses an acceptance where others were faster, in its own words or in those of the scheduler, whoever saw it first', async () => {
    const offer = await offerOf(node, wish(a100, 4));
    for (const host of ['gpu1', 'gpu2']) applied(competitor(host, 1), namespace);
    await expect.poll(() => kubectl('-n', namespace, 'get', 'pods', '-l', 'bed=others', '-o', 'jsonpath={.items[*].spec.nodeName}').split(' ').length, { timeout: 10_000 }).toBe(2);
    const answer = await node.client.update(offer, 'ACCEPTED');
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([409, expect.stringMatching(/Insufficient nvidia\.com\/gpu|others have taken this place/)]);
  });
});
