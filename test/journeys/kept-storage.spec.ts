/** Storage that outlives sessions: made by one, found by name by the next of the same owner, nobody else's, and within what the site sets aside. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import type { RequestBuilder } from '../support/requests.js';

let node: TestNode;
afterEach(() => node.stop());

const stage = { name: 'stage', type: 'scripted', pools: { main: { cores: 16, memory: 64, storage: 10 } }, executables: ['scripted'], keeps: { gib: 100, longest: 'P30D' } };
const plain = { ...stage, name: 'plain', keeps: undefined };

function keeping(name: string, more: Json = { size: { min: 40 } }): RequestBuilder {
  return aRequest().script({ run: 'PT1H' }).with({ storage: [{ kind: kinds.persistentStorage, name, ...more }] });
}

function textOf(set: Json): string {
  return JSON.stringify(set.meta.messages);
}

async function accepted(who: string, wish: RequestBuilder, offer = 0): Promise<Json> {
  const set = await node.as(who).ask(wish);
  expect(set.result, textOf(set)).toBe('YES');
  const answer = await node.as(who).update(set.offers[offer], 'ACCEPTED');
  expect(answer.status).toBeLessThan(400);
  return set.offers[offer];
}

async function kept(who: string): Promise<readonly Json[]> {
  return (await node.as(who).get('/storage')).body.storage;
}

function foldersOnPlatform(): readonly string[] {
  const folder = join(node.folder, 'platforms', 'stage', 'kept');
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('kept storage', () => {
  it('is there for the next session of its owner, by its name alone, and after a restart', async () => {
    node = await startNode({ platforms: [stage] });
    const first = await accepted('alice', keeping('results'));
    expect(first.storage[0]).toMatchObject({ kind: kinds.persistentStorage, name: 'results', size: { min: 40, max: 40 } });
    await node.advance('PT2H');
    expect((await node.as('alice').session(first)).body.phase).toBe('COMPLETED');
    await node.restart();
    expect(await kept('alice')).toMatchObject([{ name: 'results', owner: 'local:alice', platform: 'stage', size: 40, state: 'kept', session: first.meta.uuid }]);
    const second = await accepted('alice', keeping('results', {}));
    expect(second.storage[0]).toMatchObject({ name: 'results', size: { min: 40, max: 40 } });
    await node.advance('PT2H');
    expect((await node.as('alice').session(second)).body.phase).toBe('COMPLETED');
  });

  it("is nobody else's: the same name of another is another storage, and has to be made first", async () => {
    node = await startNode({ platforms: [stage] });
    await accepted('alice', keeping('results'));
    const asked = await node.as('bob').ask(keeping('results', {}));
    expect([asked.result, textOf(asked).includes('storage[0].name')]).toEqual(['NO', true]);
    await accepted('bob', keeping('results', { size: { min: 10 } }));
    expect([await kept('bob'), await kept('alice')]).toMatchObject([[{ size: 10 }], [{ size: 40 }]]);
    expect((await node.as('bob').call('DELETE', '/storage/nothing')).status).toBe(404);
    expect((await node.as('bob').get('/admin/storage')).status).toBe(403);
    expect((await node.as('admin').get('/admin/storage')).body.storage).toHaveLength(2);
  });

  it('has one writer at a time: who asks for the same hours is offered later ones, or told who is in the way', async () => {
    node = await startNode({ platforms: [stage] });
    const first = await accepted('alice', keeping('results'));
    const now = await node.as('alice').ask(keeping('results', {}).from('2030-06-03T08:00:00Z/PT30M'));
    expect([now.result, textOf(now).includes("'results'")]).toEqual(['NO', true]);
    const later = await node.as('alice').ask(keeping('results', {}).from('2030-06-03T08:00:00Z/PT8H'));
    expect(later.result).toBe('YES');
    const end = Date.parse(first.schedule.available.start.split('/')[0]) + 3_600_000;
    expect(Date.parse(later.offers[0].schedule.available.start.split('/')[0])).toBeGreaterThanOrEqual(end);
  });

  it('is read by several at a time, who can not write then', async () => {
    node = await startNode({ platforms: [stage] });
    await accepted('alice', keeping('cube'));
    await node.advance('PT2H');
    await accepted('alice', keeping('cube', { mode: 'READONLY' }));
    await accepted('alice', keeping('cube', { mode: 'READONLY' }));
    const writer = await node.as('alice').ask(keeping('cube', {}).from('2030-06-03T10:00:00Z/PT30M'));
    expect(writer.result).toBe('NO');
    const volumes = [{ kind: kinds.simpleVolume, path: '/cube', mode: 'READWRITE', resource: 'c' }];
    const both = await node.as('alice').ask(keeping('cube', { mode: 'READONLY', meta: { name: 'c' } }).with({ compute: { kind: kinds.simpleCompute, volumes } }));
    expect([both.result, textOf(both).includes('compute.volumes[0].mode')]).toEqual(['NO', true]);
  });

  it('takes its room for good: what the site sets aside is never exceeded, over restarts too, and removing gives it back', async () => {
    node = await startNode({ platforms: [stage] });
    await accepted('alice', keeping('one', { size: { min: 60 } }));
    await node.advance('PT2H');
    await node.restart();
    const more = await node.as('bob').ask(keeping('two', { size: { min: 60 } }));
    expect([more.result, textOf(more)]).toEqual(['NO', expect.stringContaining('60 are taken')]);
    expect((await node.as('alice').call('DELETE', '/storage/one')).status).toBe(204);
    expect(foldersOnPlatform()).toEqual([]);
    expect((await node.as('bob').ask(keeping('two', { size: { min: 60 } }))).result).toBe('YES');
  });

  it('is promised at acceptance: of two offers that fit alone, only one is accepted', async () => {
    node = await startNode({ platforms: [stage] });
    const [one, two] = [await node.as('alice').ask(keeping('one', { size: { min: 60 } })), await node.as('bob').ask(keeping('two', { size: { min: 60 } }))];
    expect((await node.as('alice').update(one.offers[0], 'ACCEPTED')).status).toBeLessThan(400);
    const late = await node.as('bob').update(two.offers[0], 'ACCEPTED');
    expect([late.status, JSON.stringify(late.body).includes('60 are taken')]).toEqual([409, true]);
    expect((await node.as('admin').get('/admin/storage')).body.storage).toHaveLength(1);
  });

  it('that no session has run with goes with the session that was to make it', async () => {
    node = await startNode({ platforms: [stage] });
    const session = await accepted('alice', keeping('results').from('2030-06-03T12:00:00Z/PT0S'));
    expect(await kept('alice')).toMatchObject([{ state: 'promised' }]);
    expect((await node.as('alice').call('DELETE', '/storage/results')).status).toBe(409);
    await node.as('alice').update(session, 'CANCELLED');
    await node.advance('PT10M');
    expect([await kept('alice'), foldersOnPlatform()]).toEqual([[], []]);
  });

  it('goes when its time is over, which every session that has it puts off', async () => {
    node = await startNode({ platforms: [stage] });
    await accepted('alice', keeping('results', { size: { min: 1 }, lifetime: 'PT6H' }));
    await node.advance('PT5H');
    expect(await kept('alice')).toMatchObject([{ until: '2030-06-03T15:00:00Z' }]);
    await accepted('alice', keeping('results', { lifetime: 'PT6H' }));
    await node.advance('PT4H');
    expect([await kept('alice'), foldersOnPlatform().length]).toMatchObject([[{ until: '2030-06-03T20:00:00Z' }], 1]);
    await node.advance('PT4H');
    expect([await kept('alice'), foldersOnPlatform()]).toEqual([[], []]);
    const again = await node.as('alice').ask(keeping('results', {}));
    expect(again.result).toBe('NO');
  });

  it('of a name, size, mode or time that makes no sense is answered NO, with the path', async () => {
    node = await startNode({ platforms: [stage, plain] });
    const wrong: readonly [Json, string][] = [
      [{ name: 'No Name', size: { min: 1 } }, 'storage[0].name'], [{ name: undefined, size: { min: 1 } }, 'storage[0].name'], [{ size: { min: 101 } }, 'storage[0].size'],
      [{ size: { min: 1 }, mode: 'READONLY' }, 'storage[0].mode'], [{ size: { min: 1 }, lifetime: 'P1Y' }, 'storage[0].lifetime'], [{ size: { min: 1 }, lifetime: 'soon' }, 'storage[0].lifetime'],
    ];
    for (const [more, path] of wrong) {
      const set = await node.as('alice').ask(keeping('results', more));
      expect([set.result, textOf(set)], path).toEqual(['NO', expect.stringContaining(path)]);
    }
    const made = await node.as('alice').ask(keeping('results', { size: { min: 1 } }));
    expect([made.result, textOf(made)]).toEqual(['YES', expect.stringContaining('platform plain keeps no storage')]);
  });

  it.each(['a%00b', 'x'.repeat(63) + '%F0%9D%91%BB', "'%3B--", 'constructor'])('called %s, as nothing is called, is not found, and that is on record', async (name) => {
    node = await startNode({ platforms: [stage] });
    expect((await node.as('alice').call('DELETE', `/storage/${name}`)).status).toBe(404);
    expect((await node.as('admin').get('/admin/audit?action=storage.remove')).body.entries).toMatchObject([{ outcome: 'refused', name: 'alice' }]);
  });

  it('holds results of ten tebibytes for five days after the run, and an offer that was rejected leaves nothing of them behind (UC-35)', async () => {
    node = await startNode({ mostOffers: 1, platforms: [{ ...stage, keeps: { gib: 20_480, longest: 'P30D' } }] });
    const wish = keeping('results', { size: { min: 10_240 }, lifetime: 'P5D' });
    const rejected = await node.as('alice').ask(wish);
    expect((await node.as('alice').update(rejected.offers[0], 'REJECTED')).status).toBe(200);
    expect([await kept('alice'), foldersOnPlatform()]).toEqual([[], []]);
    const session = await accepted('alice', wish);
    expect(session.storage[0].size).toEqual({ min: 10_240, max: 10_240 });
    await node.advance('PT2H');
    expect((await node.as('alice').session(session)).body.phase).toBe('COMPLETED');
    expect(await kept('alice')).toMatchObject([{ name: 'results', size: 10_240, session: session.meta.uuid, until: '2030-06-08T09:00:00Z' }]);
    await node.advance('P4DT22H');
    expect(await kept('alice')).toHaveLength(1);
    await node.advance('PT4H');
    expect([await kept('alice'), foldersOnPlatform()]).toEqual([[], []]);
  });

  it('at a place of the requester\'s own is refused, naming what this node lacks (UC-36)', async () => {
    node = await startNode({ platforms: [stage] });
    const place = 'vos://example.org~vault/alice/results';
    for (const kind of ['https://example.org/kinds/storage/vospace-storage', 'https://www.purl.org/ivoa.net/Calycopis-openapi/schema/v1.0/kinds/storage/S3-storage-resource.yaml']) {
      const set = await node.as('alice').ask(aRequest().with({ storage: [{ kind, meta: { name: 'results' }, location: place }] }));
      expect([set.result, textOf(set)]).toEqual(['NO', expect.stringContaining('storage[0].kind')]);
      expect(textOf(set)).toContain(kind);
    }
    expect(await kept('alice')).toEqual([]);
  });

  it('is refused where nothing is kept', async () => {
    node = await startNode({ platforms: [plain] });
    const set = await node.as('alice').ask(keeping('results'));
    expect([set.result, textOf(set).includes('storage[0].kind')]).toEqual(['NO', true]);
    expect(await kept('alice')).toEqual([]);
  });
});
