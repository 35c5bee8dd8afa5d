/** Storage that outlives sessions through an aggregator: found again by its owner, and by nobody else. */
import { describe, expect, it } from 'vitest';
import { FakeBroker, json } from '#client/testing';
import { TestAggregator, asMember } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { kinds, startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import type { RequestBuilder } from '../support/requests.js';

const stage = { name: 'stage', type: 'scripted', pools: { main: { cores: 16, memory: 64, storage: 10 } }, executables: ['scripted'], keeps: { gib: 100, longest: 'P30D' } };
const keeping = (more: Json = { size: { min: 40 } }): RequestBuilder => aRequest().script({ run: 'PT1H' }).with({ storage: [{ kind: kinds.persistentStorage, name: 'results', ...more }] });
const wordsOf = (set: Json): string => JSON.stringify(set.meta.messages);

/** A node that is told for whom an aggregator speaks. */
async function trusting(): Promise<{ readonly node: TestNode; readonly ag: TestAggregator }> {
  const keys = await kept(new FakeBroker().start());
  const node = await kept(startNode({ platforms: [stage], access: { addresses: ['http://n1.test'], onBehalf: [{ issuer: 'ag', jwks: `${keys.url}/keys`, realms: [{ theirs: 'local', ours: 'of-ag' }] }] } }));
  const ag = await kept(TestAggregator.start({ name: 'ag', members: [{ name: 'n1', url: node.running.url, onBehalf: true, audience: 'http://n1.test' }], clock: node.clock }));
  keys.on('GET /keys', json(200, (await ag.as('').get('/federation/jwks.json')).body));
  return { node, ag };
}

describe('kept storage at a member that knows the requester', () => {
  it('is there for the next session of its owner by its name alone, and for nobody else', async () => {
    const { node, ag } = await trusting();
    const first = await ag.as('alice').ask(keeping());
    expect(first.result, wordsOf(first)).toBe('YES');
    expect((await ag.as('alice').update(first.offers[0], 'ACCEPTED')).status).toBe(200);
    await node.advance('PT3H');
    expect((await ag.as('alice').session(first.offers[0])).body.phase).toBe('COMPLETED');
    const others = await ag.as('bob').ask(keeping({}));
    expect(others.result, wordsOf(others)).toBe('NO');
    const again = await ag.as('alice').ask(keeping({}));
    expect(again.offers[0].storage[0]).toMatchObject({ kind: kinds.persistentStorage, name: 'results', size: { min: 40, max: 40 } });
    expect((await ag.as('alice').update(again.offers[0], 'ACCEPTED')).status).toBe(200);
    expect((await node.as('admin').get('/admin/storage')).body.storage).toMatchObject([{ name: 'results', owner: 'of-ag:alice' }]);
  });
});

describe('a member that knows everybody from here as one', () => {
  it('is not asked for storage that outlives sessions, which would be everybody\'s, but for all else', async () => {
    const node = await kept(startNode({ platforms: [stage] }));
    const ag = await kept(TestAggregator.start({ members: [asMember('n1', node.running.url)], clock: node.clock }));
    const set = await ag.as('alice').ask(keeping());
    expect([set.result, wordsOf(set)]).toEqual(['NO', expect.stringContaining('n1 was not asked: it knows everybody from here as one')]);
    expect((await ag.as('alice').ask(aRequest())).result).toBe('YES');
    expect((await node.as('admin').get('/admin/storage')).body.storage).toEqual([]);
  });
});
