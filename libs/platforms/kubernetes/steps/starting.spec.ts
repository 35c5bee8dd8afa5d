import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { PoolId } from '#model';
import { kinds } from '#model';
import { aDraft, aPlan, testHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { awaitsStart } from '../payload/awaiting.js';
import { parseKubernetesConfig } from '../config.js';
import { jobOf } from './job.js';
import { KubernetesClient } from '../kubernetes.client.js';
import { HoldingKubernetesPlatform } from '../kubernetes.platform.js';
import { cancelledNote, holdName, labelsOf } from '../names.js';
import type { NativeRequest } from '../api/transport.js';

const now = Date.parse('2030-06-03T08:00:00Z');
const config = parseKubernetesConfig({ namespace: 'eb', pools: [{ name: 'cpu' }], hold: { image: 'busybox:1' }, connectors: { gate: { image: 'gate:1' } } });
const web = { kind: kinds.dockerContainer, image: { locations: ['web:1'] }, network: { ports: [{ access: true, internal: { port: 80 }, protocol: 'HTTP' }] } };
const planAt = (start: number) => aPlan(aDraft(web), { platform: 'bed', pools: ['bed/cpu' as PoolId], start, length: 60_000 });
const jobAt = (start: number, how = config): V1Job => jobOf(planAt(start), how, { maker: { instance: 'bed' }, now, isComplete: true, ahead: 0 });
const beforePayload = (job: V1Job) => (job.spec?.template.spec?.initContainers ?? []).map(({ name }) => name);

describe('the Job of a session', () => {
  test('that is prepared some time before its start waits for it by itself, after all else that comes before the payload, with time for that', () => {
    const job = jobAt(now + 60_000);
    expect([awaitsStart(job), beforePayload(job)]).toEqual([true, ['gate', 'await-start']]);
    expect(job.spec?.template.spec?.activeDeadlineSeconds).toBe(60 + 15 + 20);
    const [wait] = (job.spec?.template.spec?.initContainers ?? []).slice(-1);
    expect(wait?.command?.slice(-2)).toEqual([String(now / 1000 + 60), '20']);
    expect(wait?.resources?.limits).toEqual({ cpu: '950m', memory: '960Mi' });
  });

  test.for([
    ['whose start is near', jobAt(now + 2_000)], ['whose place is not held', jobAt(now + 60_000, { ...config, hold: undefined })],
  ] as const)('%s does not wait', ([_what, job]) => {
    expect([awaitsStart(job), job.spec?.template.spec?.activeDeadlineSeconds]).toEqual([false, 60 + 15]);
  });
});

type Change = (job: V1Job, placeholder: V1Pod) => void;

/** A cluster with one prepared session whose start is near, and what was asked of it. */
async function nearStart(change: Change = () => undefined) {
  const plan = planAt(now + 60_000);
  const job = jobOf(plan, config, { maker: { instance: 'bed' }, now, isComplete: true, ahead: 0 });
  const placeholder: V1Pod = {
    metadata: { name: holdName(plan.session), labels: labelsOf({ session: plan.session, maker: { instance: 'bed' }, role: 'hold' }) },
    spec: { nodeName: 'node1', containers: [] }, status: { phase: 'Running' },
  };
  change(job, placeholder);
  const patches: NativeRequest[] = [];
  async function* said(body: unknown): AsyncIterable<Uint8Array> { yield await Promise.resolve(Buffer.from(JSON.stringify(body))); }
  const clock = new HandClock(now + 50_000);
  const client = new KubernetesClient((request) => {
    if (request.method === 'PATCH') {
      patches.push(request);
      if (job.spec) job.spec.suspend = false;
    }
    return Promise.resolve({ status: 200, body: said({ items: request.path.includes('/jobs') ? [job] : [placeholder] }) });
  }, 'eb', clock);
  const platform = new HoldingKubernetesPlatform({ config, client, uploads: { run: () => Promise.resolve('') }, host: await testHost({ clock, instance: 'bed' }), close: () => Promise.resolve() });
  return { platform, handle: platform.handleOf(plan), patches, clock };
}

describe('a session near its start', () => {
  test('is let go once, however often it is approached and started', async () => {
    const { platform, handle, patches, clock } = await nearStart();
    await platform.approach(handle);
    await clock.advance(2_000);
    await platform.approach(handle);
    await clock.advance(8_000);
    await platform.start(handle);
    expect(patches.map(({ body }) => body)).toEqual([[
      { op: 'test', path: '/metadata/annotations/execution-broker~1cancelled', value: 'no' }, { op: 'replace', path: '/spec/suspend', value: false },
      { op: 'add', path: '/spec/activeDeadlineSeconds', value: 10 + 60 + 60 },
    ]]);
  });

  test.for<[string, Change]>([
    ['that does not wait for its start by itself', ({ spec }) => { delete spec?.template.spec?.initContainers; }],
    ['that was cancelled', ({ metadata }) => { Object.assign(metadata?.annotations ?? {}, { [cancelledNote]: '2030-06-03T08:00:30Z' }); }],
    ['whose placeholder has no place', (_job, { spec }) => { delete spec?.nodeName; }],
    ['whose placeholder is asked to leave', (_job, { metadata }) => { Object.assign(metadata ?? {}, { deletionTimestamp: '2030-06-03T08:00:40Z' }); }],
    ['whose placeholder was put out by its node', (_job, { status }) => { Object.assign(status ?? {}, { phase: 'Failed' }); }],
  ])('%s is not let go ahead', async ([_what, change]) => {
    const { platform, handle, patches } = await nearStart(change);
    await platform.approach(handle);
    expect(patches).toEqual([]);
  });
});
