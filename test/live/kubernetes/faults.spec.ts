/** What a cluster does to sessions: its node goes silent or away, their objects are changed or deleted by others, and credentials end. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../support/node.js';
import { accountConfig, applied, dropNamespace, kubectl, leftOf, makeNamespace } from './bed.js';
import { accepted, final, outputOf, shell, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `faults-${process.pid}`;
const namespace = `eb-${instance}`;
const bed = process.env.EB_BED_KUBERNETES ?? '';
const scripts = process.env.EB_BED_KUBERNETES_SCRIPTS ?? '';
/** The bed shares its machine, so its pods may be slow to come. */
const patience = 'PT60S';

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });

function stopKubelet(): void {
  process.kill(Number(readFileSync(join(bed, 'run', 'kubelet.pid'), 'utf8')), 'SIGKILL');
}

async function startKubelet(): Promise<void> {
  await wait(1000);
  execFileSync(join(scripts, 'start.sh'), ['kubelet']);
  await expect.poll(() => kubectl('get', 'node', 'node1', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}', '--ignore-not-found'), { timeout: 60_000, interval: 500 }).toBe('True');
}

async function nothingIsLeft(): Promise<void> {
  await expect.poll(() => leftOf(namespace, instance), { timeout: 120_000, interval: 500 }).toEqual([]);
}

function words({ meta }: Json): string {
  return JSON.stringify((meta.messages as Json[]).map((one) => one.message));
}

describe('a session', () => {
  let node: LiveNode;
  beforeAll(async () => { node = await startLiveNode(instance, namespace, { patience }); });
  afterAll(() => node.stop());

  async function running(text: string, length = 'PT2M'): Promise<Json> {
    const session = await accepted(node, shell(text).lasting(length));
    return untilIn(node, session, ['RUNNING', ...final], 150_000);
  }

  it('whose node goes silent for a while goes on, runs once, and ends well', async () => {
    const session = await running('echo begun; sleep 15; echo done');
    expect(session.phase, words(session)).toBe('RUNNING');
    stopKubelet();
    await wait(20_000);
    await startKubelet();
    const ended = await untilIn(node, session, final, 150_000);
    expect(ended.phase, words(ended)).toBe('COMPLETED');
    expect(await outputOf(node, session)).toBe('begun\ndone\n');
    await nothingIsLeft();
  }, 400_000);

  it('whose node is deleted fails, with that reason, and leaves nothing, though nobody there ever says that it ended', async () => {
    const session = await running('sleep 600', 'PT10M');
    expect(session.phase, words(session)).toBe('RUNNING');
    stopKubelet();
    kubectl('delete', 'node', 'node1');
    try {
      const ended = await untilIn(node, session, final, 240_000);
      expect([ended.phase, words(ended)]).toEqual(['FAILED', expect.stringMatching(/node|host/i)]);
      await nothingIsLeft();
    } finally {
      await startKubelet();
    }
  }, 600_000);

  it('whose Job somebody suspends while it runs fails, and is not run again', async () => {
    const session = await running('echo begun; sleep 600', 'PT10M');
    kubectl('-n', namespace, 'patch', 'job', `eb-${session.meta.uuid}`, '--type=merge', '-p', '{"spec":{"suspend":true}}');
    const ended = await untilIn(node, session, final, 150_000);
    expect(ended.phase, words(ended)).toBe('FAILED');
    await nothingIsLeft();
  }, 400_000);

  it('whose Job somebody deletes fails, with that reason', async () => {
    const session = await running('sleep 600', 'PT10M');
    kubectl('-n', namespace, 'delete', 'job', `eb-${session.meta.uuid}`, '--wait=false');
    const ended = await untilIn(node, session, final, 150_000);
    expect(ended.phase, words(ended)).toBe('FAILED');
    expect(words(ended)).toMatch(/no longer knows the session/);
    await nothingIsLeft();
  }, 400_000);
});

describe('a token', () => {
  it('that is over while a session runs is followed by the one that is there then', async () => {
    const role = 'rotated';
    const make = (): void => {
      applied({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: role } }, namespace);
      applied({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: role }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' }, subjects: [{ kind: 'ServiceAccount', name: role, namespace }] }, namespace);
      // What the cluster's own role lacks.
      applied({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: role }, rules: [{ apiGroups: ['batch'], resources: ['jobs/finalizers'], verbs: ['update'] }] }, namespace);
    };
    make();
    const kubeconfig = accountConfig(namespace, role);
    const node = await startLiveNode(`${instance}-t`, namespace, { patience, kubeconfig });
    try {
      const session = await accepted(node, shell('echo begun; sleep 10; echo done').lasting('PT2M'));
      await untilIn(node, session, ['RUNNING', ...final], 150_000);
      // Tokens of an account that was made anew are refused, as those that are over are.
      kubectl('-n', namespace, 'delete', 'serviceaccount', role);
      make();
      await wait(3000);
      writeFileSync(kubeconfig, readFileSync(accountConfig(namespace, role), 'utf8'));
      const ended = await untilIn(node, session, final, 150_000);
      expect([ended.phase, words(ended)]).toEqual(['COMPLETED', expect.any(String)]);
      expect(await outputOf(node, session)).toBe('begun\ndone\n');
    } finally {
      await node.stop();
    }
  }, 400_000);
});
