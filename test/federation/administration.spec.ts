/** Members as administrators, registers and the configuration say who they are. */
import { describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, hangUp, json, problem } from '#client/testing';
import { TestAggregator } from '../support/federation.js';
import type { AggregatorWishes } from '../support/federation.js';
import { kept } from '../support/kept.js';
import type { Json } from '../support/node.js';
import { until } from '../support/replica.js';
import { aRequest } from '../support/requests.js';

const aggregator = (wishes: AggregatorWishes): Promise<TestAggregator> => kept(TestAggregator.start(wishes));
const soon = aRequest().from('2030-06-03T08:00:00Z/PT2H');

/** A member that offers one session and lets it be accepted. */
async function willing(): Promise<FakeBroker> {
  const broker = await kept(new FakeBroker().start());
  broker.on('POST /requests', json(200, aWireOfferSet()));
  for (const route of [`POST /sessions/${aSessionUuid}`, `GET /sessions/${aSessionUuid}`]) broker.on(route, json(200, aWireSession('ACCEPTED')));
  return broker;
}

const namesOf = async (ag: TestAggregator): Promise<string[]> => (await ag.as('admin').get('/admin/members')).body.members.map((one: Json) => one.name);

describe('administration of members', () => {
  it('is closed to strangers and users', async () => {
    const ag = await aggregator({ members: [] });
    for (const [method, path] of [['GET', '/admin/members'], ['POST', '/admin/members'], ['DELETE', '/admin/members/x'], ['POST', '/admin/members/x/drain'], ['POST', '/admin/members/x/test']] as const) {
      expect([path, (await ag.as('').call(method, path)).status, (await ag.as('alice').call(method, path)).status]).toEqual([path, 401, 403]);
    }
  });

  it('adds a member that is asked from then on, by every replica and after a restart', async () => {
    const broker = await willing();
    const ag = await aggregator({ members: [] });
    expect((await ag.as('alice').ask(soon)).result).toBe('NO');
    const added = await ag.as('admin').call('POST', '/admin/members', { name: 'f1', url: broker.url });
    expect([added.status, added.body]).toEqual([201, expect.objectContaining({ name: 'f1', url: broker.url, source: 'administration', draining: false, up: true, sessions: 0 })]);
    expect((await ag.as('alice').ask(soon)).result).toBe('YES');
    const replica = await aggregator({ members: [], databaseUrl: ag.databaseUrl });
    expect((await replica.as('alice').ask(soon)).result).toBe('YES');
    expect((await replica.as('admin').call('DELETE', '/admin/members/f1')).status).toBe(204);
    await ag.clock.moveTo(ag.clock.now() + 6_000);
    await until('the other replica has heard of it', async () => (await namesOf(ag)).length === 0);
    expect((await ag.as('alice').ask(soon)).result).toBe('NO');
  });

  it.each<[Json, string[]]>([
    [{}, ['name', 'url']], [{ name: 'A B', url: 'https://x.test' }, ['name']], [{ name: 'x', url: 'ftp://x.test' }, ['url']], [{ name: 'x', url: 'https://user:secret@x.test' }, ['url']],
    [{ name: 'x', url: 'https://x.test', exposure: 'half' }, ['exposure']], [{ name: 'x', url: 'https://x.test', password: 'secret' }, ['password']], [{ name: 'x', url: 'https://x.test', credentials: 'nothing' }, ['credentials']],
  ])('refuses %j, naming the fields', async (body, paths) => {
    const ag = await aggregator({ members: [] });
    const answer = await ag.as('admin').call('POST', '/admin/members', body);
    expect([answer.status, answer.body.faults.map((one: Json) => one.path)]).toEqual([400, paths]);
  });

  it('keeps names apart, and what the configuration says to the configuration', async () => {
    const broker = await willing();
    const ag = await aggregator({ members: [{ name: 'f1', url: broker.url }] });
    expect((await ag.as('admin').call('POST', '/admin/members', { name: 'f1', url: 'https://else.test' })).status).toBe(409);
    const refused = await ag.as('admin').call('DELETE', '/admin/members/f1');
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('configuration')]);
    expect((await ag.as('admin').call('DELETE', '/admin/members/nobody')).status).toBe(404);
  });

  it('drains a member: nothing new is asked of it, its sessions go on', async () => {
    const broker = await willing();
    const ag = await aggregator({ members: [{ name: 'f1', url: broker.url }] });
    const set = await ag.as('alice').ask(soon);
    expect((await ag.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
    expect((await ag.as('admin').call('POST', '/admin/members/f1/drain')).body).toMatchObject({ draining: true, sessions: 1 });
    expect((await ag.as('alice').ask(soon)).result).toBe('NO');
    expect((await ag.as('alice').session(set.offers[0])).body.phase).toBe('ACCEPTED');
    expect((await ag.as('admin').call('DELETE', '/admin/members/f1/drain')).body).toMatchObject({ draining: false });
    expect((await ag.as('alice').ask(soon)).result).toBe('YES');
  });

  it('does not remove a member where sessions run, unless forced; then they are shown as they were seen last', async () => {
    const broker = await willing();
    const ag = await aggregator({ members: [] });
    await ag.as('admin').call('POST', '/admin/members', { name: 'f1', url: broker.url });
    const set = await ag.as('alice').ask(soon);
    await ag.as('alice').update(set.offers[0], 'ACCEPTED');
    expect((await ag.as('admin').call('DELETE', '/admin/members/f1')).status).toBe(409);
    expect((await ag.as('admin').call('DELETE', '/admin/members/f1?force=true')).status).toBe(204);
    // As long as this process knows where it was, its sessions are reached there.
    expect((await ag.as('alice').session(set.offers[0])).body.phase).toBe('ACCEPTED');
    const restarted = await aggregator({ members: [], databaseUrl: ag.databaseUrl });
    const seen = (await restarted.as('alice').session(set.offers[0])).body;
    expect([seen.phase, JSON.stringify(seen.meta.messages)]).toEqual(['ACCEPTED', expect.stringContaining('f1 does not answer now')]);
    expect((await restarted.as('alice').update(set.offers[0], 'CANCELLED')).status).toBe(503);
  });

  it('tests a member: whether it is there, knows us, and what it runs', async () => {
    const [good, plain, strange, away] = [await willing(), await willing(), await willing(), await willing()];
    good.on('GET /capabilities.json', json(200, { kinds: { executable: ['https://x.test/docker-container.yaml'] } })).on('GET /sessions', json(200, { sessions: [] }));
    strange.on('GET /capabilities.json', json(200, {})).on('GET /sessions', problem(401, 'who are you?'));
    away.on('GET /capabilities.json', hangUp).on('GET /sessions', hangUp);
    const ag = await aggregator({ members: [good, plain, strange, away].map((one, index) => ({ name: `f${index + 1}`, url: one.url })) });
    const test = async (name: string): Promise<Json> => (await ag.as('admin').call('POST', `/admin/members/${name}/test`)).body;
    expect(await test('f1')).toEqual({ name: 'f1', reachable: true, recognised: true, speaks: 'additions', kinds: ['https://x.test/docker-container.yaml'], reasons: [] });
    expect(await test('f2')).toMatchObject({ reachable: true, recognised: true, speaks: 'v1.0' });
    expect(await test('f3')).toMatchObject({ reachable: true, recognised: false, reasons: ['f3: it answered 401'] });
    expect(await test('f4')).toMatchObject({ reachable: false, recognised: false, reasons: ['f4: no answer'] });
  });
});

