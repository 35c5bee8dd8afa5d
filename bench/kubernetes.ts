/**
 * The broker beside a bare client of the same control plane: trivial sessions from acceptance to COMPLETED, with nothing left of them, beside
 * as many bare Jobs until they are complete, on pretended nodes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { kinds } from '#model';
import { Bed, namespace, workers } from './kubernetes/bed.js';
import type { Measure } from './measure.js';
import { BenchNode, inParallel } from './node/process.js';
import type { Json } from './node/process.js';

const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
const toleration = { key: 'kwok.x-k8s.io/node', operator: 'Exists' };
const image = 'bed.local/busybox:1';
const pause = 250;

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  if (process.getuid?.() !== 0) throw new Error('the bed of this bench needs root');
  const bed = await Bed.start();
  try {
    const count = quick ? 40 : 200;
    const bare = await bareJobs(bed, count);
    const sessions = await completed(bed.kubeconfig, count);
    const value = sessions / bare;
    return [{ name: 'kubernetes-sessions-per-bare-jobs', value, unit: 'ratio', goal: '<= 1.5', holds: value <= 1.5 }];
  } finally {
    await bed.stop();
  }
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
