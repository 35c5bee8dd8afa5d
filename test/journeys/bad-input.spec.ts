/** Whatever is sent: a problem document or a NO that names the field and the fix, never a 5xx, never a hold left behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { kinds } from '#model';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const compute = (fields: Json) => ({ compute: { kind: kinds.simpleCompute, ...fields } });
const start = (value: unknown) => ({ schedule: { requested: { start: value } } });
const run = (fields: Json) => ({ executable: { kind: kinds.scripted }, ...fields });

/** Answered NO, with this path. */
const refused: readonly [string, Json, string][] = [
  ['nothing to run', {}, 'executable'],
  ['an unknown executable', { executable: { kind: 'urn:x:y' } }, 'executable.kind'],
  ['a v1.0 executable that no platform has', { executable: { kind: kinds.singularityContainer, location: 'docker://x' } }, 'executable.kind'],
  ['zero cores', run(compute({ cores: { min: 0 } })), 'compute.cores.min'],
  ['negative memory', run(compute({ memory: { min: -4 } })), 'compute.memory.min'],
  ['more cores than anybody has', run(compute({ cores: { min: 2 ** 50 } })), 'compute.cores.min'],
  ['the greatest integer of 64 bits', run(compute({ cores: { min: 1, max: 2 ** 63 } })), 'compute.cores.max'],
  ['more storage than there are atoms', run({ storage: [{ kind: kinds.simpleStorage, size: { min: 1e100 } }] }), 'storage[0].size.min'],
  ['min above max', run(compute({ cores: { min: 4, max: 2 } })), 'compute.cores.min'],
  ['an unknown kind of compute', run({ compute: { kind: 'urn:gpu' } }), 'compute.kind'],
  ['an unknown kind of storage', run({ storage: [{ kind: 'urn:vospace' }] }), 'storage[0].kind'],
  ['an unknown kind of data', run({ data: [{ kind: 'urn:doi' }] }), 'data[0].kind'],
  ['a v1.0 kind of data that nothing here brings', run({ data: [{ kind: kinds.s3Data, endpoint: 'https://s3.example.org', bucket: 'b' }] }), 'data[0].kind'],
  ['a reversed window', run(start('2030-06-03T12:00:00Z/2030-06-03T10:00:00Z')), 'schedule.requested.start'],
  ['a window in the past', run(start('2029-06-03T12:00:00Z/PT1H')), 'schedule.requested.start'],
  ['a window that is no window', run(start('soon')), 'schedule.requested.start'],
  ['a duration of zero', run({ schedule: { requested: { duration: 'PT0S' } } }), 'schedule.requested.duration'],
  ['a duration without T', run({ schedule: { requested: { duration: 'P1H' } } }), 'schedule.requested.duration'],
  ['an unknown reference', run(compute({ volumes: [{ kind: kinds.simpleVolume, path: '/x', resource: 'nowhere' }] })), 'compute.volumes[0].resource'],
  ['the same name twice', run({ storage: [{ kind: kinds.simpleStorage, meta: { name: 'a' } }, { kind: kinds.simpleStorage, meta: { name: 'a' } }] }), 'storage[1].meta.name'],
];

