/**
 * The broker beside a bare client of the same control plane: trivial sessions from acceptance to COMPLETED beside as many bare Jobs, on
 * pretended nodes; one look at many sessions beside the bare lists; reading 5 000 nodes, and planning an offer on them; calls counted.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { kinds, offerSetIdFrom, sessionIdOf } from '#model';
import type { SessionId } from '#model';
import { kubernetesPlugin } from '#platforms/kubernetes';
import { testHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { Bed, namespace, workers } from './kubernetes/bed.js';
import type { Measure } from './measure.js';
import { BenchNode, inParallel, quantile } from './node/process.js';
import type { Json } from './node/process.js';

const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
const pods = `/api/v1/namespaces/${namespace}/pods`;
const toleration = { key: 'kwok.x-k8s.io/node', operator: 'Exists' };
const image = 'bed.local/busybox:1';
const pause = 250;
const turns = 15;

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  if (process.getuid?.() !== 0) throw new Error('the bed of this bench needs root');
  const bed = await Bed.start();
  try {
    const count = quick ? 40 : 200;
    const bare = await bareJobs(bed, count);
    const sessions = await completed(bed.kubeconfig, count);
    const calls = await callsPerSession(bed, count);
    const look = await observing(bed, quick ? 200 : 1000);
    const { read, planning } = await manyNodes(bed, quick ? 1000 : 5000);
    return [
      measure('kubernetes-sessions-per-bare-jobs', sessions / bare, 'ratio', 1.5), measure('kubernetes-api-calls-per-session', calls, 'calls', 8), measure('kubernetes-observe-1000-per-bare-list', look, 'ratio', 1.2),
      measure('kubernetes-capacity-5000-nodes-per-bare-list', read, 'ratio', 1.5), measure('kubernetes-plan-offer-5000-nodes', planning, 'ms', 20),
    ];
  } finally {
    await bed.stop();
  }
}

function measure(name: string, value: number, unit: string, goal: number): Measure {
  return { name, value, unit, goal: `<= ${goal}`, holds: value <= goal };
}

const times = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Seconds from the first Job to the last that is complete. */
async function bareJobs(bed: Bed, count: number): Promise<number> {
  const began = performance.now();
  await inParallel(times(count), workers, async (index) => {
    const containers = [{ name: 'c', image, command: ['true'], resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } } }];
    await bed.ask('POST', jobs, { metadata: { name: `bare${index}`, labels: { bare: 'yes' } }, spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', nodeSelector: { type: 'kwok' }, tolerations: [toleration], containers } } } });
  });
  const isDone = ({ status }: Json): boolean => (status?.conditions ?? []).some((one: Json) => one.type === 'Complete' && one.status === 'True') as boolean;
  while (((await bed.ask('GET', `${jobs}?labelSelector=bare`)).items as Json[]).filter(isDone).length < count) await wait(pause);
  const seconds = (performance.now() - began) / 1000;
  process.stderr.write(`  ${count} bare jobs in ${seconds.toFixed(2)} s\n`);
  await bed.ask('DELETE', `${jobs}?labelSelector=bare`, { propagationPolicy: 'Background' });
  return seconds;
}

/** Seconds from the first acceptance to the last session that is COMPLETED, with nothing left of it. */
async function completed(kubeconfig: string, count: number): Promise<number> {
  const platform = { name: 'cluster', type: 'kubernetes', kubeconfig, namespace, pools: [{ name: 'fake', selector: { type: 'kwok' }, tolerations: [toleration] }], stopGrace: 'PT1S', pullEstimate: 'PT0S' };
  const node = await BenchNode.start({ booking: { grain: 'PT1S', offerExpiry: 'PT1M', mostOffers: 1 }, platforms: [platform] });
  try {
    const began = performance.now();
    await inParallel(times(count), workers, async () => {
      await node.book({ executable: { kind: kinds.dockerContainer, image: { locations: [image] }, command: ['true'] }, schedule: { requested: { duration: 'PT2M' } } });
    });
    for (;;) {
      const { body } = await node.call('GET', `/sessions?limit=${count}`);
      const phases = (body.sessions as Json[]).map((one) => String(one.phase));
      if (phases.includes('FAILED')) throw new Error(`not all went well: ${phases.join(' ')}`);
      if (phases.length === count && phases.every((phase) => phase === 'COMPLETED')) break;
      await wait(pause);
    }
    const seconds = (performance.now() - began) / 1000;
    process.stderr.write(`  ${count} sessions in ${seconds.toFixed(2)} s\n`);
    return seconds;
  } finally {
    await node.stop();
  }
}

