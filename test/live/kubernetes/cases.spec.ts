/** What is special here: places that are held, outcomes with their reasons, storage, secrets, objects of others, answers that were lost. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ComponentId, Draft, Executable, Plan, PlannedVolume, PoolId } from '#model';
import { kinds } from '#model';
import type { Handle, Observation, Platform } from '#plugin-sdk';
import { aComponentId, aDraft, aPlan, quietWork, someData, someStorage } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { kubernetesPlugin } from '#platforms/kubernetes';
import { systemClock } from '#runtime';
import { applied, bedConfig, bedHost, busybox, dropNamespace, kubectl, leftOf, makeNamespace, sh } from './bed.js';

const instance = `cases-${process.pid}`;
const namespace = `eb-${instance}`;
const data = new Map<string, Uint8Array>([['mem:stars', Buffer.from('a,b\n1,2\n')], ['mem:large', Buffer.alloc(3_000_000, 'x')]]);

let host: TestHost;
let platform: Platform;
let handles: Handle[];

const make = (more: Readonly<Record<string, unknown>> = {}): Platform => kubernetesPlugin.create(kubernetesPlugin.parseConfig(bedConfig(namespace, more)), host);

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });

beforeEach(async () => {
  host = await bedHost(instance, data);
  platform = make();
  handles = [];
});

afterEach(async () => {
  for (const handle of handles) await platform.release(handle);
  kubectl('-n', namespace, 'delete', 'jobs,pods,resourcequotas', '-l', 'bed=others', '--wait=false');
  expect(leftOf(namespace, instance)).toEqual([]);
  await platform.close?.();
  await host.close();
});

function planOf(executable: Executable, more: Partial<Draft> = {}, where: { readonly start?: number; readonly length?: number; readonly granted?: Plan['granted'] } = {}): Plan {
  const pools = [`${instance}/cpu.node1`, `${instance}/storage.hostpath`] as PoolId[];
  const plan = { ...aPlan(aDraft(executable, more), { platform: instance, pools, start: where.start ?? systemClock.now(), length: where.length ?? 60_000 }), granted: where.granted ?? { cores: 1, memory: 1 } };
  handles.push(platform.handleOf(plan));
  return plan;
}

async function run(executable: Executable, more: Partial<Draft> = {}, where: Parameters<typeof planOf>[2] = {}): Promise<Handle> {
  return platform.start(await platform.prepare(planOf(executable, more, where), quietWork()));
}

async function see(handle: Handle): Promise<Observation> {
  return (await platform.observe([handle])).get(handle.session) ?? { seen: 'unknown' };
}

async function until(handle: Handle, word: Observation['seen']): Promise<Observation> {
  await expect.poll(async () => (await see(handle)).seen, { timeout: 60_000, interval: 100 }).toBe(word);
  return see(handle);
}

async function output(handle: Handle): Promise<string> {
  let all = '';
  for await (const piece of platform.logs?.(handle, { follow: false, signal: new AbortController().signal }) ?? []) all += piece;
  return all;
}

const others = (name: string, command: string, cores: string, more: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'batch/v1', kind: 'Job', metadata: { name, labels: { bed: 'others' } },
  spec: {
    parallelism: 4, completions: 400, ...more,
    template: { metadata: { labels: { bed: 'others', name } }, spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: busybox, command: ['sh', '-c', command], resources: { requests: { cpu: cores } } }] } },
  },
});
const phases = (label: string): string => kubectl('-n', namespace, 'get', 'pods', '-l', label, '-o', 'jsonpath={.items[*].status.phase}');
const booted = (): number => Date.now() - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
const longRun = "trap 'exit 0' TERM; while :; do sleep 0.2; done";

describe('a place that is held', () => {
  it('is not taken by others who wait for any, and the session starts in time without displacing anybody else', async () => {
    const plan = planOf(sh('echo ran; sleep 1'), {}, { start: systemClock.now() + 6_000 });
    const reserved = await platform.reserve?.(plan);
    const handle = await platform.prepare(plan, quietWork(), reserved);
    applied(others('small', 'exec sleep 300', '500m', { completions: 2, parallelism: 2 }), namespace);
    applied(others('greedy', 'exec sleep 1', '900m'), namespace);
    await expect.poll(() => phases('name=small'), { timeout: 10_000 }).toBe('Running Running');
    await systemClock.sleep(plan.run.start - systemClock.now());
    await platform.start(handle);
    await until(handle, 'running');
    expect(systemClock.now() - plan.run.start).toBeLessThan(10_000);
    expect(phases('name=small')).toBe('Running Running');
    expect(kubectl('-n', namespace, 'get', 'events', '--field-selector', 'reason=Preempted', '-o', 'jsonpath={.items[*].involvedObject.name}')).toContain(`eb-${handle.session}-hold`);
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'succeeded' });
    expect(await output(handle)).toBe('ran\n');
  });

  it('is gone to before the start, where the session waits on its node and begins in time although nobody starts it any more', async () => {
    const plan = planOf(sh("cut -d' ' -f1 /proc/uptime"), {}, { start: Math.ceil(systemClock.now() / 1000) * 1000 + 12_000 });
    const handle = await platform.prepare(plan, quietWork());
    for (let times = 0; times < 2; times += 1) await platform.approach?.(handle);
    await expect.poll(() => kubectl('-n', namespace, 'get', 'pods', '-l', `execution-broker/session=${handle.session},execution-broker/role=payload`, '-o', 'jsonpath={.items[*].status.initContainerStatuses[*].state.running.startedAt}'), { timeout: 8_000 }).not.toBe('');
    expect((await see(handle)).seen).toBe('queued');
    await until(handle, 'ended');
    const late = booted() + Number((await output(handle)).trim()) * 1000 - plan.run.start;
    // The node counts hundredths.
    expect([late > -20, late < 2_000], String(late)).toEqual([true, true]);
  });

  it('is refused with the words of the scheduler where others are already, and leaves nothing', async () => {
    applied(others('full', 'exec sleep 300', '1500m', { completions: 1, parallelism: 1 }), namespace);
    await expect.poll(() => phases('name=full'), { timeout: 10_000 }).toBe('Running');
    const plan = planOf(sh('true'));
    await expect(platform.reserve?.(plan)).rejects.toMatchObject({ word: 'conflict', reasons: [{ kind: 'urn:execution-broker:reason:not-held' }] });
    expect(kubectl('-n', namespace, 'get', 'pods', '-l', `execution-broker/session=${plan.session}`, '-o', 'name')).toBe('');
  });

  it('is held again before the start when its placeholder was deleted', async () => {
    const handle = await platform.prepare(planOf(sh('echo ran')), quietWork());
    kubectl('-n', namespace, 'delete', 'pod', `eb-${handle.session}-hold`, '--wait=true');
    await platform.start(handle);
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'succeeded' });
  });

  it('far ahead is held from preparing on, not from acceptance', async () => {
    const plan = planOf(sh('true'), {}, { start: systemClock.now() + 3_600_000 });
    await platform.reserve?.(plan);
    expect(leftOf(namespace, instance)).toEqual([]);
  });
});

describe('a session', () => {
  it('runs restricted, with no token, with its words untouched and its secrets in a Secret', async () => {
    const handle = await run(sh('id -u; echo "$A|$API_TOKEN|$EB_SESSION"; ls /var/run/secrets 2>/dev/null; grep -c "NoNewPrivs.*1" /proc/self/status; echo "$$(A)" | wc -c', { environment: { A: '$(HOME) $$', API_TOKEN: 'hush' } }));
    await until(handle, 'ended');
    expect((await output(handle)).split('\n').slice(0, 3)).toEqual(['65534', `$(HOME) $$|hush|${handle.session}`, '1']);
    const pod = kubectl('-n', namespace, 'get', 'pods', '-l', `execution-broker/session=${handle.session}`, '-o', 'yaml');
    expect(pod).not.toContain('hush');
    expect(pod).toContain('qosClass: Guaranteed');
  });

  it('that used more memory than it has says so, also when a shell survived', async () => {
    const handle = await run(sh('tail /dev/zero; exit 0'), {}, { granted: { cores: 1, memory: 1 } });
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'failed', reason: { kind: 'urn:execution-broker:reason:out-of-memory' } });
  });

  it('whose command is not in the image says so', async () => {
    const handle = await run({ ...sh('true'), command: ['/there/is/none'] });
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'failed', reason: { kind: 'urn:execution-broker:reason:command-not-found', path: 'executable.command' } });
  });

  it('that would run as root is refused with that word', async () => {
    const strict = make({ security: {} });
    const plan = planOf(sh('true'));
    await expect(strict.prepare(plan, quietWork())).rejects.toMatchObject({ fixer: 'caller', message: expect.stringContaining('root') as string });
    await strict.close?.();
  });

  it('keeps its output when it is cancelled, and is asked politely', async () => {
    const handle = await run(sh("trap 'echo asked; exit 0' TERM; echo began; while :; do sleep 0.1; done"));
    await until(handle, 'running');
    await platform.cancel(handle);
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'cancelled' });
    expect(await output(handle)).toBe('began\nasked\n');
  });

  it('that was cancelled while it was ready never runs', async () => {
    const handle = await platform.prepare(planOf(sh('echo ran')), quietWork());
    await platform.cancel(handle);
    await platform.start(handle);
    expect(await see(handle)).toMatchObject({ seen: 'ended', outcome: 'cancelled' });
  });

  it('is ended by its node some seconds after its time when there is no broker', async () => {
    const handle = await run(sh(longRun), {}, { length: 1_000 });
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'failed', reason: { kind: 'urn:execution-broker:reason:time-limit' } });
  });

  it('whose pod was deleted by somebody else is evicted and does not run again', async () => {
    const handle = await run(sh('exec sleep 600'));
    await until(handle, 'running');
    kubectl('-n', namespace, 'delete', 'pod', '-l', `execution-broker/session=${handle.session},execution-broker/role=payload`, '--wait=true');
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'evicted', reason: { kind: 'urn:execution-broker:reason:pod-deleted' } });
  });

  it('that has to make room for something more important is evicted, with that reason', async () => {
    applied({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'bed-urgent' }, value: 900_000 });
    const handle = await run(sh(longRun), {}, { granted: { cores: 2, memory: 1 } });
    await until(handle, 'running');
    const urgent = others('urgent', 'exec sleep 1', '1500m', { completions: 1, parallelism: 1 });
    Object.assign(urgent.spec.template.spec, { priorityClassName: 'bed-urgent' });
    applied(urgent, namespace);
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'evicted', reason: { kind: 'urn:execution-broker:reason:preempted' } });
  });

  it('finds no pod where a quota is in the way, and says so', async () => {
    applied({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'tight', labels: { bed: 'others' } }, spec: { hard: { 'count/pods': '0' } } }, namespace);
    await expect(platform.prepare(planOf(sh('true')), quietWork())).rejects.toMatchObject({ fixer: 'time', message: expect.stringContaining('exceeded quota') as string });
  });
});

describe('storage', () => {
  const volume = (path: string, storage: ComponentId, more: Partial<PlannedVolume> = {}): PlannedVolume => ({ id: aComponentId(), path, mode: 'READWRITE', storage, ...more });

  it('has its data, whole and alone, can be written where it may be, and is gone with the session', async () => {
    const stars = someData(kinds.simpleData, 'mem:stars', { fileName: 'stars.csv' });
    const large = someData(kinds.simpleData, 'mem:large', { fileName: 'large data' });
    const storage = someStorage(kinds.simpleStorage, 1, [stars, large]);
    const volumes = [volume('/all', storage.id), volume('/in', storage.id, { mode: 'READONLY', data: stars.id })];
    const text = 'cat /all/stars.csv; wc -c <"/all/large data"; ls /in; cat /in/stars.csv; echo new >/all/new && echo written; echo x >/in/x || echo refused';
    const handle = await run(sh(text), { storage: [storage], data: [stars, large], volumes });
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'succeeded' });
    expect((await output(handle)).split('\n').filter((line) => !line.includes('Read-only'))).toEqual(['a,b', '1,2', '3000000', 'stars.csv', 'a,b', '1,2', 'written', 'refused', '']);
    expect(leftOf(namespace, instance).join(' ')).toContain('persistentvolumeclaim');
  });
});

// Its image pretends to be Jupyter: no real one can be had offline.
describe('a notebook', () => {
  const address = 'https://example.org/first.ipynb';

  it('is served at a way in of its own, to who has its token only', async () => {
    data.set(address, Buffer.from('{"cells":[]}'));
    const handle = await run({ kind: kinds.jupyterNotebook, location: address });
    await expect.poll(async () => JSON.stringify(await see(handle)), { timeout: 30_000, interval: 100 }).toContain('AVAILABLE');
    const seen = await see(handle);
    const location = seen.seen === 'running' ? seen.connectors?.[0]?.location ?? '' : '';
    expect(location).toMatch(/\/lab\/tree\/first\.ipynb\?token=[0-9a-f]{48}$/);
    await expect.poll(async () => (await fetch(location)).text(), { timeout: 10_000 }).toBe('{"cells":[]}');
    expect((await fetch(location.replace(/token=.*/, 'token=guessed'))).status).toBe(403);
    expect(kubectl('-n', namespace, 'get', 'jobs,pods', '-o', 'yaml')).not.toContain(location.split('token=')[1]);
  });
});