/** Answered 400 (or another 4xx), as it can't be read or has the wrong JSON type. */
const unreadable: readonly [string, string, string, number][] = [
  ['broken JSON', 'application/json', '{"executable": ', 400],
  ['broken YAML', 'application/yaml', 'executable: [a: b: c', 400],
  ['a list', 'application/json', '[]', 400],
  ['nothing', 'application/json', '', 400],
  ['a text for cores', 'application/json', JSON.stringify(run(compute({ cores: { min: 'four' } }))), 400],
  ['half a core', 'application/json', JSON.stringify(run(compute({ cores: { min: 1.5 } }))), 400],
  ['a number beyond all integers', 'application/json', JSON.stringify(run(compute({ cores: { min: 17 } }))).replace('17', '1e400'), 400],
  ['a list for the executable', 'application/json', '{"executable":[]}', 400],
  ['a YAML bomb', 'application/yaml', `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`).join('\n')}`, 400],
  ['depth without end', 'application/json', `${'{"executable":'.repeat(5000)}1${'}'.repeat(5000)}`, 400],
  ['an unknown media type', 'text/csv', 'a,b', 415],
  ['a body beyond the limit', 'application/json', JSON.stringify({ name: 'x'.repeat(2_000_000) }), 413],
];

describe('bad input', () => {
  let node: TestNode;
  beforeAll(async () => { node = await startNode(); });
  afterAll(() => node.stop());

  const capacity = async (): Promise<Json> => (await node.as('alice').get('/capacity?from=2030-06-03T08:00:00Z&to=2030-06-04T08:00:00Z')).body;
  const post = async (path: string, type: string, body: string) => {
    const authorization = `Basic ${Buffer.from('alice:correct horse battery staple').toString('base64')}`;
    const answer = await request(node.running.url + path, { method: 'POST', headers: { 'content-type': type, accept: 'application/json', authorization }, body });
    return { status: answer.statusCode, type: String(answer.headers['content-type']), body: await answer.body.json() as Json };
  };

  it.each(refused)('%s is answered NO with its path and a fix', async (_, body, path) => {
    const set = (await node.as('alice').call('POST', '/requests', body)).body;
    expect(set.result).toBe('NO');
    expect(set.meta.messages.map((one: Json) => one.values.path)).toContain(path);
    expect(set.meta.messages.find((one: Json) => one.values.path === path).message.length).toBeGreaterThan(20);
    expect((await node.as('alice').offerSet(set.meta.uuid)).result).toBe('NO');
  });

  it.each(unreadable)('%s is answered with a problem document', async (_, type, body, status) => {
    const answer = await post('/requests', type, body);
    expect(answer.status).toBe(status);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, type: expect.stringContaining('urn:execution-broker:problem:'), detail: expect.stringMatching(/.{10}/) });
  });

  it('names every field of the wrong type', async () => {
    const answer = await post('/requests', 'application/json', JSON.stringify(run({ ...compute({ cores: { min: 'x' }, memory: { max: [] } }), storage: 'none' })));
    expect(answer.body.faults.map((fault: Json) => fault.path).sort()).toEqual(['compute.cores.min', 'compute.memory.max', 'storage']);
  });

  it.each([
    ['an unknown kind of update', { kind: 'urn:x', path: 'phase', value: 'ACCEPTED' }, 400],
    ['an update without value', { kind: 'uri:enum-value-update', path: 'phase' }, 400],
    ['a phase that nobody can set', { kind: 'uri:enum-value-update', path: 'phase', value: 'RUNNING' }, 409],
    ['a path that can\'t be changed', { kind: 'uri:enum-value-update', path: 'owner', value: 'bob' }, 409],
    ['cancelling an offer', { kind: 'uri:enum-value-update', path: '/phase', value: 'CANCELLED' }, 409],
  ])('%s changes nothing', async (_, update, status) => {
    const { offers } = await node.as('alice').ask(aRequest());
    const answer = await node.as('alice').call('POST', `/sessions/${offers[0].meta.uuid}`, update);
    expect(answer.status).toBe(status);
    expect((await node.as('alice').session(offers[0])).body.phase).toBe('OFFERED');
    await node.as('alice').update(offers[0], 'REJECTED');
    for (const offer of offers.slice(1)) await node.as('alice').update(offer, 'REJECTED');
  });

  it('a repeated accept, reject or cancel is told what the session is', async () => {
    const alice = node.as('alice');
    const { offers } = await alice.ask(aRequest().lasting('PT5M').from('2030-06-10T08:00:00Z/PT0S'));
    expect((await alice.update(offers[0], 'ACCEPTED')).status).toBe(200);
    expect(await alice.update(offers[0], 'ACCEPTED')).toMatchObject({ status: 409, body: { session: { meta: { uuid: offers[0].meta.uuid } } } });
    expect((await alice.update(offers[0], 'CANCELLED')).body.phase).toBe('CANCELLED');
    expect((await alice.update(offers[0], 'CANCELLED')).status).toBe(409);
  });

  it('unknown and malformed identifiers are not found', async () => {
    for (const path of ['/offersets/', '/sessions/']) {
      for (const id of ['6d3ab0d2-0000-4000-8000-000000000000', '6d3ab0d2-0000-4000-8000-000000000001', 'x', '..%2f', '%00']) {
        expect([400, 404]).toContain((await node.as('alice').get(path + id)).status);
      }
    }
  });

  it('leaves no hold behind', async () => {
    await node.advance('PT10M');
    for (const pool of (await capacity()).pools) for (const free of pool.free) expect(free).toEqual(pool.total);
  });
});
