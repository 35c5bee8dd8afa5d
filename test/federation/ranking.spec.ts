/** The order of offers by a ranking of the operator's: what it prefers comes first, and where it fails the usual order stands. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestAggregator, asMember } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

type Answer = (asked: Json, response: ServerResponse) => void;

/** An engine that ranks, over real HTTP. */
async function engine(answer: Answer): Promise<string> {
  const server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('end', () => { answer(JSON.parse(text), response); });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/data/broker/ranking/scores`;
}

const scores = (given: Json): Answer => (_asked, response) => { response.setHeader('content-type', 'application/json').end(JSON.stringify({ result: given })); };
/** The later, the better. */
const latest: Answer = (asked, response) => { scores(Object.fromEntries(asked.input.offers.map((one: Json) => [one.key, one.wait])))(asked, response); };

async function twoNodes(): Promise<{ readonly n1: TestNode; readonly n2: TestNode }> {
  const [n1, n2] = [await kept(startNode({ spacing: 'PT1H', mostOffers: 2 })), await kept(startNode({ spacing: 'PT1H', mostOffers: 2 }))];
  return { n1, n2 };
}

async function over(nodes: Readonly<Record<string, TestNode>>, ranking: unknown): Promise<TestAggregator> {
  return kept(TestAggregator.start({ members: Object.entries(nodes).map(([name, node]) => asMember(name, node.running.url)), federation: { ranking } }));
}

interface Told { readonly members: readonly string[]; readonly starts: readonly string[]; readonly ranking: Json; readonly facts: readonly Json[] }

/** The order of a set, and what the explanation tells of it. */
async function told(ag: TestAggregator): Promise<Told> {
  const set = await ag.as('alice').ask(aRequest().from('2030-06-03T09:00:00Z/PT4H'));
  const { steps } = (await ag.as('alice').get(`/offersets/${set.meta.uuid}/explanation`)).body;
  const factsOf = (step: Json): Json => Object.fromEntries(step.facts.map((fact: Json) => [fact.name, fact.value]));
  const facts = steps.filter((step: Json) => step.step === 'offer').map(factsOf);
  const ranking = steps.find((step: Json) => step.step === 'ranking');
  return {
    members: facts.map((one: Json) => String(one.member)), starts: set.offers.map((offer: Json) => String(offer.schedule.available.start).slice(11, 13)), facts,
    ranking: ranking && { about: ranking.about, ...factsOf(ranking) },
  };
}

describe('the order of the offers of an aggregator', () => {
  it('is by the weights that are configured, and is explained by the scores', async () => {
    const ag = await over(await twoNodes(), { type: 'weights', wait: 1, members: { n2: 100 } });
    const { members, starts, ranking, facts } = await told(ag);
    expect([members, starts]).toEqual([['n2', 'n2', 'n1', 'n1'], ['09', '10', '09', '10']]);
    expect(ranking).toEqual({ about: 'weights', order: 'scores' });
    expect(facts.map(({ score }) => Number(score))).toEqual([99, 98, -1, -2]);
  });

  it('is that of an engine beside it', async () => {
    const ag = await over(await twoNodes(), { type: 'http', url: await engine(latest) });
    expect((await told(ag)).starts).toEqual(['10', '10', '09', '09']);
  });

  it('is the usual one where a ranking prefers nothing', async () => {
    const same: Answer = (asked, response) => { scores(Object.fromEntries(asked.input.offers.map((one: Json) => [one.key, 0])))(asked, response); };
    const { starts, ranking } = await told(await over(await twoNodes(), { type: 'http', url: await engine(same) }));
    expect([starts, ranking.order]).toEqual([['09', '09', '10', '10'], 'scores']);
  });

  it.each<[string, Answer]>([
    ['drops offers', scores({ 0: 1 })], ['invents offers', scores({ 0: 1, 1: 1, 2: 1, 3: 1, 4: 9 })], ['says nonsense', scores('n1 first')],
    ['fails', (_asked, response) => { response.writeHead(500).end(); }], ['hangs up', (_asked, response) => { response.destroy(); }],
  ])('is the usual one where the engine %s', async (_how, answer) => {
    const { starts, ranking } = await told(await over(await twoNodes(), { type: 'http', url: await engine(answer) }));
    expect([starts, ranking]).toEqual([['09', '09', '10', '10'], { about: 'http', order: 'usual' }]);
  });

  it('is the usual one where the engine hangs, once its time is over', async () => {
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => { asked = resolve; });
    const ag = await over(await twoNodes(), { type: 'http', url: await engine(() => { asked(); }), within: 'PT0.5S' });
    const telling = told(ag);
    await isAsked;
    await ag.clock.advance(500);
    expect(await telling).toMatchObject({ starts: ['09', '09', '10', '10'], ranking: { order: 'usual' } });
  });
});
