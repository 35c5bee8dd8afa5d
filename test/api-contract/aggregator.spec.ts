import { TestAggregator, asMember } from '../support/federation.js';
import { startNode } from '../support/node.js';
import { apiContract } from './contract.js';
import { portal } from './served.js';
import type { Served } from './served.js';

const http = { cors: { origins: [portal] } };

/** `levels` of aggregators over one node, all on the node's clock. */
async function startOver(levels: number): Promise<Served> {
  const node = await startNode();
  const aggregators: TestAggregator[] = [];
  for (let below = asMember('n1', node.running.url); aggregators.length < levels; below = asMember(`l${aggregators.length}`, aggregators.at(-1)?.url ?? '')) {
    aggregators.push(await TestAggregator.start({ name: `ag${aggregators.length}`, members: [below], clock: node.clock, http }));
  }
  const all = async (each: (one: TestAggregator) => Promise<void>): Promise<void> => {
    for (const one of [...aggregators].reverse()) await each(one);
  };
  return {
    url: aggregators.at(-1)?.url ?? '', now: () => node.clock.now(), advance: (duration) => node.advance(duration), settled: () => all((one) => one.settled()),
    stop: async () => {
      await all((one) => one.stop());
      await node.stop();
    },
  };
}

apiContract({ name: 'an aggregator', start: () => startOver(1) });
apiContract({ name: 'an aggregator over an aggregator', start: () => startOver(2) });
