/** What the operator of an aggregator watches. */
import { expect, it } from 'vitest';
import { FakeBroker, json } from '#client/testing';
import { TestAggregator, asMember } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

it('asks, accepts and members are counted, and nothing that only a node has', async () => {
  const [node, broken] = [await kept(startNode()), await kept(new FakeBroker().start())];
  broken.on('POST /requests', json(500, {}));
  const aggregator = await kept(TestAggregator.start({ members: [asMember('n1', node.running.url), { name: 'broken', url: broken.url }] }));
  const alice = aggregator.as('alice');
  const { offers } = await alice.ask(aRequest());
  expect([(await alice.update(offers[0], 'ACCEPTED')).status, (await alice.update(offers[1], 'ACCEPTED')).status]).toEqual([200, 409]);
  for (const cores of [10_000, 20_000]) expect((await alice.ask(aRequest().cores(cores))).result).toBe('NO');
  const seen = String((await alice.get('/metrics')).body).split('\n').filter((line) => /^eb_(asks_total|ask_seconds_count|accepts_total|member_up|platform_up|session_phases)/.test(line));
  expect(seen.map((line) => line.replace(/,?node="[^"]*"/, '')).sort()).toEqual([
    'eb_accepts_total{result="conflict"} 1', 'eb_accepts_total{result="ok"} 1', 'eb_ask_seconds_count{} 3', 'eb_asks_total{result="NO"} 2', 'eb_asks_total{result="YES"} 1',
    'eb_member_up{member="broken"} 0', 'eb_member_up{member="n1"} 1',
  ]);
});
