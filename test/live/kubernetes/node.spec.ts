/** The whole node on a real cluster that other people use too. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatInstant } from '#model';
import { systemClock } from '#runtime';
import type { Json } from '../../support/node.js';
import { applied, busybox, dropNamespace, kubectl, leftOf, makeNamespace } from './bed.js';
import { accepted, final, outputOf, shell, startLiveNode, untilIn, untilSession } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `node-${process.pid}`;
const namespace = `eb-${instance}`;
const bin = process.env.EB_BED_KUBERNETES_BIN ?? '';
const scripts = process.env.EB_BED_KUBERNETES_SCRIPTS ?? '';
const bed = process.env.EB_BED_KUBERNETES ?? '';
/** How late a booked start may be. */
const mostLate = 2000;

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });

const startsIn = (seconds: number): string => `${formatInstant(Math.ceil(systemClock.now() / 1000 + seconds) * 1000)}/PT0S`;
const startOf = (session: Json): number => Date.parse((session.schedule.available.start as string).split('/')[0] ?? '');
/** The node's clock in centiseconds since its boot: its `date` knows whole seconds only. */
const uptime = "cut -d' ' -f1 /proc/uptime";
const booted = (): number => Date.now() - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;

function competitors(name: string, { cores, seconds, parallel, tolerations = [] }: Swarm): void {
  const containers = [{ name: 'c', image: busybox, command: ['sleep', String(seconds)], resources: { requests: { cpu: cores } } }];
  applied({
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name, labels: { bed: 'others' } },
    spec: { parallelism: parallel, completions: 2000, template: { metadata: { annotations: { 'bed/run': `${seconds}s` } }, spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, tolerations, containers } } },
  }, namespace);
}

interface Swarm { readonly cores: string; readonly seconds: number; readonly parallel: number; readonly tolerations?: readonly unknown[] }

/** A hold that bookings come first with: what is less important makes room. */
const firm = { hold: { image: busybox, priorityClass: 'execution-broker-hold-firm' } };

/** What others use is read again when it is older than five seconds: until then their pods are in the way of offers. */
afterEach(async () => {
  if (kubectl('-n', namespace, 'delete', 'job', '-l', 'bed=others', '--cascade=foreground').includes('deleted')) await wait(6000);
});

async function untilNothingIsLeft(name = instance): Promise<void> {
  await expect.poll(() => leftOf(namespace, name), { timeout: 90_000, interval: 500 }).toEqual([]);
}

function tell(what: string, late: readonly number[]): void {
  const sorted = [...late].sort((a, b) => a - b);
  console.log(`${what}, lateness of ${sorted.length} booked starts in ms: p50 ${sorted[Math.floor(sorted.length / 2)]} p95 ${sorted[Math.floor(sorted.length * 0.95)]} most ${sorted.at(-1)}`);
}

describe('a node beside a cluster', () => {
  let node: LiveNode;
  beforeAll(async () => { node = await startLiveNode(instance, namespace, firm); });
  afterAll(() => node.stop());

  it('starts every booked session within two seconds although others compete', async () => {
    const sessions: Json[] = [];
    // Two fit beside each other, for which the competitors wait from the beginning.
    for (let index = 0; index < 6; index += 1) sessions.push(await accepted(node, shell(`${uptime}; sleep 1`).lasting('PT5S').from(startsIn(25 + Math.floor(index / 2) * 28))));
    competitors('greedy', { cores: '900m', seconds: 3, parallel: 4 });
    const late: number[] = [];
    for (const session of sessions) {
      const ended = await untilIn(node, session, final, 180_000);
      expect(ended.phase, JSON.stringify(ended.meta.messages)).toBe('COMPLETED');
      late.push(booted() + Number((await outputOf(node, session)).trim()) * 1000 - startOf(session));
    }
    tell('a real kubelet', late);
    expect(late.filter((one) => one > mostLate)).toEqual([]);
    await untilNothingIsLeft();
  }, 300_000);

  it('opens a way in that is shown when it answers, and ends the session at its time, with its output kept', async () => {
    const session = await accepted(node, shell('mkdir -p /tmp/w; echo pong >/tmp/w/index.html; echo serving; sleep 2; exec httpd -f -p 8080 -h /tmp/w', { network: { ports: [{ access: true, internal: { port: 8080 }, protocol: 'HTTP', path: 'index.html' }] } }).lasting('PT15S'));
    const open = await untilSession(node, session, ({ connectors = [] }) => connectors.some((one: Json) => one.status === 'AVAILABLE'));
    expect(execFileSync('curl', ['-sS', '-m', '5', open.connectors[0].location], { encoding: 'utf8' })).toBe('pong\n');
    const ended = await untilIn(node, session, final);
    expect([ended.phase, JSON.stringify(ended.meta.messages).includes('reason:time-limit')]).toEqual(['COMPLETED', true]);
    expect(await outputOf(node, session)).toBe('serving\n');
    await untilNothingIsLeft();
  });

  it('gives everything back when a session is cancelled before its time', async () => {
    const session = await accepted(node, shell('true').lasting('PT1M').from(startsIn(25)));
    await expect.poll(() => leftOf(namespace, instance).length, { timeout: 40_000 }).toBeGreaterThan(0);
    expect((await node.client.update(session, 'CANCELLED')).status).toBe(200);
    await untilNothingIsLeft();
  });

  it('goes on with its sessions when it is restarted', async () => {
    const session = await accepted(node, shell('sleep 6; echo survived').lasting('PT1M'));
    await untilIn(node, session, ['RUNNING']);
    await node.restart();
    expect((await untilIn(node, session, final)).phase).toBe('COMPLETED');
    expect(await outputOf(node, session)).toBe('survived\n');
    await untilNothingIsLeft();
  });

  it.each([['API server', 'apiserver'], ['etcd', 'etcd']] as const)('goes on with its sessions when the %s is killed and comes back, and prepares those whose time came meanwhile', async (_what, program) => {
    const running = await accepted(node, shell('for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 1; done').lasting('PT1M'));
    const booked = await accepted(node, shell('echo ran').lasting('PT1M').from(startsIn(20)));
    await untilIn(node, running, ['RUNNING']);
    process.kill(Number(readFileSync(join(bed, `run/${program}.pid`), 'utf8')), 'SIGKILL');
    await wait(3000);
    execFileSync(join(scripts, 'start.sh'), [program]);
    const ended = await untilIn(node, running, final, 120_000);
    expect(ended.phase, JSON.stringify(ended.meta.messages)).toBe('COMPLETED');
    expect(await outputOf(node, running)).toBe('1\n2\n3\n4\n5\n6\n7\n8\n');
    expect((await untilIn(node, booked, final, 120_000)).phase).toBe('COMPLETED');
    await untilNothingIsLeft();
  }, 300_000);
});

