/** 100 sessions of 5 s on `local` with 100 slots: from the first submission until all are COMPLETED. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Measure } from './measure.js';
import { BenchNode, inParallel } from './node/process.js';
import type { Json } from './node/process.js';

const goal = 12;
const sessions = 100;
const kind = 'urn:execution-broker:kind:executable:local-process';

export async function run(): Promise<Measure[]> {
  const node = await BenchNode.start({
    booking: { grain: 'PT1M' },
    platforms: [{ name: 'here', type: 'local', cores: sessions, memory: 2 * sessions, storage: 100, process: { commands: { sleep: { path: 'sleep' } } }, containers: { enabled: 'off' } }],
  });
  try {
    const began = performance.now();
    const booked: Json[] = [];
    await inParallel(Array.from({ length: sessions }, (_, index) => index), 16, async () => {
      booked.push(await node.book({ executable: { kind, command: ['sleep', '5'] }, schedule: { requested: { duration: 'PT5M' } } }));
    });
    const submitted = (performance.now() - began) / 1000;
    await allCompleted(node, booked.length);
    const value = (performance.now() - began) / 1000;
    process.stderr.write(`  submitted in ${submitted.toFixed(2)} s, completed after ${value.toFixed(2)} s\n`);
    return [{ name: 'local-100-sessions-s', value, unit: 's', goal: `<= ${goal}`, holds: value <= goal }];
  } finally {
    await node.stop();
  }
}

async function allCompleted(node: BenchNode, count: number): Promise<void> {
  for (;;) {
    const { body } = await node.call('GET', '/sessions?limit=200');
    const phases = (body.sessions as Json[]).map((one) => String(one.phase));
    if (phases.some((phase) => phase === 'FAILED' || phase === 'CANCELLED')) throw new Error(`not all went well: ${phases.join(' ')}`);
    if (phases.filter((phase) => phase === 'COMPLETED').length === count) return;
    await wait(100);
  }
}
