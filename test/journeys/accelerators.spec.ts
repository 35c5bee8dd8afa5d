/** UC-39 and what is around it: accelerators and several hosts are asked for by one form, and given, refused, counted and priced like cores. */
import { describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const a100 = 'nvidia-a100';
const uri = 'https://example.org/accelerators/a100';
const at = '2030-06-03T10:00:00Z/PT0S';
const site = (more: Json = {}): Json => ({
  name: 'stage', type: 'scripted', pools: { main: { cores: 4096, memory: 16384, storage: 1000, [a100]: 64 } }, executables: ['scripted', 'dockerContainer'],
  accelerators: [{ type: a100, aliases: [uri, 'gpu'], memory: 80 }], longestRun: 'P1D', ...more,
});
const start = (wishes: NodeWishes = {}): Promise<TestNode> => kept(startNode({ platforms: [site()], ...wishes }));
const words = (set: Json): string[] => (set.meta.messages ?? []).map((one: Json) => (one.kind as string).split(':').at(-1));
const told = (set: Json): string => (set.meta.messages ?? []).map((one: Json) => one.message as string).join('\n');
const pathsOf = (set: Json): string[] => (set.meta.messages ?? []).map((one: Json) => one.values?.path as string);

describe('one GPU, and a thousand (UC-39)', () => {
  const projects = { policies: [{ type: 'quota', quotas: [{ name: 'project', groups: ['astro'], per: 'group', amounts: { [a100]: 32 } }] }], members: { carol: ['astro'], dave: ['astro'] } };
  const wish = (count: number, duration: string) => aRequest().accelerators(a100, count).lasting(duration);

  it('get an offer, and a NO that names the limit of the project, of the platform and of the node', async () => {
    const carol = (await start(projects)).as('carol');
    const one = await carol.ask(wish(1, 'PT1H'));
    expect(one.result).toBe('YES');
    expect(one.offers[0].compute).toMatchObject({ kind: kinds.acceleratedCompute, accelerators: [{ type: a100, model: a100, count: { min: 1, max: 1 }, memory: { min: 80, max: 80 } }], nodes: { min: 1, max: 1 } });
    const thousand = await carol.ask(wish(1000, 'P30D'));
    expect(thousand.result).toBe('NO');
    expect(told(thousand)).toMatch(/at most P7D/);
    expect(told(thousand)).toMatch(/a quota allows 32 nvidia-a100 at once, at least 1000 are asked for/);
    expect(told(thousand)).toMatch(/the longest run here is 86400 s/);
    const days = await carol.ask(wish(1000, 'P3D'));
    expect(words(days)).toEqual(['quota', 'limit', 'capacity']);
    expect(pathsOf(days)).toEqual(['compute.accelerators', 'schedule.requested.duration', 'compute.accelerators']);
  });

  it('are counted for the project as a whole', async () => {
    const node = await start(projects);
    const first = await node.as('carol').ask(wish(30, 'PT1H').from(at));
    await node.as('carol').update(first.offers[0], 'ACCEPTED');
    const second = await node.as('dave').ask(wish(4, 'PT1H').from(at));
    expect(second.result).toBe('NO');
    expect(told(second)).toMatch(/group astro may have 32 nvidia-a100 at once, 30 are booked/);
    expect((await node.as('dave').ask(wish(2, 'PT1H').from(at))).result).toBe('YES');
    expect((await node.as('bob').ask(wish(32, 'PT1H').from(at))).result).toBe('YES');
  });
});

describe('accelerators', () => {
  it('are asked for by any of their words, and answered by the same', async () => {
    const alice = (await start()).as('alice');
    for (const word of [a100, 'gpu', uri]) {
      const set = await alice.ask(aRequest().accelerators(word, 2));
      expect(set.offers[0].compute.accelerators).toEqual([{ type: word, model: a100, count: { min: 2, max: 2 }, memory: { min: 80, max: 80 } }]);
    }
    expect((await alice.ask(aRequest().with({ compute: { kind: `${kinds.acceleratedCompute}-resource`, accelerators: [{ type: 'gpu' }] } }))).offers[0].compute).toMatchObject({ kind: kinds.acceleratedCompute, accelerators: [{ count: { min: 1, max: 1 } }] });
  });

  it('grow from the minimum towards the maximum, as far as they are free, and are never given twice', async () => {
    const node = await start({ mostOffers: 2 });
    const first = await node.as('alice').ask(aRequest().accelerators(a100, 60).from(at));
    await node.as('alice').update(first.offers[0], 'ACCEPTED');
    const ranged = await node.as('bob').ask(aRequest().accelerators(a100, 2, 16).from(at));
    expect(ranged.offers.map((offer: Json) => offer.compute.accelerators[0].count.min).sort()).toEqual([2, 4]);
    const set = await node.as('bob').ask(aRequest().accelerators(a100, 5).from(at));
    expect([set.result, told(set)]).toEqual(['NO', expect.stringContaining('5 nvidia-a100')]);
    expect(told(set)).toContain('the first start that would work is 2030-06-03T08:00:00');
  });

  it('that do not fit are answered with what would', async () => {
    const alice = (await start()).as('alice');
    const set = await alice.ask(aRequest().accelerators(a100, 65));
    expect(set.result).toBe('NO');
    expect(told(set)).toContain('no pool ever has this much: nvidia-a100 65');
    expect(told(set)).toMatch(/the biggest size that would fit .* 64 nvidia-a100/);
  });

  it('that nobody here has are refused by name, never with an error (UC-32)', async () => {
    const alice = (await start()).as('alice');
    const set = await alice.ask(aRequest().accelerators('quantum-annealer', 1));
    expect([set.result, words(set), pathsOf(set)]).toEqual(['NO', ['unknown-accelerator'], ['compute.accelerators[0].type']]);
    expect(told(set)).toContain('this node has nvidia-a100');
    const plain = await kept(startNode());
    expect(told(await plain.as('alice').ask(aRequest().accelerators(a100, 1)))).toContain('this node has no accelerators');
  });

  it('are priced by type', async () => {
    const alice = (await start({ costs: { perAcceleratorHour: { [a100]: 2.5 }, perCoreHour: 0.5, wattsPerCore: 10, wattsPerAccelerator: { [a100]: 400 } } })).as('alice');
    const set = await alice.ask(aRequest().accelerators(a100, 4).lasting('PT2H'));
    const costs = Object.fromEntries(set.offers[0].costs.map((one: Json) => [one.type, one.min]));
    expect(costs).toEqual({ 'urn:ivoa:calycopis:cost:monetary': 21, 'urn:execution-broker:cost:energy': 3.22 });
  });

  it('are nothing that a client of v1.0 meets', async () => {
    const alice = (await start()).as('alice');
    const set = await alice.ask(aRequest());
    expect(set.offers[0].compute).toMatchObject({ kind: kinds.simpleCompute });
    expect(JSON.stringify(set)).not.toMatch(/accelerat|nodes/);
    const misplaced = await alice.ask(aRequest().with({ compute: { kind: kinds.simpleCompute, accelerators: [{ type: a100 }] } }));
    expect([misplaced.result, pathsOf(misplaced)]).toEqual(['NO', ['compute.accelerators']]);
  });

  it('are told of in capabilities, capacity and explanation', async () => {
    const node = await start();
    const { body } = await node.as('alice').get('/capabilities.json');
    expect([body.kinds.compute, body.accelerators]).toEqual([[kinds.simpleCompute, kinds.acceleratedCompute], [{ type: a100, aliases: [uri, 'gpu'], memory: 80 }]]);
    const set = await node.as('alice').ask(aRequest().accelerators('gpu', 3));
    const { body: explained } = await node.as('alice').get(`/offersets/${set.meta.uuid}/explanation`);
    expect(JSON.stringify(explained)).toContain('\\"nvidia-a100\\":3');
  });

  it('stay as they are while a session lives', async () => {
    const node = await start({ platforms: [site({ elastic: true })] });
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().cores(2, 4).accelerators(a100, 1, 8));
    await alice.update(set.offers[0], 'ACCEPTED');
    const { body } = await alice.session(set.offers[0]);
    expect(body.meta.options.map(({ path }: Json) => path as string)).not.toContain('compute.accelerators');
    const change = await alice.call('POST', `/sessions/${set.offers[0].meta.uuid}`, { kind: 'uri:integer-value-update', path: 'compute.accelerators', value: 4 });
    expect(change.status).toBe(409);
    expect(body.compute.accelerators[0].count).toEqual({ min: 1, max: 1 });
  });
});

