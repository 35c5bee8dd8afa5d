/** A node with 100 000 archived and 1 000 waiting sessions that nobody speaks to: its processor time and memory. */
import { setTimeout as wait } from 'node:timers/promises';
import { completeOne } from './archive.js';
import type { Measure } from './measure.js';
import { fillArchive } from './node/archive.js';
import { BenchNode, inParallel, scripted, scriptedKind } from './node/process.js';

const goals = { cpu: 2, memory: 250 };
const archived = 100_000;
const waiting = 1_000;

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const seconds = quick ? 20 : 60;
  const node = await BenchNode.start(scripted({ booking: { grain: 'PT5M', mostOffers: 1 } }));
  try {
    await completeOne(node);
    await fillArchive(node.databaseUrl, archived);
    const start = new Date(Math.ceil((Date.now() + 86_400_000) / 1000) * 1000).toISOString();
    await inParallel(Array.from({ length: waiting }, (_, index) => index), 8, async () => {
      await node.book({ executable: { kind: scriptedKind }, schedule: { requested: { start: `${start}/PT0S`, duration: 'PT1H' } } });
    });
    await wait(15_000);
    const before = await node.cpuSeconds();
    await wait(seconds * 1000);
    const cpu = ((await node.cpuSeconds() - before) / seconds) * 100;
    const memory = await node.memory();
    return [
      { name: 'idle-cpu-percent', value: cpu, unit: '% of one core', goal: `<= ${goals.cpu}`, holds: cpu <= goals.cpu },
      { name: 'idle-rss-mb', value: memory, unit: 'MB', goal: `<= ${goals.memory}`, holds: memory <= goals.memory },
    ];
  } finally {
    await node.stop();
  }
}