describe('a register of members', () => {
  const services = (...given: readonly Json[]): Json => [{ name: 'UKSRC', sites: [
    { name: 'UKSRC-CAM', compute: [{ associated_local_services: given }] }, { name: 'OFF', is_force_disabled: true, compute: [{ associated_local_services: given.map((one) => ({ ...one, identifier: 'off' })) }] },
  ] }];
  const serviceAt = (url: string, identifier: string): Json => ({ type: 'execution-broker', prefix: 'http', host: '127.0.0.1', port: Number(new URL(url).port), path: '/', identifier, is_force_disabled: false });

  it('is followed, in our own form and in that of the SRCNet site capabilities', async () => {
    const [first, second, register] = [await willing(), await willing(), await kept(new FakeBroker().start())];
    register.on('GET /own', json(200, { members: [{ name: 'own', url: first.url }, { name: 'Not A Name', url: first.url }] }, { etag: '"1"' }));
    register.on('GET /sites', json(200, services(serviceAt(second.url, 'Cambridge broker'), { type: 'jupyterhub', prefix: 'https', host: 'x.test', path: '/' })));
    const ag = await aggregator({ members: [], registers: [{ url: `${register.url}/own` }, { url: `${register.url}/sites`, form: 'site-capabilities' }] });
    expect(await namesOf(ag)).toEqual(['own', 'cambridge-broker']);
    expect((await ag.as('alice').ask(soon)).offers).toHaveLength(2);
    register.on('GET /sites', json(200, services()));
    await ag.clock.moveTo(ag.clock.now() + 301_000);
    await until('the change is seen', async () => (await namesOf(ag)).length === 1);
    expect(register.calls('GET /own').at(-1)?.headers['if-none-match']).toBe('"1"');
  });

  it.each([['answers 500', json(500, {})], ['hangs up', hangUp], ['says something else', json(200, { hello: 'world' })]])('keeps its last good word when it %s, also over a restart', async (_what, reply) => {
    const [broker, register] = [await willing(), await kept(new FakeBroker().start())];
    register.on('GET /own', json(200, { members: [{ name: 'own', url: broker.url }] }));
    const registers = [{ url: `${register.url}/own` }];
    const ag = await aggregator({ members: [], registers });
    expect(await namesOf(ag)).toEqual(['own']);
    register.on('GET /own', reply);
    await ag.clock.moveTo(ag.clock.now() + 301_000);
    await until('it was looked at again', () => Promise.resolve(register.calls('GET /own').length >= 2));
    expect(await namesOf(ag)).toEqual(['own']);
    const restarted = await aggregator({ members: [], registers, databaseUrl: ag.databaseUrl });
    expect(await namesOf(restarted)).toEqual(['own']);
  });
});
