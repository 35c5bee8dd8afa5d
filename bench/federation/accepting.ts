/** Accepting at a node, and through an aggregator over it: real HTTP and databases, in one process and in turns. */
import { TestAggregator, asMember } from '../../test/support/federation.js';
import { startNode } from '../../test/support/node.js';
import type { TestClient } from '../../test/support/node.js';
import { aRequest } from '../../test/support/requests.js';
import { median, timed } from '../booking/statistics.js';
import type { Measure } from '../measure.js';

export async function acceptThroughOneLevel(rounds: number): Promise<Measure[]> {
  const node = await startNode({ cores: 4_096, memory: 8_192, mostOffers: 1 });
  const aggregator = await TestAggregator.start({ members: [asMember('n1', node.running.url)] });
  try {
    const [direct, through] = [node.as('alice'), aggregator.as('alice')];
    for (let warm = 0; warm < 5; warm += 1) await acceptTime(direct).then(() => acceptTime(through));
    const times = { direct: [] as number[], through: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      times.direct.push(await acceptTime(direct));
      times.through.push(await acceptTime(through));
    }
    const value = median(times.through) / median(times.direct);
    process.stderr.write(`  accept p50: direct ${median(times.direct).toFixed(1)} ms, through one level ${median(times.through).toFixed(1)} ms\n`);
    return [{ name: 'accept-through-one-level-per-direct', value, unit: 'time per time', goal: '<= 2', holds: value <= 2 }];
  } finally {
    await aggregator.stop();
    await node.stop();
  }
}

async function acceptTime(client: TestClient): Promise<number> {
  const set = await client.ask(aRequest().from('2030-06-03T09:00:00Z/PT24H'));
  return timed(() => client.update(set.offers[0], 'ACCEPTED'));
}
