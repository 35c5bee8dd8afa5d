/** Storage that is handed over from one session to the next of its owner. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import type { KeptStorageId, PoolId } from '#model';
import type { Platform } from '#plugin-sdk';
import { aDraft, aPlan, quietWork, someStorage } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { kubernetesPlugin } from '#platforms/kubernetes';
import { systemClock } from '#runtime';
import type { Json } from '../../support/node.js';
import { applied, bedConfig, bedHost, dropNamespace, kubectl, leftOf, makeNamespace, sh } from './bed.js';
import { final, shell, startLiveNode } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `kept-${process.pid}`;
const namespace = `eb-${instance}`;
const kept = { class: 'hostpath', size: 5, longest: 'P1D' };
/** This cluster shares its machine, so its pods may be slow to come. */
const patience = 'PT60S';

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });

const claims = (): string => kubectl('-n', namespace, 'get', 'persistentvolumeclaims', '-o', 'name');

describe('storage that is kept', () => {
  let node: LiveNode;
  beforeAll(async () => { node = await startLiveNode(instance, namespace, { kept, patience }); });
  afterAll(() => node.stop());

  async function ran(who: string, text: string, storage: Json, mode = 'READWRITE'): Promise<Json> {
    const compute = { kind: kinds.simpleCompute, cores: { min: 1 }, memory: { min: 1 }, volumes: [{ kind: kinds.simpleVolume, path: '/kept', mode, resource: 'it' }] };
    const set = await node.as(who).ask(shell(text).lasting('PT90S').with({ compute, storage: [{ kind: kinds.persistentStorage, meta: { name: 'it' }, ...storage }] }));
    expect(set.result, JSON.stringify(set.meta.messages)).toBe('YES');
    const [offer] = set.offers;
    expect((await node.as(who).update(offer, 'ACCEPTED')).status).toBe(200);
    await expect.poll(async () => final.includes((await node.as(who).session(offer)).body.phase), { timeout: 150_000, interval: 200 }).toBe(true);
    const { body } = await node.as(who).session(offer);
    expect(body.phase, JSON.stringify(body.meta.messages)).toBe('COMPLETED');
    return (await node.as(who).get(`/sessions/${offer.meta.uuid}/logs`)).body;
  }

  it('has for the next session of its owner what the one before has written, also after a restart; others get their own, and its removal takes the claim along', async () => {
    await ran('alice', 'echo first >/kept/log', { name: 'results', size: { min: 1 } });
    expect(leftOf(namespace, instance)).toEqual([]);
    expect(claims()).toMatch(/^persistentvolumeclaim\/eb-kept-[0-9a-f-]{36}\n$/);
    await node.restart();
    expect(await ran('alice', 'cat /kept/log; echo second >>/kept/log', { name: 'results' })).toBe('first\n');
    expect(await ran('alice', 'cat /kept/log; echo third >>/kept/log || true', { name: 'results', mode: 'READONLY' }, 'READONLY')).toMatch(/^first\nsecond\n/);
    expect(await ran('bob', 'ls /kept', { name: 'results', size: { min: 1 } })).toBe('');
    expect((await node.as('alice').call('DELETE', '/storage/results')).status).toBe(204);
    expect((await node.as('bob').call('DELETE', '/storage/results')).status).toBe(204);
    await expect.poll(claims, { timeout: 20_000 }).toBe('');
  }, 600_000);
});

describe('a claim', () => {
  let host: TestHost;
  let platform: Platform;
  beforeAll(async () => { host = await bedHost(instance); platform = kubernetesPlugin.create(kubernetesPlugin.parseConfig(bedConfig(namespace, { kept })), host); });
  afterAll(async () => { await platform.close?.(); await host.close(); });

  function planWith(id: KeptStorageId, make: boolean) {
    const storage = { ...someStorage(kinds.persistentStorage, 1), kept: { id, name: 'results', make } };
    return aPlan(aDraft(sh('true'), { storage: [storage] }), { platform: instance, pools: [`${instance}/cpu.node1` as PoolId], start: systemClock.now(), length: 60_000 });
  }

  it("of others is neither used nor removed, whatever it is called", async () => {
    const id = randomUUID() as KeptStorageId;
    applied({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: `eb-kept-${id}` }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }, namespace);
    const plan = planWith(id, true);
    await expect(platform.prepare(plan, quietWork())).rejects.toThrow('left alone');
    await expect(platform.discard?.(id)).rejects.toThrow('left alone');
    await platform.release(platform.handleOf(plan));
    expect(claims()).toContain(id);
    kubectl('-n', namespace, 'delete', 'persistentvolumeclaim', `eb-kept-${id}`);
  });

  it('that somebody has deleted is not made anew in silence', async () => {
    const plan = planWith(randomUUID() as KeptStorageId, false);
    await expect(platform.prepare(plan, quietWork())).rejects.toThrow('somebody has deleted it');
    await platform.release(platform.handleOf(plan));
    expect([claims().includes(plan.storage[0]?.kept?.id ?? ''), leftOf(namespace, instance)]).toEqual([false, []]);
  });
});
