/** UC-30, 31, 33, 34, 43: sizes that a site can give, and what they cost. */
import { afterEach, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import { kinds } from '#model';

const monetary = 'urn:ivoa:calycopis:cost:monetary';
const carbon = 'urn:execution-broker:cost:carbon';
const atMost = (max: number, type = monetary): Json => ({ costs: [{ kind: kinds.floatCost, type, max }] });
const quoteOf = (offer: Json, type: string): number => offer.costs.find((one: Json) => one.type === type).min as number;
const words = (set: Json): string[] => (set.meta.messages ?? []).map((one: Json) => (one.kind as string).split(':').at(-1));

describe('sizes and costs', () => {
  const nodes: TestNode[] = [];
  const start = async (wishes: NodeWishes = {}): Promise<TestNode> => {
    const node = await startNode(wishes);
    nodes.push(node);
    return node;
  };
  afterEach(() => Promise.all(nodes.splice(0).map((node) => node.stop())));

  it('a budget decides which lengths are offered (UC-43)', async () => {
    const node = await start({ costs: { perCoreHour: 4, currency: 'EUR' } });
    const alice = node.as('alice');
    const one = await alice.ask(aRequest().lasting('PT1H').with(atMost(5)));
    expect(one.result).toBe('YES');
    expect(quoteOf(one.offers[0], monetary)).toBe(4);
    expect(one.offers[0].costs[0].description).toContain('EUR');
    const two = await alice.ask(aRequest().lasting('PT2H').with(atMost(5)));
    expect(two.result).toBe('NO');
    expect(two.meta.messages[0]).toMatchObject({ kind: 'urn:execution-broker:reason:cost', values: { path: 'costs[0]', offered: '8', limit: '5' } });
    expect(words(two)).toContain('nearest');
    const odd = await alice.ask(aRequest().with(atMost(5, 'urn:example:cost:gold')));
    expect([odd.result, words(odd)]).toEqual(['NO', ['unknown-type']]);
  });

  it('a bound on something unknown is only warned of where the configuration says so', async () => {
    const node = await start({ costs: { unknownTypes: 'warn' } });
    const set = await node.as('alice').ask(aRequest().with(atMost(5, 'urn:example:cost:gold')));
    expect([set.result, words(set)]).toEqual(['YES', ['unknown-type']]);
  });

  it('every offer is priced by its own size, memory, storage and length', async () => {
    const node = await start({ costs: { perCoreHour: 1, perMemoryHour: 0.5, perStorageHour: 0.01, perSession: 3, wattsPerCore: 100, idleWatts: 50, corePerformance: 7 } });
    const set = await node.as('alice').ask(aRequest().cores(2).memory(4).lasting('PT3H').with({ storage: [{ kind: kinds.simpleStorage, size: { min: 10, max: 10 } }] }));
    expect(quoteOf(set.offers[0], monetary)).toBeCloseTo(3 + (2 + 2 + 0.1) * 3, 4);
    expect(quoteOf(set.offers[0], 'urn:execution-broker:cost:energy')).toBeCloseTo(0.75, 4);
    expect(set.offers[0].metrics[0]).toMatchObject({ type: 'urn:ivoa:calycopis:metric:compute-performance', min: 14, max: 14 });
    expect(set.offers[0].compute.costs).toEqual(set.offers[0].costs);
  });

  it('the search goes on to a greener night that keeps the bound', async () => {
    const carbonByHour = Array.from({ length: 24 }, (_, hour) => (hour < 6 ? 50 : 400));
    const node = await start({ costs: { wattsPerCore: 1000, carbonByHour } });
    const wish = aRequest().lasting('PT2H').from('2030-06-03T08:00:00Z/P1D');
    const bounded = await node.as('alice').ask(wish.with(atMost(100, carbon)));
    expect(bounded.result).toBe('YES');
    for (const offer of bounded.offers) expect(quoteOf(offer, carbon)).toBeLessThanOrEqual(100);
    expect(bounded.offers[0].schedule.available.start).toMatch(/^2030-06-04T00:00:00Z/);
    const today = await node.as('alice').ask(wish.from('2030-06-03T08:00:00Z/PT4H').with(atMost(100, carbon)));
    expect([today.result, words(today)[0]]).toEqual(['NO', 'cost']);
  });

  it('a cheap night is found although the day is free', async () => {
    const priceByHour = Array.from({ length: 24 }, (_, hour) => (hour >= 22 || hour < 6 ? 0.5 : 1));
    const node = await start({ costs: { perCoreHour: 2, priceByHour } });
    const set = await node.as('alice').ask(aRequest().lasting('PT1H').with(atMost(1)));
    expect(set.offers[0].schedule.available.start).toMatch(/^2030-06-03T22:00:00Z/);
    expect(quoteOf(set.offers[0], monetary)).toBe(1);
  });
});
