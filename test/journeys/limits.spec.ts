/** Nobody can hold a node by asking: limits of asks and of open offers, each named by the answer. */
import { afterEach, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

let node: TestNode;
afterEach(() => node.stop());
const start = async (limits: Json, more: NodeWishes = {}): Promise<void> => { node = await startNode({ limits, ...more }); };
const limitOf = (set: Json): unknown => set.meta.messages.map((one: Json) => one.values.limit as unknown).find((one: unknown) => one !== undefined);

it('one requester has no more offer sets open than it may, and others are not concerned', async () => {
  await start({ openOffers: 2 });
  const [first] = [await node.as('alice').ask(aRequest()), await node.as('alice').ask(aRequest())];
  const third = await node.as('alice').ask(aRequest());
  expect(third.result).toBe('NO');
  expect(limitOf(third)).toBe('limits.openOffers');
  expect((await node.as('bob').ask(aRequest())).result).toBe('YES');
  expect((await node.as('alice').update(first.offers[0], 'ACCEPTED')).status).toBe(200);
  expect((await node.as('alice').ask(aRequest())).result).toBe('YES');
});

it('expired offers don\'t count', async () => {
  await start({ openOffers: 1 });
  await node.as('alice').ask(aRequest());
  expect((await node.as('alice').ask(aRequest())).result).toBe('NO');
  await node.advance('PT6M');
  expect((await node.as('alice').ask(aRequest())).result).toBe('YES');
});

it('administrators may have any number of offers open', async () => {
  await start({ openOffers: 1 });
  await node.as('admin').ask(aRequest());
  expect((await node.as('admin').ask(aRequest())).result).toBe('YES');
});

it('open offers leave a part of what is free to those who ask later', async () => {
  await start({ openShare: 0.5 }, { cores: 16, mostOffers: 1 });
  const now = '2030-06-03T10:00:00Z/PT0S';
  expect((await node.as('alice').ask(aRequest().cores(8).from(now))).result).toBe('YES');
  const refused = await node.as('bob').ask(aRequest().cores(1).from(now));
  expect(refused.result).toBe('NO');
  expect(limitOf(refused)).toBe('limits.openShare');
  expect((await node.as('bob').ask(aRequest().cores(1).from('2030-06-03T14:00:00Z/PT0S'))).result).toBe('YES');
});

it('offers expire sooner the more are open', async () => {
  await start({ openOffersOfAll: 4 });
  const patience = async (): Promise<number> => {
    const { offers: [offer], meta } = await node.as('alice').ask(aRequest());
    return (Date.parse(offer.expires) - Date.parse(meta.created)) / 1000;
  };
  const spans = [await patience(), await patience(), await patience(), await patience()];
  expect(spans[0]).toBe(300);
  expect(spans[3]).toBeLessThan(200);
  const fifth = await node.as('alice').ask(aRequest());
  expect(limitOf(fifth)).toBe('limits.openOffersOfAll');
});

it('who asks too often is told when to ask again, and can accept meanwhile', async () => {
  await start({ requestsPerSecond: 0.1, burst: 1 });
  const set = await node.as('alice').ask(aRequest());
  const refused = await node.as('alice').call('POST', '/requests', aRequest().build());
  expect(refused.status).toBe(429);
  expect(refused.headers['retry-after']).toBe('10');
  expect(refused.body.detail).toContain('limits.requestsPerSecond');
  expect((await node.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
  await node.advance('PT10S');
  expect((await node.as('alice').ask(aRequest())).result).toBe('YES');
});
