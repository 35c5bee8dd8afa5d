/** Charts as sessions on a real cluster: a namespace each, installed at the start, uninstalled when they are over (UC-40). */
import { resolve, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executable, Plan, PoolId } from '#model';
import { kinds } from '#model';
import type { Handle, Observation, Platform } from '#plugin-sdk';
import { aDraft, aPlan, quietWork } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { helmPlugin } from '#platforms/kubernetes';
import { systemClock } from '#runtime';
import { runCommand } from '../../../apps/broker/src/run-command.js';
import { bedHost, kubeconfig, kubectl } from './bed.js';

const instance = `charts-${process.pid}`;
const chart = { name: 'pipeline', chart: resolve(import.meta.dirname, 'pipeline'), values: { image: 'bed.local/busybox:1' }, schema: { type: 'object', additionalProperties: false, properties: { text: { type: 'string' }, cores: { type: 'string' }, reach: { type: 'string' } } } };
const helm = join(process.env.EB_BED_KUBERNETES_BIN ?? '', 'helm');
let host: TestHost;
let platform: Platform;

const make = (more: Readonly<Record<string, unknown>> = {}): Platform => helmPlugin.create(helmPlugin.parseConfig({ kubeconfig, binary: helm, cores: 2, memory: 4, charts: [chart], patience: 'PT20S', ...more }), { ...host, run: runCommand });
beforeAll(async () => {
  host = await bedHost(instance);
  platform = make();
});
afterAll(async () => {
  await platform.close?.();
  await host.close();
});

const pipeline = (values: Executable['values'] = {}, name = 'pipeline'): Executable => ({ kind: kinds.helmChart, chart: name, values });
const planOf = (executable: Executable): Plan => ({ ...aPlan(aDraft(executable), { platform: instance, pools: [`${instance}/charts` as PoolId], start: systemClock.now(), length: 60_000 }), granted: { cores: 1, memory: 1 } });
const see = async (handle: Handle): Promise<Observation> => (await platform.observe([handle])).get(handle.session) ?? { seen: 'unknown' };
const spaces = (): string => kubectl('get', 'namespaces', '-l', `execution-broker/instance=${instance}`, '-o', 'name');

describe('a chart', () => {
  it('runs in a namespace of its own, bounded, with a way in for its service, and leaves nothing', async () => {
    const plan = planOf(pipeline({ text: 'from the request' }));
    const space = `eb-${plan.session}`;
    const handle = await platform.prepare(plan, quietWork());
    expect(await see(handle)).toEqual({ seen: 'ready' });
    expect(kubectl('-n', space, 'get', 'deployments', '-o', 'name')).toBe('');
    await platform.start(handle);
    await platform.start(handle);
    await expect.poll(async () => JSON.stringify(await see(handle)), { timeout: 60_000, interval: 200 }).toContain('AVAILABLE');
    const seen = await see(handle);
    const [way] = seen.seen === 'running' ? seen.connectors ?? [] : [];
    expect(way).toMatchObject({ protocol: 'HTTP' });
    await expect.poll(async () => (await fetch(way?.location ?? '')).text().catch(String), { timeout: 10_000 }).toBe('from the request\n');
    expect(kubectl('-n', space, 'get', 'resourcequota', 'session', '-o', 'jsonpath={.spec.hard}')).toContain('"limits.cpu":"1"');
    await platform.cancel(handle);
    await expect.poll(() => see(handle), { timeout: 30_000, interval: 200 }).toEqual({ seen: 'ended', outcome: 'cancelled' });
    expect(kubectl('-n', space, 'get', 'deployments', '-o', 'name')).toBe('');
    await platform.release(handle);
    expect([spaces(), await see(handle)]).toEqual(['', { seen: 'gone' }]);
    await platform.release(handle);
  });

  it('that asks for more than was granted comes to nothing, and says so', async () => {
    const handle = await platform.start(await platform.prepare(planOf(pipeline({ cores: '1500m' })), quietWork()));
    await expect.poll(async () => (await see(handle)).seen, { timeout: 60_000, interval: 500 }).toBe('ended');
    expect(await see(handle)).toMatchObject({ outcome: 'evicted', reason: { kind: 'urn:execution-broker:reason:not-started' } });
    await platform.release(handle);
  });

  it('that was installed by a broker that ended meanwhile is found by the next one, and not installed twice', async () => {
    const plan = planOf(pipeline());
    await platform.start(await platform.prepare(plan, quietWork()));
    const next = make();
    const handle = await next.start(await next.prepare(plan, quietWork()));
    await expect.poll(async () => (await see(handle)).seen, { timeout: 60_000, interval: 200 }).toBe('running');
    expect(kubectl('-n', `eb-${plan.session}`, 'get', 'pods', '-l', 'app=front', '-o', 'name').trim().split('\n')).toHaveLength(1);
    kubectl('delete', 'namespace', `eb-${plan.session}`, '--wait=true');
    expect(await see(handle)).toEqual({ seen: 'gone' });
    await next.release(handle);
    await next.close?.();
  });

  it.each([
    ['whose own schema refuses a value', { text: 'longer than twenty characters' }, 'chart-refuses'],
    ['that would reach beyond its namespace', { reach: 'ClusterRole' }, 'kind-not-allowed'],
  ] as const)('%s is refused before anything is made', async (_what, values, word) => {
    await expect(platform.prepare(planOf(pipeline(values)), quietWork())).rejects.toMatchObject({ fixer: 'caller', reasons: [{ kind: `urn:execution-broker:reason:${word}` }] });
    expect(spaces()).toBe('');
  });
});

describe('the node', () => {
  it('offers charts where there is Helm, and nowhere else', async () => {
    expect((await platform.capabilities()).executables).toEqual([kinds.helmChart]);
    const without = make({ binary: '/there/is/none' });
    expect((await without.capabilities()).executables).toEqual([]);
    expect((await without.check?.())?.find(({ about }) => about === 'helm')).toMatchObject({ verdict: 'bad' });
    await without.close?.();
  });

  it('finds its rights good as an administrator', async () => {
    expect((await platform.check?.() ?? []).filter(({ verdict }) => verdict !== 'good')).toEqual([]);
  });
});
