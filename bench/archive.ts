/** `POST /requests` of a node with 100 000 archived sessions against one with none, in turns: only the ratio counts. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Measure } from './measure.js';
import { fillArchive } from './node/archive.js';
import { BenchNode, quantile, scripted, scriptedKind } from './node/process.js';

const goal = 1.2;
const archived = 100_000;
const body = { executable: { kind: scriptedKind, script: { run: 'PT1S' } }, schedule: { requested: { duration: 'PT5M' } } };

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const asks = quick ? 300 : 1_000;
  const config = scripted({ booking: { grain: 'PT1M', mostOffers: 2, offerExpiry: 'PT30S' } });
  const nodes = [await BenchNode.start(config), await BenchNode.start(config)] as const;
  try {
    for (const node of nodes) await completeOne(node);
    await fillArchive(nodes[1].databaseUrl, archived);
    await askInTurns(nodes, asks / 2);
    const [without, full] = (await askInTurns(nodes, asks)).map((times) => quantile(times, 0.5)) as [number, number];
    const value = full / without;
    process.stderr.write(`  p50 ${without.toFixed(2)} ms without, ${full.toFixed(2)} ms with ${archived} archived sessions\n`);
    return [{ name: 'ask-with-archive-per-without', value, unit: 'p50 with / without', goal: `<= ${goal}`, holds: value <= goal }];
  } finally {
    for (const node of nodes) await node.stop();
  }
}

/** One session to copy. */
export async function completeOne(node: BenchNode): Promise<void> {
  const session = await node.book(body);
  for (;;) {
    const { body: now } = await node.call('GET', `/sessions/${session.meta.uuid}`);
    if (now.phase === 'COMPLETED') break;
    await wait(100);
  }
  // Final for clients a little before nothing is left to do.
  await wait(3_000);
}

/** One ask of each node in turn, so that whatever else the machine does concerns both. */
async function askInTurns(nodes: readonly BenchNode[], count: number): Promise<readonly (readonly number[])[]> {
  const times: number[][] = nodes.map(() => []);
  for (let number = 0; number < count; number += 1) {
    for (const [index, node] of nodes.entries()) {
      const { status, milliseconds } = await node.call('POST', '/requests', body);
      if (status !== 303) throw new Error(`answered ${status}`);
      times[index]?.push(milliseconds);
    }
  }
  return times;
}