describe('several hosts', () => {
  it('get equal parts of everything', async () => {
    const alice = (await start({ platforms: [site({ hosts: 4 })] })).as('alice');
    const set = await alice.ask(aRequest().cores(7).accelerators(a100, 8).nodes(4));
    expect(set.offers[0].compute).toMatchObject({ cores: { min: 8, max: 8 }, accelerators: [{ count: { min: 8, max: 8 } }], nodes: { min: 4, max: 4 } });
    const many = await alice.ask(aRequest().nodes(5));
    expect([many.result, pathsOf(many)]).toEqual(['NO', ['compute.nodes.min']]);
  });

  it('are refused where a session is on one', async () => {
    const alice = (await start()).as('alice');
    expect(told(await alice.ask(aRequest().nodes(2)))).toContain('a session on platform stage is on one');
    expect((await alice.ask(aRequest().nodes(1, 4))).offers[0].compute.nodes).toEqual({ min: 1, max: 1 });
  });
});

describe('hostile accelerators', () => {
  const compute = (fields: Json): Json => aRequest().with({ compute: { kind: kinds.acceleratedCompute, ...fields } });
  const count = (value: Json): Json => compute({ accelerators: [{ type: a100, count: value }] });

  it('get a NO that names the place', async () => {
    const alice = (await start()).as('alice');
    const cases: readonly (readonly [Json, string])[] = [
      [count({ min: -1 }), 'compute.accelerators[0].count.min'], [count({ min: 0 }), 'compute.accelerators[0].count.min'], [count({ min: 3, max: 2 }), 'compute.accelerators[0].count.min'],
      [count({ min: 2 ** 45 }), 'compute.accelerators[0].count.min'], [compute({ accelerators: [{ type: a100 }, { type: 'gpu' }] }), 'compute.accelerators[1].type'],
      [compute({ accelerators: [{}] }), 'compute.accelerators[0].type'], [compute({ accelerators: [{ type: '__proto__' }] }), 'compute.accelerators[0].type'],
      [compute({ accelerators: [{ type: 'cores' }] }), 'compute.accelerators[0].type'], [compute({ accelerators: Array.from({ length: 33 }, () => ({ type: a100 })) }), 'compute.accelerators'],
      [compute({ nodes: { min: 0 } }), 'compute.nodes.min'], [compute({ accelerators: [{ type: a100, memory: { min: 81 } }] }), 'compute.accelerators[0].memory.min'],
    ];
    for (const [wish, path] of cases) {
      const set = await alice.ask(wish);
      expect([set.result, pathsOf(set)[0]]).toEqual(['NO', path]);
    }
  });

  it('of another JSON type are malformed', async () => {
    const alice = (await start()).as('alice');
    for (const fields of [{ accelerators: [{ type: a100, count: { min: 1.5 } }] }, { accelerators: { type: a100 } }, { accelerators: ['gpu'] }, { accelerators: [{ type: 5 }] }, { nodes: 2 }]) {
      expect((await alice.call('POST', '/requests', (compute(fields)).build())).status).toBe(400);
    }
  });

  it('an empty list asks for none', async () => {
    const set = await (await start()).as('alice').ask(compute({ accelerators: [] }));
    expect([set.result, set.offers[0].compute.accelerators]).toEqual(['YES', []]);
  });
});
