/** Several replicas of one aggregator on one database: any of them answers any call, and what they do at once is done once. */
import { describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, json } from '#client/testing';
import { TestAggregator, asMember } from '../support/federation.js';
import type { MemberWish } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { until } from '../support/replica.js';
import { aRequest } from '../support/requests.js';

const soon = aRequest().from('2030-06-03T08:00:00Z/PT2H');

async function replicasOver(members: readonly MemberWish[]): Promise<readonly [TestAggregator, TestAggregator, TestAggregator]> {
  const first = await kept(TestAggregator.start({ members }));
  const more = { members, databaseUrl: first.databaseUrl, clock: first.clock };
  return [first, await kept(TestAggregator.start(more)), await kept(TestAggregator.start(more))];
}

async function overNodes(): Promise<{ readonly nodes: readonly TestNode[]; readonly replicas: readonly [TestAggregator, TestAggregator, TestAggregator] }> {
  const nodes = [await kept(startNode({ mostOffers: 2 })), await kept(startNode({ mostOffers: 2 }))];
  return { nodes, replicas: await replicasOver(nodes.map((node, index) => asMember(`n${index + 1}`, node.running.url))) };
}

const phasesOf = (set: Json): readonly string[] => set.offers.map((offer: Json) => String(offer.phase));
const acceptedAt = async (node: TestNode): Promise<number> => (await node.as('bob').get('/sessions')).body.sessions.length;

describe('the replicas of an aggregator', () => {
  it('answer each other\'s calls: asked at one, read, accepted, listed and cancelled at others', async () => {
    const { replicas: [one, two, three] } = await overNodes();
    const set = await one.as('alice').ask(soon);
    expect((await two.as('alice').get(`/offersets/${set.meta.uuid}`)).body.offers).toHaveLength(set.offers.length);
    const [offer] = set.offers;
    expect((await three.as('alice').update(offer, 'ACCEPTED')).body.phase).toMatch(/^(ACCEPTED|WAITING|PREPARING)$/);
    await three.settled();
    expect((await two.as('alice').get('/sessions')).body.sessions.map((session: Json) => session.meta.uuid)).toEqual([offer.meta.uuid]);
    expect(phasesOf((await one.as('alice').get(`/offersets/${set.meta.uuid}`)).body).filter((phase) => phase === 'REJECTED')).toHaveLength(set.offers.length - 1);
    expect((await one.as('bob').session(offer)).status).toBe(403);
    expect((await one.as('alice').update(offer, 'CANCELLED')).status).toBe(200);
    expect((await two.as('alice').session(offer)).body.phase).toMatch(/^(RELEASING|CANCELLED)$/);
  });

  it('let one of two offers of a set win that are accepted at two of them at once', async () => {
    const { nodes, replicas: [one, two, three] } = await overNodes();
    const set = await three.as('alice').ask(soon);
    const answers = await Promise.all([one.as('alice').update(set.offers[0], 'ACCEPTED'), two.as('alice').update(set.offers[1], 'ACCEPTED')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await Promise.all([one, two].map((replica) => replica.settled()));
    const taken = await Promise.all(nodes.map(acceptedAt));
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect((await three.as('alice').get('/sessions')).body.sessions).toHaveLength(1);
  });

  it('make one session of an offer that is accepted at all of them at once', async () => {
    const { nodes, replicas } = await overNodes();
    const set = await replicas[0].as('alice').ask(soon);
    const answers = await Promise.all(replicas.map((replica) => replica.as('alice').update(set.offers[0], 'ACCEPTED')));
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    await Promise.all(replicas.map((replica) => replica.settled()));
    expect((await Promise.all(nodes.map(acceptedAt))).reduce((sum, count) => sum + count, 0)).toBe(1);
    for (const replica of replicas) expect((await replica.as('alice').session(set.offers[0])).body.phase).not.toMatch(/OFFERED|REJECTED/);
  });
});

describe('the reconcilers of several replicas', () => {
  it.each([['ACCEPTED', 'ACCEPTED'], ['OFFERED', 'REJECTED']] as const)('settle one cut off acceptance alike: %s at the member becomes %s', async (there, here) => {
    const broker = await kept(new FakeBroker().start());
    broker.on('POST /requests', json(200, aWireOfferSet()));
    let isLost = false;
    broker.on(`POST /sessions/${aSessionUuid}`, (seen, response) => {
      // The first word gets no answer; what is said to it later is obeyed.
      if (isLost) json(200, aWireSession(there === 'OFFERED' ? 'REJECTED' : there))(seen, response);
      else isLost = true;
    });
    broker.on(`GET /sessions/${aSessionUuid}`, (seen, response) => {
      const rejected = broker.calls(`POST /sessions/${aSessionUuid}`).length > 1;
      json(200, aWireSession(there === 'OFFERED' && rejected ? 'REJECTED' : there))(seen, response);
    });
    const replicas = await replicasOver([{ name: 'f1', url: broker.url }]);
    const set = await replicas[0].as('alice').ask(soon);
    const lost = replicas[0].as('alice').update(set.offers[0], 'ACCEPTED').catch((error: unknown) => error);
    await until('the member is told', () => Promise.resolve(isLost));
    // Only those of the others: the first waits, and might as well be dead.
    const [{ clock, application: { ground: { parts: { store } } } }] = replicas;
    const [half] = await store.due(clock.now() + 3_600_000, 10);
    await clock.moveTo((half?.due ?? clock.now()) + 1);
    await Promise.all(replicas.flatMap(({ application }) => [application.reconciler.pass(), application.reconciler.pass()]));
    await Promise.all(replicas.map((replica) => replica.settled()));
    for (const replica of replicas) expect((await replica.as('alice').session(set.offers[0])).body.phase).toBe(here);
    expect(await store.due(clock.now() + 3_600_000, 10)).toEqual([]);
    expect((await replicas[1].as('alice').get('/sessions')).body.sessions).toHaveLength(there === 'ACCEPTED' ? 1 : 0);
    await lost;
  });
});
