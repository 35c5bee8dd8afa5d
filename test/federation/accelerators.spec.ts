/** UC-39 through an aggregator: the same form, answered by the member that has such accelerators, and refused with every limit. */
import { describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { TestAggregator, asMember } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const type = 'https://example.org/accelerators/a100';
const site = (more: Json): Json => ({ name: 'stage', type: 'scripted', executables: ['scripted'], longestRun: 'P1D', ...more });
const gpus = (name: string, count: number): Json => site({ pools: { main: { cores: 512, memory: 2048, [name]: count } }, accelerators: [{ type: name, aliases: [type] }], hosts: 2 });
const plain = site({ pools: { main: { cores: 512, memory: 2048 } } });
const nodeOf = (platform: Json, more: NodeWishes = {}): Promise<TestNode> => kept(startNode({ platforms: [platform], spacing: 'PT5M', ...more }));
const project = { policies: [{ type: 'quota', quotas: [{ name: 'project', per: 'all', amounts: { a100: 32 } }] }] };

async function over(nodes: Readonly<Record<string, TestNode>>, federation: Json = {}): Promise<TestAggregator> {
  const ag = await kept(TestAggregator.start({ members: Object.entries(nodes).map(([name, node]) => asMember(name, node.running.url)), federation }));
  await ag.application.ground.knowledge.look();
  return ag;
}
const told = (set: Json): string => (set.meta.messages ?? []).map((one: Json) => one.message as string).join('\n');

describe.each([['asks all', {}], ['asks by digests', { pruneFrom: 1 }]])('UC-39 through an aggregator that %s', (_how, federation) => {
  it('one GPU is offered by who has it, in the words of the request, and runs there', async () => {
    const nodes = { rich: await nodeOf(gpus('a100', 64), project), poor: await nodeOf(plain) };
    const ag = await over(nodes, federation);
    const set = await ag.as('alice').ask(aRequest().accelerators(type, 1).nodes(1, 2).lasting('PT1H'));
    expect([...new Set(set.offers.map((offer: Json) => JSON.stringify(offer.compute.accelerators)))]).toEqual([JSON.stringify([{ type, count: { min: 1, max: 1 }, model: 'a100' }])]);
    expect(set.offers[0].compute).toMatchObject({ kind: kinds.acceleratedCompute, nodes: { min: 1, max: 1 } });
    await ag.as('alice').update(set.offers[0], 'ACCEPTED');
    await nodes.rich.advance('PT10M');
    const { body } = await ag.as('alice').session(set.offers[0]);
    expect([body.phase, body.compute.accelerators[0].count]).toEqual(['COMPLETED', { min: 1, max: 1 }]);
  });

  it('a thousand for days get a NO with every limit', async () => {
    const ag = await over({ rich: await nodeOf(gpus('a100', 64), project), poor: await nodeOf(plain) }, federation);
    const set = await ag.as('alice').ask(aRequest().accelerators(type, 1000).lasting('P30D'));
    expect(set.result).toBe('NO');
    if (!('pruneFrom' in federation)) {
      expect(told(set)).toContain('rich: compute.accelerators: a quota allows 32 a100 at once, at least 1000 are asked for');
      expect(told(set)).toContain('rich: the longest run here is 86400 s');
      expect(told(set)).toContain('poor: compute.accelerators[0].type');
    } else expect(told(set)).toMatch(/not asked: they (run nothing for so long|have no such accelerator)/);
  });
});

describe('an aggregator above others', () => {
  it('passes on what accelerators its members have', async () => {
    const low = await over({ rich: await nodeOf(gpus('a100', 4)), other: await nodeOf(gpus('gpu', 2)), poor: await nodeOf(plain) });
    const digest = (await low.as('alice').get('/digest')).body;
    expect(digest.accelerators).toEqual([{ type: 'a100', aliases: [type] }, { type: 'gpu', aliases: [type] }]);
    expect([digest.free.a100[0], digest.free.gpu[0]]).toEqual([4, 2]);
    const top = await kept(TestAggregator.start({ name: 'top', members: [asMember('low', low.url)], federation: { pruneFrom: 1 } }));
    await top.application.ground.knowledge.look();
    expect((await top.as('alice').ask(aRequest().accelerators(type, 4))).result).toBe('YES');
    const none = await top.as('alice').ask(aRequest().accelerators('tpu', 1));
    expect([none.result, told(none)]).toEqual(['NO', expect.stringContaining('not asked: they have no such accelerator')]);
  });
});