describe('the broker', () => {
  it('finds what a lost prepare left, and runs it once', async () => {
    const plan = planOf(sh('echo ran'));
    await platform.prepare(plan, quietWork());
    const again = make();
    const handle = await again.start(await again.prepare(plan, quietWork()));
    await platform.start(handle);
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'succeeded' });
    await platform.start(handle);
    expect(await output(handle)).toBe('ran\n');
    await again.close?.();
  });

  it('shows what others take of a node, and for how long', async () => {
    const job = others('long', 'exec sleep 300', '700m', { completions: 1, parallelism: 1 });
    Object.assign(job.spec.template.spec, { activeDeadlineSeconds: 500 });
    applied(job, namespace);
    await expect.poll(() => phases('name=long'), { timeout: 10_000 }).toBe('Running');
    const now = systemClock.now();
    const [pool] = await platform.capacity({ start: now, end: now + 60_000 });
    expect(pool).toMatchObject({ pool: `${instance}/cpu.node1`, total: { cores: 2, memory: 8 }, taken: [{ resources: { cores: 1 } }] });
    expect(pool?.taken[0]?.interval.end).toBeGreaterThan(now + 400_000);
  });

  it('reads nodes where it may, with their GPUs, and runs on them', async () => {
    const reading = make({ pools: [{ name: 'all', keep: { memory: 1 } }], resources: { 'nvidia.com/gpu': 'gpu' } });
    const now = systemClock.now();
    const pools = await reading.capacity({ start: now, end: now + 60_000 });
    expect(pools.map(({ pool }) => pool)).toEqual([`${instance}/all.node1`, `${instance}/storage.hostpath`]);
    expect(pools[0]?.total).toMatchObject({ cores: 2, gpu: 2 });
    const size = { cores: 1, memory: 1, gpu: 1 };
    const plan = { ...aPlan(aDraft(sh('true'), { need: { min: size, max: size } }), { platform: instance, pools: [`${instance}/all.node1` as PoolId], start: now, length: 60_000 }), granted: size };
    const handle = await reading.start(await reading.prepare(plan, quietWork()));
    handles.push(handle);
    expect(await until(handle, 'ended')).toMatchObject({ outcome: 'succeeded' });
    expect(kubectl('-n', namespace, 'get', 'job', `eb-${plan.session}`, '-o', 'jsonpath={.spec.template.spec.containers[0].resources.limits}')).toContain('"nvidia.com/gpu":"1"');
    await reading.close?.();
  });

  it('refuses what no single node holds, though all together would', async () => {
    const small = make({ pools: [{ name: 'cpu', hosts: [{ name: 'node1', cores: 2, memory: 8 }, { name: 'node2', cores: 2, memory: 8 }] }] });
    const size = { cores: 3, memory: 1 };
    expect(await small.assess(aDraft(sh('true'), { need: { min: size, max: size } }))).toMatchObject({ fits: false, reasons: [{ path: 'compute.cores.min' }] });
    await small.close?.();
  });

  it('counts the quota of the namespace beside the nodes', async () => {
    applied({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'half', labels: { bed: 'others' } }, spec: { hard: { 'requests.cpu': '1' } } }, namespace);
    const fresh = make();
    const now = systemClock.now();
    expect((await fresh.capacity({ start: now, end: now + 60_000 })).at(-1)).toMatchObject({ pool: `${instance}/quota`, total: { 'quota-cores': 1 } });
    const size = { cores: 2, memory: 1 };
    expect(await fresh.assess(aDraft(sh('true'), { need: { min: size, max: size } }))).toMatchObject({ fits: false });
    expect(await fresh.assess(aDraft(sh('true'), { need: { min: { cores: 1, memory: 1 }, max: size } }))).toMatchObject({ fits: true, choices: [[{ min: { cores: 1 }, max: { cores: 1 } }, { min: { 'quota-cores': 1 } }]] });
    await fresh.close?.();
  });

  it('keeps one network policy for all sessions', async () => {
    await platform.prepare(planOf(sh('true')), quietWork());
    expect(kubectl('-n', namespace, 'get', 'networkpolicy', '-o', 'jsonpath={.items[*].spec.egress[0].to[0].ipBlock.except}')).toBe('["169.254.0.0/16"]');
  });

  it('leaves objects of others alone, also such as are called like its own', async () => {
    const plan = planOf(sh('true'));
    applied({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `eb-${plan.session}`, labels: { bed: 'others' } } }, namespace);
    await platform.release(await platform.prepare(plan, quietWork()));
    expect(kubectl('-n', namespace, 'get', 'configmap', `eb-${plan.session}`, '-o', 'name')).not.toBe('');
  });
});
