/** Answers of which nothing came are forgotten after a while; what was accepted, or is half done, stays. */
import { describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, json } from '#client/testing';
import { TestAggregator } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { aRequest } from '../support/requests.js';

const minute = 60_000;

describe('an answer that is older than keepAnswers', () => {
  it('is forgotten when nothing was accepted, and not before', async () => {
    const broker = await kept(new FakeBroker().start());
    broker.on('POST /requests', json(200, aWireOfferSet()));
    broker.on(`POST /sessions/${aSessionUuid}`, json(200, aWireSession('ACCEPTED')));
    broker.on(`GET /sessions/${aSessionUuid}`, json(200, aWireSession('COMPLETED')));
    const ag = await kept(TestAggregator.start({ members: [{ name: 'f1', url: broker.url }], federation: { keepAnswers: 'PT10M' } }));
    const alice = ag.as('alice');
    const soon = aRequest().from('2030-06-03T08:00:00Z/PT2H');
    const [unused, used] = [await alice.ask(soon), await alice.ask(soon)];
    expect((await alice.update(used.offers[0], 'ACCEPTED')).status).toBe(200);
    const statuses = async (): Promise<number[]> => [(await alice.get(`/offersets/${unused.meta.uuid}`)).status, (await alice.get(`/offersets/${used.meta.uuid}`)).status];
    await ag.clock.moveTo(ag.clock.now() + 6 * minute);
    await ag.application.reconciler.prune();
    expect(await statuses()).toEqual([200, 200]);
    await ag.clock.moveTo(ag.clock.now() + 6 * minute);
    await ag.application.reconciler.prune();
    expect(await statuses()).toEqual([404, 200]);
    expect((await alice.update(unused.offers[0], 'ACCEPTED')).status).toBe(404);
  });
});
