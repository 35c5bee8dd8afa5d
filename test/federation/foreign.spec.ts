/** Members that speak plain v1.0: redirects without a body, nanoseconds, no events, no reasons, and 200 to what they refuse. */
import { describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aSetUuid, aWireOfferSet, aWireSession, json } from '#client/testing';
import { TestAggregator, asMember } from '../support/federation.js';
import type { AggregatorWishes } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { aRequest } from '../support/requests.js';

const fake = (): Promise<FakeBroker> => kept(new FakeBroker().start());
const aggregator = (wishes: AggregatorWishes): Promise<TestAggregator> => kept(TestAggregator.start(wishes));
const over = (...fakes: readonly FakeBroker[]): Promise<TestAggregator> => aggregator({ members: fakes.map((one, index) => ({ name: `f${index + 1}`, url: one.url })) });

const soon = aRequest().from('2030-06-03T08:00:00Z/PT2H');
const sessionRoute = `/sessions/${aSessionUuid}`;

async function foreign(): Promise<FakeBroker> {
  const broker = await fake();
  broker.on('POST /requests', (_seen, response) => { response.writeHead(303, { location: `http://elsewhere.test:1/offersets/${aSetUuid}` }).end(); });
  broker.on(`GET /offersets/${aSetUuid}`, json(200, aWireOfferSet([aWireSession('OFFERED', { expires: '2030-06-03T08:05:00.655263643Z' })])));
  return broker;
}

describe('a foreign member that speaks plain v1.0', () => {
  it('is redirected from, accepted at and polled, without its own addresses being followed', async () => {
    const broker = await foreign();
    broker.on(`POST ${sessionRoute}`, json(200, aWireSession('ACCEPTED')));
    broker.on(`GET ${sessionRoute}`, json(200, aWireSession('COMPLETED')));
    const ag = await over(broker);
    const set = await ag.as('alice').ask(soon);
    expect(set.offers).toHaveLength(1);
    expect((await ag.as('alice').update(set.offers[0], 'ACCEPTED')).body.phase).toBe('ACCEPTED');
    expect((await ag.as('alice').session(set.offers[0])).body.phase).toBe('COMPLETED');
    expect((await ag.as('alice').get(`/sessions/${set.offers[0].meta.uuid}/events`)).body).toContain('"phase":"COMPLETED"');
  });

  it('has no output, which is said so, as it is no fault of its', async () => {
    const broker = await foreign();
    broker.on(`POST ${sessionRoute}`, json(200, aWireSession('ACCEPTED')));
    broker.on(`GET ${sessionRoute}/logs`, json(404, { status: 404, error: 'Not Found' }));
    const ag = await over(broker);
    const set = await ag.as('alice').ask(soon);
    await ag.as('alice').update(set.offers[0], 'ACCEPTED');
    const { status, body } = await ag.as('alice').get(`/sessions/${set.offers[0].meta.uuid}/logs`);
    expect([status, JSON.stringify(body)]).toEqual([404, expect.stringContaining('f1 gives none out')]);
  });

  it('that forgets what it has cancelled is shown as it shows itself', async () => {
    const broker = await foreign();
    broker.on(`POST ${sessionRoute}`, json(200, aWireSession('ACCEPTED')), json(200, aWireSession('CANCELLED')));
    broker.on(`GET ${sessionRoute}`, json(200, aWireSession('AVAILABLE')));
    const ag = await over(broker);
    const set = await ag.as('alice').ask(soon);
    await ag.as('alice').update(set.offers[0], 'ACCEPTED');
    expect((await ag.as('alice').update(set.offers[0], 'CANCELLED')).body.phase).toBe('CANCELLED');
    expect((await ag.as('alice').session(set.offers[0])).body.phase).toBe('AVAILABLE');
  });

  it('answers 200 to what it refuses, and the client is told 409 all the same', async () => {
    const broker = await foreign();
    broker.on(`POST ${sessionRoute}`, json(200, aWireSession('OFFERED')));
    const ag = await over(broker);
    const set = await ag.as('alice').ask(soon);
    expect((await ag.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(409);
    expect((await ag.as('alice').session(set.offers[0])).body.phase).toBe('REJECTED');
  });
});

describe('two levels over a foreign v1.0 broker', () => {
  async function tree(broker: FakeBroker): Promise<TestAggregator> {
    const uk = await aggregator({ name: 'uk', members: [{ name: 'calycopis', url: broker.url }] });
    return aggregator({ name: 'src', members: [asMember('uk', uk.url)] });
  }

  it('carry a session from the request to its end by polling, in the words of our own interface', async () => {
    const broker = await foreign();
    broker.on(`POST ${sessionRoute}`, json(200, aWireSession('ACCEPTED')));
    broker.on(`GET ${sessionRoute}`, json(200, aWireSession('RUNNING')), json(200, aWireSession('COMPLETED')));
    const alice = (await tree(broker)).as('alice');
    const set = await alice.ask(soon);
    expect(set.offers).toHaveLength(1);
    expect((await alice.update(set.offers[0], 'ACCEPTED')).body.phase).toBe('ACCEPTED');
    expect((await alice.session(set.offers[0])).body.phase).toBe('RUNNING');
    expect((await alice.session(set.offers[0])).body.phase).toBe('COMPLETED');
    const events = await alice.get(`/sessions/${set.offers[0].meta.uuid}/events`);
    expect(events.body).toContain('"phase":"COMPLETED"');
    expect(JSON.stringify([set, events.body])).not.toContain(new URL(broker.url).host);
    expect(broker.calls('POST /requests')).toHaveLength(1);
  });

  it('tell 409 where it says 200 and does nothing, and the reason where it says NO without one', async () => {
    const broker = await foreign();
    broker.on(`POST ${sessionRoute}`, json(200, aWireSession('OFFERED')));
    const alice = (await tree(broker)).as('alice');
    const set = await alice.ask(soon);
    expect((await alice.update(set.offers[0], 'ACCEPTED')).status).toBe(409);
    broker.on(`GET /offersets/${aSetUuid}`, json(200, { ...aWireOfferSet([]), result: 'NO' }));
    const no = await alice.ask(soon);
    expect([no.result, no.meta.messages.length > 0]).toEqual(['NO', true]);
  });
});
