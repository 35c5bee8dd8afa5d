/** UC-30, 31, 33, 34, 43: sizes that a site can give, and what they cost. */
import { describe, expect, it } from 'vitest';
import { kept } from '../support/kept.js';
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
  const start = (wishes: NodeWishes = {}): Promise<TestNode> => kept(startNode(wishes));

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

  const site = (more: Json): Json => ({
    name: 'stage', type: 'scripted', pools: { main: { cores: 32, memory: 128, storage: 1024 } }, executables: ['scripted', 'dockerContainer'], ...more,
  });
  const anySize = (cores: Json, memory: Json): Json => ({ compute: { kind: kinds.simpleCompute, cores, memory } });

  it('fixed sizes: the closest that has enough, and none beyond the maximum (UC-30)', async () => {
    const flavours = { small: { cores: 1, memory: 2 }, medium: { cores: 8, memory: 32 }, large: { cores: 16, memory: 64 } };
    const node = await start({ platforms: [site({ flavours })] });
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().with(anySize({ min: 4 }, { min: 16 })));
    expect(set.offers[0].compute).toMatchObject({ cores: { min: 8, max: 8 }, memory: { min: 32, max: 32 } });
    const narrow = await alice.ask(aRequest().with(anySize({ min: 4, max: 4 }, { min: 16 })));
    expect(narrow.result).toBe('NO');
    expect(narrow.meta.messages[0].message).toContain('medium (cores 8, memory 32)');
  });

  it('an elastic platform shows what a session starts with and may grow to (UC-31)', async () => {
    const node = await start({ platforms: [site({ elastic: true })] });
    const set = await node.as('alice').ask(aRequest().cores(8, 16).memory(16, 32).from('2030-06-03T10:00:00Z/PT0S'));
    const [least] = [...set.offers].sort((a: Json, b: Json) => a.compute.cores.min - b.compute.cores.min);
    expect(least.compute).toMatchObject({ cores: { min: 8, max: 16 }, memory: { min: 16, max: 32 } });
  });

  it('a minimal node with one size and a list of images (UC-33)', async () => {
    const image = (location: string): Json => ({ executable: { kind: kinds.dockerContainer, image: { locations: [location] } } });
    const node = await start({ platforms: [site({ flavours: { only: { cores: 2, memory: 2 } }, images: ['example.org/a:1', 'example.org/b:1'], longestRun: 'PT1H' })] });
    const alice = node.as('alice');
    const small = aRequest().with(anySize({ min: 1 }, { min: 1 })).lasting('PT30M');
    const set = await alice.ask(small.with(image('example.org/a:1')));
    expect(set.offers[0].compute).toMatchObject({ cores: { min: 2, max: 2 }, memory: { min: 2, max: 2 } });
    const foreign = await alice.ask(small.with(image('example.org/c:1')));
    expect(foreign.result).toBe('NO');
    expect(foreign.meta.messages[0]).toMatchObject({ kind: 'urn:execution-broker:reason:image-refused', values: { path: 'executable.image.locations[0]' } });
  });

  it('scratch space is a size like the others (UC-34)', async () => {
    const node = await start({ platforms: [site({})] });
    const scratch = (gib: number): Json => ({
      storage: [{ kind: kinds.simpleStorage, meta: { name: 'scratch' }, size: { min: gib, max: gib } }],
      compute: { kind: kinds.simpleCompute, cores: { min: 1 }, memory: { min: 1 }, volumes: [{ kind: kinds.simpleVolume, path: '/temp', mode: 'READWRITE', resource: 'scratch' }] },
    });
    const whole = await node.as('alice').ask(aRequest().with(scratch(1024)));
    expect(whole.offers[0].storage[0].size).toEqual({ min: 1024, max: 1024 });
    const double = await node.as('alice').ask(aRequest().with(scratch(2048)));
    expect(double.result).toBe('NO');
    expect(double.meta.messages[0].message).toContain('storage 2048');
  });
});