/** All calls of the node while its sessions live, looks and watches included. */
async function callsPerSession(bed: Bed, count: number): Promise<number> {
  const way = await bed.counting();
  try {
    await completed(way.kubeconfig, count);
    return bed.counted / count;
  } finally {
    await way.close();
  }
}

/** Median of a look at many sessions ÷ of the bare lists of what belongs to them. */
async function observing(bed: Bed, count: number): Promise<number> {
  const sessions = times(count).map((): SessionId => sessionIdOf(offerSetIdFrom(randomUUID()), 0));
  const labels = (session: SessionId) => ({ 'app.kubernetes.io/managed-by': 'execution-broker', 'execution-broker/instance': 'looked-at', 'execution-broker/session': session, 'execution-broker/role': 'payload' });
  await inParallel(sessions, workers, async (session) => {
    const containers = [{ name: 'payload', image, command: ['true'] }];
    await bed.ask('POST', jobs, { metadata: { name: `eb-${session}`, labels: labels(session), annotations: { 'execution-broker/prepared': 'yes', 'execution-broker/cancelled': 'no' } }, spec: { suspend: true, template: { metadata: { labels: labels(session) }, spec: { restartPolicy: 'Never', containers } } } });
  });
  const host = await testHost({ clock: systemClock, instance: 'looked-at' });
  const platform = kubernetesPlugin.create(kubernetesPlugin.parseConfig({ kubeconfig: bed.kubeconfig, namespace, pools: [{ name: 'fake', selector: { type: 'kwok' } }] }), host);
  const handles = sessions.map((session) => ({ session, version: 1, native: { ends: 0 } }));
  const selector = `?labelSelector=${encodeURIComponent('execution-broker/instance=looked-at')}`;
  const ratio = await besides(() => platform.observe(handles), () => Promise.all([bed.ask('GET', jobs + selector), bed.ask('GET', pods + selector)]));
  if ([...(await platform.observe(handles)).values()].some(({ seen }) => seen !== 'ready')) throw new Error('not every session was seen');
  await bed.ask('DELETE', jobs + selector, { propagationPolicy: 'Background' });
  await platform.close?.();
  await host.close();
  return ratio;
}

async function manyNodes(bed: Bed, count: number): Promise<{ readonly read: number; readonly planning: number }> {
  await bed.invent(count);
  const config = { kubeconfig: bed.kubeconfig, namespace, pools: [{ name: 'invented', selector: { type: 'invented' }, tolerations: [{ operator: 'Exists' }] }] };
  const host = await testHost({ clock: systemClock, instance: 'large' });
  const platform = kubernetesPlugin.create(kubernetesPlugin.parseConfig(config), host);
  const now = systemClock.now();
  const bare = () => Promise.all([bed.ask('GET', '/api/v1/nodes?resourceVersion=0'), bed.ask('GET', '/api/v1/pods?resourceVersion=0&fieldSelector=status.phase!%3DSucceeded,status.phase!%3DFailed'), bed.ask('GET', `/api/v1/namespaces/${namespace}/resourcequotas`)]);
  const read = await besides(() => platform.capacity({ start: now, end: now + 86_400_000 }), bare);
  await platform.close?.();
  await host.close();
  const node = await BenchNode.start({ booking: { mostOffers: 4 }, platforms: [{ name: 'large', type: 'kubernetes', ...config }] });
  try {
    const asked: number[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      const { status, body, milliseconds } = await node.call('POST', '/requests', { executable: { kind: kinds.dockerContainer, image: { locations: [image] } }, schedule: { requested: { duration: 'PT1H' } } });
      if (status >= 400) throw new Error(`no offer: ${JSON.stringify(body).slice(0, 500)}`);
      asked.push(milliseconds);
    }
    process.stderr.write(`  an ask on ${count} nodes in ${asked.map((one) => one.toFixed(0)).join(' ')} ms\n`);
    return { read, planning: quantile(asked, 0.5) };
  } finally {
    await node.stop();
  }
}

/** Median of one ÷ median of the other, in turns. */
async function besides(own: () => Promise<unknown>, bare: () => Promise<unknown>): Promise<number> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn += 1) {
    theirs.push(await timed(bare));
    ours.push(await timed(own));
  }
  process.stderr.write(`  ${quantile(ours, 0.5).toFixed(0)} ms beside ${quantile(theirs, 0.5).toFixed(0)} ms\n`);
  return quantile(ours, 0.5) / quantile(theirs, 0.5);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
