/** Quotas that count objects: offers keep to them, and who is refused is told which one, and what of it is used. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import type { Json } from '../../support/node.js';
import type { RequestBuilder } from '../../support/requests.js';
import { applied, busybox, dropNamespace, kubectl, leftOf, makeNamespace } from './bed.js';
import { final, shell, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `counts-${process.pid}`;
const namespace = `eb-${instance}`;
let node: LiveNode;
let nodes = 0;
/** Of each test its own: a node with a database of its own is another one. */
const own = (): string => `${instance}-${nodes}`;

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });
beforeEach(async () => {
  nodes += 1;
  node = await startLiveNode(own(), namespace, { patience: 'PT90S' });
});
afterEach(async () => {
  kubectl('-n', namespace, 'delete', 'resourcequotas', '--all');
  kubectl('-n', namespace, 'delete', 'jobs', '-l', 'bed=others', '--ignore-not-found');
  await expect.poll(() => leftOf(namespace, own()), { timeout: 90_000, interval: 250 }).toEqual([]);
  await node.stop();
});

/** In force once its controller has counted what there is. */
async function limited(hard: Readonly<Record<string, string>>): Promise<void> {
  applied({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard } }, namespace);
  await expect.poll(() => kubectl('-n', namespace, 'get', 'resourcequota', 'few', '-o', 'jsonpath={.status.hard}'), { timeout: 60_000 }).not.toBe('');
}

/** What the namespace says is read again after some seconds. */
async function untilAnswered(wish: () => RequestBuilder, result: 'YES' | 'NO', saying = /./): Promise<void> {
  await expect.poll(async () => {
    const answer = await node.client.ask(wish());
    return `${answer.result as string} ${JSON.stringify(answer.meta.messages)}`;
  }, { timeout: 60_000, interval: 500 }).toMatch(new RegExp(`^${result} .*${saying.source}`));
}

/** What was offered until now holds its places for some seconds more. */
async function acceptedSoon(wish: () => RequestBuilder): Promise<Json> {
  let set: Json = {};
  await expect.poll(async () => {
    set = await node.client.ask(wish());
    return set.result as string;
  }, { timeout: 60_000, interval: 1_000 }).toBe('YES');
  const { status, body } = await node.client.update(set.offers[0], 'ACCEPTED');
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const soon = (): string => `${new Date(Math.ceil(Date.now() / 1000 + 15) * 1000).toISOString()}/PT0S`;
const secretive = () => shell('true', { environment: { API_TOKEN: 'hush' } }).lasting('PT1M');
const stored = () => shell('true').lasting('PT1M').with({
  storage: [{ kind: kinds.simpleStorage, meta: { name: 'it' }, size: { min: 3 } }],
  compute: { kind: kinds.simpleCompute, cores: { min: 1 }, memory: { min: 1 }, volumes: [{ kind: kinds.simpleVolume, path: '/it', mode: 'READWRITE', resource: 'it' }] },
});

describe('a quota of objects', () => {
  it.each([
    ['count/secrets', { 'count/secrets': '0' }, secretive], ['requests.storage', { 'requests.storage': '2Gi' }, stored], ['persistentvolumeclaims', { persistentvolumeclaims: '0' }, stored],
    ['services', { services: '0' }, () => shell('true', { network: { ports: [{ access: true, internal: { port: 8080 }, protocol: 'HTTP' }] } }).lasting('PT1M')],
    // A place that is held needs two for a moment.
    ['pods', { pods: '1' }, () => shell('true').lasting('PT1M')],
  ] as const)('%s that has too little for a session is named in the answer NO', async (key, hard, wish) => {
    await limited(hard);
    await untilAnswered(wish, 'NO', new RegExp(`of '${key}', of which quota 'few' of the namespace has`));
    if (key !== 'pods') await untilAnswered(() => shell('true').lasting('PT1M'), 'YES');
  });

  it('that others have used up is waited for, and said to be theirs', async () => {
    applied({
      apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'others', labels: { bed: 'others' } },
      spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: busybox }] } } },
    }, namespace);
    await limited({ 'count/jobs.batch': '1' });
    await untilAnswered(() => shell('true').lasting('PT1M').from(soon()), 'NO', /others use up to 1 of 1 quota-jobs/);
    kubectl('-n', namespace, 'delete', 'job', 'others');
    await untilAnswered(() => shell('true').lasting('PT1M').from(soon()), 'YES');
  });

  it('that has room for one session gives none beside it, and counts it once', async () => {
    await limited({ 'count/jobs.batch': '1', pods: '4', 'count/secrets': '0' });
    // Only a session that was booked when the quota was known takes of it.
    await untilAnswered(secretive, 'NO', /few/);
    const session = await acceptedSoon(() => shell("trap 'exit 0' TERM; while :; do sleep 0.2; done").lasting('PT10M').from(soon()));
    await untilIn(node, session, ['RUNNING', ...final]);
    const beside = await node.client.ask(shell('true').lasting('PT1M').from(soon()));
    expect(beside.result, JSON.stringify(beside.meta.messages)).toBe('NO');
    const later = await node.client.ask(shell('true').lasting('PT1M').from(`${new Date(Math.ceil(Date.now() / 1000 + 1800) * 1000).toISOString()}/PT0S`));
    expect(later.result, JSON.stringify(later.meta.messages)).toBe('YES');
    expect((await node.client.update(session, 'CANCELLED')).status).toBe(200);
    expect((await untilIn(node, session, final)).phase).toBe('CANCELLED');
  });
});
