/** An aggregator over real nodes that chooses by their digests whom to ask. */
import { describe, expect, it } from 'vitest';
import { TestAggregator, asMember } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const soon = aRequest().cores(8).from('2030-06-03T08:00:00Z/PT1H').lasting('PT2H');

async function book(node: TestNode): Promise<Json> {
  const set = await node.as('alice').ask(aRequest().cores(node.cores).lasting('PT6H').from('2030-06-03T08:00:00Z/PT0S').script({ run: 'forever' }));
  expect((await node.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
  return set.offers[0];
}

async function timesAsked(of: TestNode): Promise<number> {
  const { body } = await of.as('').get('/metrics');
  return Number(/eb_http_requests_total\{method="POST",route="\/requests",status="303"[^}]*\} (\d+)/.exec(String(body))?.[1] ?? 0);
}

describe('an aggregator that knows the digests of its members', () => {
  it('asks who may have room; when those have none after all, it asks the others too', async () => {
    const [idle, busy] = [await kept(startNode()), await kept(startNode())];
    const blocking = await book(busy);
    const ag = await kept(TestAggregator.start({ members: [asMember('idle', idle.running.url), asMember('busy', busy.running.url)], federation: { pruneFrom: 1 } }));
    await ag.application.ground.knowledge.look();
    const before = await timesAsked(busy);
    const first = await ag.as('alice').ask(soon);
    expect([first.result, await timesAsked(idle), await timesAsked(busy)]).toEqual(['YES', 1, before]);
    for (const offer of first.offers) await ag.as('alice').update(offer, 'REJECTED');
    // The digests have grown old: the idle one is full, the busy one has become free.
    await book(idle);
    await busy.as('alice').update(blocking, 'CANCELLED');
    await busy.advance('PT1M');
    const set = await ag.as('alice').ask(soon);
    expect([set.result, await timesAsked(busy)]).toEqual(['YES', before + 1]);
  });

  it('publishes what its members could offer, so that one above it can choose', async () => {
    const [small, large] = [await kept(startNode({ cores: 4 })), await kept(startNode({ cores: 32 }))];
    const below = await kept(TestAggregator.start({ name: 'below', members: [asMember('small', small.running.url), asMember('large', large.running.url)] }));
    await below.application.ground.knowledge.look();
    const { body } = await below.as('alice').get('/digest');
    expect([body.isComplete, body.free.cores[0]]).toEqual([true, 32]);
    const above = await kept(TestAggregator.start({ name: 'above', members: [asMember('below', below.url)], federation: { pruneFrom: 1 } }));
    await above.application.ground.knowledge.look();
    const unknown = await above.as('alice').ask(aRequest().lasting('P30D'));
    expect([unknown.result, JSON.stringify(unknown.meta.messages)]).toEqual(['NO', expect.stringContaining('they run nothing for so long')]);
  });
});
