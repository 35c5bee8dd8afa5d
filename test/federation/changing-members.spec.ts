/** Members that change while they are needed: a configuration file that is written anew, and names that lead nowhere. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, json } from '#client/testing';
import { TestAggregator } from '../support/federation.js';
import type { AggregatorWishes } from '../support/federation.js';
import { kept } from '../support/kept.js';
import type { Json } from '../support/node.js';
import { until } from '../support/replica.js';
import { aRequest } from '../support/requests.js';

const aggregator = (wishes: AggregatorWishes): Promise<TestAggregator> => kept(TestAggregator.start(wishes));
const asks = 'POST /requests';
/** Far ahead: the clock is moved on until a change of the file is seen. */
const someday = aRequest().from('2030-06-03T08:00:00Z/P30D');
const offered = aWireOfferSet([aWireSession('OFFERED', { expires: '2030-06-19T08:00:00Z', schedule: { available: { start: '2030-06-20T09:00:00Z/PT0S', duration: 'PT1H' } } })]);

async function willing(): Promise<FakeBroker> {
  const broker = await kept(new FakeBroker().start());
  broker.on(asks, json(200, offered));
  for (const route of [`POST /sessions/${aSessionUuid}`, `GET /sessions/${aSessionUuid}`]) broker.on(route, json(200, aWireSession('ACCEPTED')));
  return broker;
}

async function aFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-members-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'aggregator.json');
}

/** Writes other sections into the configuration, and lets the aggregator look at the file until it knows exactly these members. */
async function change(ag: TestAggregator, file: string, sections: Json, names: readonly string[]): Promise<void> {
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...sections }));
  await until(`the members are ${names.join(', ')}`, async () => {
    await ag.clock.advance(5_000);
    const { body } = await ag.as('admin').get('/admin/members');
    return JSON.stringify(body.members.map((one: Json) => one.name)) === JSON.stringify(names);
  });
}

describe('a configuration file that changes', () => {
  it('leaves a request that is under way to the members that it went to, whose offers can still be accepted', async () => {
    const [first, second, file] = [await willing(), await willing(), await aFile()];
    let answer: (() => void) | undefined;
    first.on(asks, (seen, response) => { answer = () => { json(200, offered)(seen, response); }; });
    const ag = await aggregator({ file, members: [{ name: 'f1', url: first.url }], federation: { deadline: 'P1D' } });
    const asked = ag.as('alice').ask(someday);
    await until('f1 is asked', () => Promise.resolve(answer !== undefined));
    await change(ag, file, { members: [{ name: 'f2', url: second.url }] }, ['f2']);
    answer?.();
    const set = await asked;
    expect([set.result, set.offers.length]).toEqual(['YES', 1]);
    expect(second.calls(asks)).toEqual([]);
    expect((await ag.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
    expect(first.calls(`POST /sessions/${aSessionUuid}`).map((one) => (one.body as Json).value)).toEqual(['ACCEPTED']);
    expect((await ag.as('alice').ask(someday)).result).toBe('YES');
    expect([first.calls(asks).length, second.calls(asks).length]).toEqual([1, 1]);
  });

  it('brings new credentials with the members that name them', async () => {
    const [first, second, file] = [await willing(), await willing(), await aFile()];
    const ag = await aggregator({ file, members: [{ name: 'f1', url: first.url }] });
    const members = [{ name: 'f1', url: first.url, credentials: 'door' }, { name: 'f2', url: second.url, credentials: 'door' }];
    await change(ag, file, { members, credentials: { door: { basic: { user: 'ag', password: 'knock' } } } }, ['f1', 'f2']);
    await ag.as('alice').ask(someday);
    const knock = `Basic ${Buffer.from('ag:knock').toString('base64')}`;
    expect([first, second].map((one) => one.calls(asks).map(({ headers }) => headers.authorization))).toEqual([[knock], [knock]]);
  });
});

describe('a member whose host name leads nowhere', () => {
  // No label of a host name is that long: the system knows without asking a name server.
  const nowhere = `${'n'.repeat(64)}.invalid`;

  it('is silent while the others answer, and administrators are told why', async () => {
    const first = await willing();
    const ag = await aggregator({ members: [{ name: 'lost', url: `http://${nowhere}:8642` }, { name: 'f1', url: first.url }] });
    const set = await ag.as('alice').ask(someday);
    expect([set.result, set.offers.length]).toEqual(['YES', 1]);
    expect(JSON.stringify(set)).toContain('lost gave no offers: no answer');
    expect(JSON.stringify(set)).not.toContain(nowhere);
    const test = await ag.as('admin').call('POST', '/admin/members/lost/test');
    expect(test.body).toMatchObject({ reachable: false, reasons: ['lost: its host name is not known; look at its url'] });
  });
});