describe('fifty sessions at once on pretended nodes', () => {
  const name = `fake-${process.pid}`;
  const toleration = { key: 'kwok.x-k8s.io/node', operator: 'Exists' };
  let node: LiveNode;
  beforeAll(async () => {
    execFileSync(join(scripts, 'bed.sh'), ['kwok']);
    execFileSync(join(scripts, 'mknodes.sh'), ['5', '64', '256Gi']);
    kubectl('wait', '--for=condition=Ready', 'node', '-l', 'type=kwok', '--timeout=60s');
    node = await startLiveNode(name, namespace, { ...firm, pullEstimate: 'PT30S', pools: [{ name: 'fake', selector: { type: 'kwok' }, tolerations: [toleration] }], resources: { 'nvidia.com/gpu': 'gpu' } });
  });
  afterAll(async () => {
    await node.stop();
    kubectl('delete', 'nodes', '-l', 'type=kwok', '--wait=false');
  });

  // How late they are is told, not asserted: a control plane on two shared cores makes fifty pods in its own time.
  it('all start although others take every core they can, and none is put beside what it does not fit', async () => {
    const watching = new Watching(name);
    const sessions: Json[] = [];
    const start = startsIn(70);
    for (let index = 0; index < 50; index += 1) sessions.push(await accepted(node, shell('true').cores(6).memory(8).lasting('PT1M').from(start)));
    await expect.poll(() => kubectl('-n', namespace, 'get', 'pods', '-l', `execution-broker/instance=${name},execution-broker/role=hold`, '-o', 'name').split('\n').length, { timeout: 60_000, interval: 200 }).toBeGreaterThan(50);
    competitors('swarm', { cores: '16', seconds: 8, parallel: 20, tolerations: [toleration] });
    for (const session of sessions) {
      const ended = await untilIn(node, session, final, 180_000);
      expect(ended.phase, JSON.stringify(ended.meta.messages)).toBe('COMPLETED');
    }
    watching.stop();
    for (const step of steps) tell(`pretended nodes, until they are ${step}`, watching.lateness(step, sessions));
    expect(watching.lateness('running', sessions).filter(Number.isNaN)).toEqual([]);
    await untilNothingIsLeft(name);
  }, 400_000);
});

/** Steps of a start, in their order: the Job is let go, its pod is made, has its node, and runs. */
const steps = ['let go', 'made', 'placed', 'running'] as const;
type Step = (typeof steps)[number];

/** When each step of each session was first seen, past the broker. */
class Watching {
  private readonly seen = new Map<string, number>();
  private readonly children: readonly ChildProcess[];

  constructor(name: string) {
    const labels = `execution-broker/instance=${name},execution-broker/role=payload`;
    const watch = (kind: string, columns: string, stepsOf: (words: readonly string[]) => readonly Step[]): ChildProcess => {
      const child = spawn(join(bin, 'kubectl'), ['-n', namespace, 'get', kind, '-w', '-l', labels, '-o', `jsonpath={.metadata.labels.execution-broker/session} ${columns}{"\\n"}`], { stdio: ['ignore', 'pipe', 'ignore'] });
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [session = '', ...words] = line.split(' ');
        for (const step of stepsOf(words)) if (!this.seen.has(session + step)) this.seen.set(session + step, Date.now());
      });
      return child;
    };
    this.children = [
      watch('jobs', '{.spec.suspend}', ([suspended]) => (suspended === 'true' ? [] : ['let go'])),
      watch('pods', '{.status.phase} {.spec.nodeName}', ([phase, node]) => ['made', ...(node ? ['placed' as const] : []), ...(phase === 'Pending' ? [] : ['running' as const])]),
    ];
  }

  /** NaN for what was never seen. */
  lateness(step: Step, sessions: readonly Json[]): readonly number[] {
    return sessions.map((session) => (this.seen.get(`${session.meta.uuid as string}${step}`) ?? Number.NaN) - startOf(session));
  }

  stop(): void {
    for (const child of this.children) child.kill();
  }
}
