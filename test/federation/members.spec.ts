/** Members as they are found: slow, broken, foreign, cut off in the middle, behind walls, and in trees. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aSetUuid, aWireOfferSet, aWireSession, hangUp, json, text } from '#client/testing';
import type { Reply } from '#client/testing';
import { TestAggregator, asMember } from '../support/federation.js';
import type { AggregatorWishes } from '../support/federation.js';
import { freePort } from '../support/free-port.js';
import { kept } from '../support/kept.js';
import { kinds, startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { until } from '../support/replica.js';
import { aRequest } from '../support/requests.js';

const node = (): Promise<TestNode> => kept(startNode());
const fake = (): Promise<FakeBroker> => kept(new FakeBroker().start());
const aggregator = (wishes: AggregatorWishes): Promise<TestAggregator> => kept(TestAggregator.start(wishes));
const over = (...fakes: readonly FakeBroker[]): Promise<TestAggregator> => aggregator({ members: fakes.map((one, index) => ({ name: `f${index + 1}`, url: one.url })) });

const soon = aRequest().from('2030-06-03T08:00:00Z/PT2H');
const sessionRoute = `/sessions/${aSessionUuid}`;
const wordsOf = (set: Json): string => JSON.stringify(set.meta.messages ?? []);
const silence: Reply = () => undefined;

async function timesAsked(of: TestNode): Promise<number> {
  const { body } = await of.as('').get('/metrics');
  return Number(/eb_http_requests_total\{method="POST",route="\/requests",status="303"[^}]*\} (\d+)/.exec(String(body))?.[1] ?? 0);
}

describe('a member that is slow or broken', () => {
  it('UC-55: is not waited for beyond the deadline, and what it offers later is given back', async () => {
    const [n1, slow] = [await node(), await fake()];
    let answer: (() => void) | undefined;
    slow.on('POST /requests', (seen, response) => { answer = () => { json(200, aWireOfferSet())(seen, response); }; });
    slow.on(`POST ${sessionRoute}`, json(200, aWireSession('REJECTED')));
    const ag = await aggregator({ members: [asMember('n1', n1.running.url), { name: 'slow', url: slow.url }] });
    const asked = ag.as('alice').ask(soon);
    await until('both are asked, and n1 has answered', async () => answer !== undefined && await timesAsked(n1) === 1);
    await ag.clock.moveTo(ag.clock.now() + 5_000);
    const set = await asked;
    expect(set.result).toBe('YES');
    expect(wordsOf(set)).toContain('slow gave no offers: no answer in time');
    expect(set.meta.messages.find((one: Json) => one.values.member === 'slow').level).toBe('WARN');
    answer?.();
    await ag.settled();
    expect(slow.calls(`POST ${sessionRoute}`).map((one) => (one.body as Json).value)).toEqual(['REJECTED']);
  });

  const broken: readonly (readonly [string, Reply, string])[] = [
    ['answers 500', json(500, {}), 'it answered 500'],
    ['sends a page for people', text('<html>hello</html>', 'text/html'), 'not one of an execution broker'],
    ['hangs up', hangUp, 'no answer'],
    ['sends a set without a UUID', json(200, { result: 'YES', offers: [], meta: { uuid: '../../admin' } }), 'not one of an execution broker'],
    ['redirects to nowhere', json(303, {}, { location: 'http://elsewhere.test/' }), 'not one of an execution broker'],
    ['sends the same offer twice', json(200, aWireOfferSet([aWireSession(), aWireSession()])), 'it came twice'],
    ['offers outside the window', json(200, aWireOfferSet([aWireSession('OFFERED', { schedule: { available: { start: '2030-06-04T09:00:00Z/PT0S', duration: 'PT1H' } } })])), 'in none of the wanted windows'],
    ['offers less than was asked', json(200, aWireOfferSet([aWireSession('OFFERED', { compute: { cores: { min: 1, max: 1 }, memory: { min: 1, max: 1 } } })])), 'less cores or memory'],
    ['offers less time than was asked', json(200, aWireOfferSet([aWireSession('OFFERED', { schedule: { available: { start: '2030-06-03T09:00:00Z/PT0S', duration: 'PT1M' } } })])), 'shorter than was asked'],
    ['offers what has expired', json(200, aWireOfferSet([aWireSession('OFFERED', { expires: '2030-06-03T07:00:00Z' })])), 'had expired'],
    ['offers what runs already', json(200, aWireOfferSet([aWireSession('RUNNING')])), 'it is RUNNING already'],
    ['never stops sending', (_seen, response) => { endless(response); }, 'not one of an execution broker'],
    ['has a clock that is an hour off', json(200, { ...aWireOfferSet([]), meta: { uuid: aSetUuid, created: '2030-06-03T09:00:00Z' } }), 'differs from ours by 3600 s'],
    ['redirects to itself', (seen, response) => { response.writeHead(307, { location: seen.path }).end(); }, 'not one of an execution broker'],
    ['sends a set of another content type', text('- a list', 'application/yaml'), 'not one of an execution broker'],
    ['sends 9 MB', json(200, { ...aWireOfferSet(), padding: 'x'.repeat(9 * 2 ** 20) }), 'not one of an execution broker'],
  ];

  it('is reported, whatever it does, while the others answer', async () => {
    const good = await fake();
    good.on('POST /requests', json(200, aWireOfferSet([aWireSession('OFFERED', { compute: { kind: 'x', cores: { min: 2, max: 2 }, memory: { min: 2, max: 2 } } })])));
    for (const [what, reply, words] of broken) {
      const bad = await fake();
      bad.on('POST /requests', reply);
      const ag = await over(good, bad);
      const set = await ag.as('alice').ask(soon.cores(2).memory(2));
      expect(set.result, what).toBe('YES');
      expect(wordsOf(set), what).toContain(words);
      expect(wordsOf(set), what).not.toContain(new URL(bad.url).host);
      expect(set.offers.length, what).toBe(what.includes('twice') ? 2 : 1);
    }
  }, 60_000);

  it('is left alone after it failed three times, and tried again later', async () => {
    const bad = await fake();
    bad.on('POST /requests', json(500, {}));
    const ag = await over(bad);
    for (let time = 0; time < 5; time += 1) await ag.as('alice').ask(soon);
    expect(bad.calls('POST /requests')).toHaveLength(3);
    expect((await ag.as('').get('/readyz')).body.checks.members).toEqual([expect.objectContaining({ name: 'f1', up: false })]);
    await ag.clock.moveTo(ag.clock.now() + 16_000);
    await ag.as('alice').ask(soon);
    expect(bad.calls('POST /requests')).toHaveLength(4);
  });
});

describe('a member that answers about another session', () => {
  it('is not believed: the session is shown as it was seen last', async () => {
    const broker = await fake();
    broker.on('POST /requests', json(200, aWireOfferSet()));
    broker.on(`POST ${sessionRoute}`, json(200, aWireSession('ACCEPTED')));
    broker.on(`GET ${sessionRoute}`, json(200, { ...aWireSession('CANCELLED'), meta: { uuid: aSetUuid } }));
    const ag = await over(broker);
    const set = await ag.as('alice').ask(soon);
    await ag.as('alice').update(set.offers[0], 'ACCEPTED');
    expect((await ag.as('alice').session(set.offers[0])).body.phase).toBe('ACCEPTED');
  });
});

describe('an acceptance that is cut off', () => {
  it('is found out before the client is told anything, when only the answer was lost', async () => {
    const broker = await fake();
    broker.on('POST /requests', json(200, aWireOfferSet()));
    broker.on(`POST ${sessionRoute}`, hangUp);
    broker.on(`GET ${sessionRoute}`, json(200, aWireSession('ACCEPTED')));
    const ag = await over(broker);
    const set = await ag.as('alice').ask(soon);
    const answer = await ag.as('alice').update(set.offers[0], 'ACCEPTED');
    expect([answer.status, answer.body.phase]).toEqual([200, 'ACCEPTED']);
  });

  it.each([['ACCEPTED', 'ACCEPTED'], ['OFFERED', 'REJECTED']] as const)('is settled by another replica: %s at the member becomes %s', async (there, here) => {
    const broker = await fake();
    broker.on('POST /requests', json(200, aWireOfferSet()));
    broker.on(`POST ${sessionRoute}`, silence, json(200, aWireSession('REJECTED')));
    broker.on(`GET ${sessionRoute}`, json(200, aWireSession(there)), json(200, aWireSession(there === 'OFFERED' ? 'REJECTED' : there)));
    const members = [{ name: 'f1', url: broker.url }];
    const first = await aggregator({ members });
    const second = await aggregator({ members, databaseUrl: first.databaseUrl });
    const set = await first.as('alice').ask(soon);
    // The answer never comes; the replica that waits for it might as well be dead.
    let isOver = false;
    const lost = first.as('alice').update(set.offers[0], 'ACCEPTED').then(() => { isOver = true; });
    await until('the member is told', () => Promise.resolve(broker.calls(`POST ${sessionRoute}`).length === 1));
    await second.clock.moveTo(second.clock.now() + 41_000);
    await second.application.reconciler.pass();
    expect((await second.as('alice').session(set.offers[0])).body.phase).toBe(here);
    if (here === 'ACCEPTED') expect((await second.as('alice').get('/sessions')).body.sessions).toHaveLength(1);
    broker.on(`GET ${sessionRoute}`, json(200, aWireSession(there === 'OFFERED' ? 'REJECTED' : there)));
    await until('the first call has ended too', async () => {
      await first.clock.moveTo(first.clock.now() + 11_000);
      return isOver;
    });
    await lost;
  });
});

describe('walls and trees', () => {
  it('UC-56: shows no host name of a proxied member, all through a session’s life', async () => {
    const n1 = await node();
    const host = new URL(n1.running.url).host;
    const ag = await aggregator({ members: [asMember('n1', n1.running.url, { hiddenHosts: ['example.org'], gateway: 'https://gate.test/n1' })] });
    const alice = ag.as('alice');
    const set = await alice.ask(soon.with({ executable: { kind: kinds.jupyterNotebook, location: 'https://notebooks.test/one.ipynb' } }));
    const seen: unknown[] = [set, await alice.update(set.offers[0], 'ACCEPTED')];
    await n1.advance('PT5M');
    const running = await alice.session(set.offers[0]);
    expect(running.body.connectors[0].location).toBe('https://gate.test/n1/way-in');
    await n1.advance('PT3H');
    const path = `/sessions/${set.offers[0].meta.uuid}`;
    seen.push(running, await alice.session(set.offers[0]), await alice.get(`${path}/events`), await alice.get(`${path}/logs`), await alice.update(set.offers[0], 'CANCELLED'));
    // Every answer with its headers.
    for (const each of [`/offersets/${set.meta.uuid}`, `/offersets/${set.meta.uuid}/explanation`, '/sessions', '/capacity', '/digest', '/capabilities.json', '/readyz']) seen.push(await alice.get(each));
    expect(JSON.stringify(seen)).not.toContain(host);
    expect(JSON.stringify(seen)).not.toContain('example.org');
  });

  it('lets a node that is reached by two ways answer once: the second copy is a no that says why, and holds nothing', async () => {
    const n1 = await node();
    const [left, right] = [await aggregator({ name: 'left', members: [asMember('n1', n1.running.url)] }), await aggregator({ name: 'right', members: [asMember('n1', n1.running.url)] })];
    const top = await aggregator({ name: 'top', members: [asMember('left', left.url), asMember('right', right.url)] });
    const set = await top.as('alice').ask(soon.cores(16));
    expect([set.result, wordsOf(set)]).toEqual(['YES', expect.stringContaining('has come here before by another way')]);
    expect(new Set(set.offers.map((one: Json) => one.schedule.available.start)).size).toBe(set.offers.length);
    // A second request of the same client is another one.
    expect((await top.as('alice').ask(soon.cores(1))).result).toBe('NO');
  });

  it.each(['node', 'aggregator'] as const)('shows administrators (%s) the way that a request came, and answers a copy of it with no', async (which) => {
    const n1 = await node();
    const there = which === 'node' ? n1 : await aggregator({ members: [asMember('n1', n1.running.url)] });
    const headers = { accept: 'application/json', 'content-type': 'application/json', 'eb-hops': 'top,left', 'eb-request-id': 'one' };
    const ask = async (): Promise<Json> => JSON.parse((await there.as('alice').send('POST', '/requests', headers, JSON.stringify(soon.build()))).body);
    const [first, second] = [await ask(), await ask()];
    expect([first.result, second.result, wordsOf(second)]).toEqual(['YES', 'NO', expect.stringContaining('has come here before')]);
    const { steps } = (await there.as('admin').get(`/offersets/${first.meta.uuid}/explanation`)).body;
    expect(steps.find((one: Json) => one.step === 'passage')).toMatchObject({ about: 'top/left', facts: [{ name: 'requestId', value: 'one' }] });
  });

  it('UC-57: asks each node once through a tree with a loop, and carries an accept to the leaf', async () => {
    const [n1, n2] = [await node(), await node()];
    const port = await freePort();
    const uk = await aggregator({ name: 'uk', members: [asMember('n1', n1.running.url), asMember('n2', n2.running.url), asMember('up', `http://127.0.0.1:${port}`)] });
    const src = await aggregator({ name: 'src', port, members: [asMember('uk', uk.url), asMember('again', uk.url)] });
    const alice = src.as('alice');
    const set = await alice.ask(soon);
    expect([await timesAsked(n1), await timesAsked(n2)]).toEqual([1, 1]);
    expect(wordsOf(set)).toContain('has come here before by another way');
    expect((await alice.update(set.offers[0], 'ACCEPTED')).status).toBe(200);
    for (const each of [src, uk]) await each.settled();
    const there = [await n1.as('admin').get('/sessions'), await n2.as('admin').get('/sessions')].flatMap((one) => one.body.sessions);
    expect(there).toHaveLength(1);
    for (const each of [n1, n2]) await each.advance('PT4H');
    expect((await alice.session(set.offers[0])).body.phase).toBe('COMPLETED');
  });
});

/** Sends until the other side has had enough. */
function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"result":"NO","padding":"');
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
