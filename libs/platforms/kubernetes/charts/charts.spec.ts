import { describe, expect, test } from 'vitest';
import type { V1Pod, V1Service } from '@kubernetes/client-node';
import type { Executable } from '#model';
import { kinds } from '#model';
import { aDraft } from '#plugin-sdk/testing';
import { judgeChartDraft } from './assess.js';
import { observeSpace } from './charts.states.js';
import { parseHelmConfig } from './config.js';
import { Helm, valuesOf } from './helm.js';

const schema = { type: 'object', additionalProperties: false, properties: { workers: { type: 'integer', maximum: 4 }, image: { type: 'object' } } };
const config = parseHelmConfig({ cores: 8, memory: 16, charts: [{ name: 'spark', chart: '/charts/spark', version: '1.2.3', values: { image: { tag: 'ours' } }, schema }] });
const [chart] = config.charts;
const chartOf = (more: Partial<Executable> = {}): Executable => ({ kind: kinds.helmChart, chart: 'spark', ...more });
const session = '52fe607a-a7a3-4dd7-b608-78c76ba0f801' as never;

describe('a request for a chart', () => {
  test.for([
    [{ chart: 'other' }, 'executable.chart'], [{ version: '2.0.0' }, 'executable.version'], [{ values: { workers: 9 } }, 'executable.values.workers'],
    [{ values: { secret: 'x' } }, 'executable.values.secret'], [{ kind: kinds.dockerContainer }, 'executable.kind'],
  ] as const)('%j is refused by its path', ([more, path]) => {
    expect(judgeChartDraft(aDraft(chartOf(more)), config)).toMatchObject([{ path }]);
  });
  test('that is larger than all charts together is refused', () => {
    const need = { cores: 9, memory: 1 };
    expect(judgeChartDraft(aDraft(chartOf(), { need: { min: need, max: need } }), config)).toMatchObject([{ path: 'compute.cores.min' }]);
  });
  test('with values that its schema allows is taken, and the values of the site win', () => {
    expect(judgeChartDraft(aDraft(chartOf({ values: { workers: 2 }, version: '1.2.3' })), config)).toEqual([]);
    expect(chart && JSON.parse(valuesOf(chartOf({ values: { workers: 2, image: { tag: 'mine', pull: 'Always' } } }), chart))).toEqual({ workers: 2, image: { tag: 'ours', pull: 'Always' } });
  });
});

describe('Helm', () => {
  const helmSaying = (...answers: readonly { readonly code: number; readonly stdout?: string; readonly stderr?: string }[]) => {
    const asked: (readonly string[])[] = [];
    const helm = new Helm(config, (argv) => { const answer = { stdout: '', stderr: '', ...answers[asked.length] ?? { code: 0 } }; asked.push(argv); return Promise.resolve(answer); });
    return { helm, asked };
  };
  const installing = { session, chart: chart as NonNullable<typeof chart>, values: '{}' };

  test('installs what is allowed, at the configured version, in the namespace of the session', async () => {
    const { helm, asked } = helmSaying({ code: 0 });
    await helm.install(installing);
    expect(asked[0]?.join(' ')).toBe(`helm upgrade session /charts/spark --install --timeout 50s --version 1.2.3 --values - --namespace eb-${String(session)}`);
  });
  test('removes what broke off before it installs again', async () => {
    const { helm, asked } = helmSaying({ code: 1, stderr: 'Error: another operation (install/upgrade/rollback) is in progress' }, { code: 0 }, { code: 0 });
    await helm.install(installing);
    expect(asked.map(([, word]) => word)).toEqual(['upgrade', 'uninstall', 'upgrade']);
  });
  test.for([['kind: ClusterRole\nmetadata: {name: x}', 'kind-not-allowed'], ['kind: RoleBinding\nmetadata: {name: x}', 'kind-not-allowed'], ['kind: Service\nmetadata: {name: x, namespace: kube-system}', 'namespace-not-own']] as const)('does not install what makes %j', async ([stdout, word]) => {
    await expect(helmSaying({ code: 0, stdout }).helm.tryOut(installing, 'v1.35.4')).rejects.toMatchObject({ fixer: 'caller', reasons: [{ kind: `urn:execution-broker:reason:${word}` }] });
  });
  test.for([[{ code: 0, stdout: 'v3.19.0' }, 'v3.19.0'], [{ code: 0, stdout: 'v2.17.0' }, undefined], [{ code: 1 }, undefined]] as const)('of version %j is %s', async ([answer, version]) => {
    expect(await helmSaying(answer).helm.version()).toBe(version);
  });
});

describe('what runs of a chart', () => {
  const space = (notes: Readonly<Record<string, string>>) => ({ metadata: { name: 'eb', annotations: { 'execution-broker/cancelled': 'no', 'execution-broker/prepared': 'yes', 'execution-broker/installed': '2030-06-03T08:00:00Z', ...notes } } });
  const pod = (phase: string, ready = 'True'): V1Pod => ({ metadata: { name: 'p', labels: { app: 'front' } }, status: { phase, conditions: [{ type: 'Ready', status: ready }] } });
  const service: V1Service = { spec: { clusterIP: '10.96.0.7', selector: { app: 'front' }, ports: [{ name: 'http-web', port: 80 }, { port: 7077 }] } };
  const headless: V1Service = { spec: { clusterIP: 'None', selector: { app: 'front' }, ports: [{ port: 80 }] } };
  const how = { now: Date.parse('2030-06-03T08:00:10Z'), patience: 60_000, underway: false };
  const look = (pods: readonly V1Pod[], notes: Readonly<Record<string, string>> = {}, more: Partial<typeof how> = {}) => observeSpace({ space: space(notes), pods, services: [service, headless] }, { ...how, ...more });

  test('is reached by each service that has an address, once one of its pods answers', () => {
    expect(look([pod('Running')])).toEqual({ seen: 'running', connectors: [
      { kind: 'urn:execution-broker:kind:connector:port', protocol: 'HTTP', location: 'http://10.96.0.7:80', status: 'AVAILABLE' }, { kind: 'urn:execution-broker:kind:connector:port', protocol: 'TCP', location: 'tcp://10.96.0.7:7077', status: 'AVAILABLE' },
    ] });
    expect(look([pod('Running', 'False')])).toMatchObject({ connectors: [{ status: 'PREPARING' }, { status: 'PREPARING' }] });
  });
  test.for([
    ['all pods have succeeded', () => look([pod('Succeeded')]), { seen: 'ended', outcome: 'succeeded' }], ['a pod has failed', () => look([pod('Succeeded'), pod('Failed')]), { seen: 'ended', outcome: 'failed' }],
    ['nothing came to run in time', () => look([pod('Pending')], {}, { patience: 1_000 }), { seen: 'ended', outcome: 'evicted' }], ['pods wait for their images', () => look([pod('Pending')]), { seen: 'queued' }],
    ['it was stopped and is gone', () => look([], { 'execution-broker/cancelled': '2030-06-03T08:00:05Z' }), { seen: 'ended', outcome: 'cancelled' }],
    ['it is not installed yet', () => look([], { 'execution-broker/installed': 'no' }), { seen: 'ready' }],
    ['its namespace is gone', () => observeSpace({ space: undefined, pods: [], services: [] }, how), { seen: 'gone' }],
  ] as const)('when %s', ([, observed, expected]) => {
    expect(observed()).toMatchObject(expected);
  });
});
