/** A platform that others use too: what they use narrows offers, and what they take away is told to whom it was promised. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const shared = { name: 'stage', type: 'scripted', capacity: 'shared', pools: { main: { cores: 16, memory: 64, storage: 1000 } }, behaviour: { run: 'PT1H' } };
const words = (document: Json): string[] => document.meta.messages.map((one: Json) => (one.kind as string).split(':').at(-1));
const startOf = (offer: Json): string => (offer.schedule.available.start as string).split('/')[0] ?? '';

describe('a platform that others use too', () => {
  let node: TestNode;
  beforeEach(async () => { node = await startNode({ platforms: [shared], mostOffers: 1 }); });
  afterEach(() => node.stop());

  /** What others do from now on; it is seen a few seconds later. */
  async function others(main: Json): Promise<void> {
    const text = typeof main === 'string' ? main : JSON.stringify({ main });
    await writeFile(join(node.folder, 'platforms', 'stage', 'others.json'), text);
    await node.advance('PT10S');
  }

  const busyUntilTen = { taken: [{ when: '2030-06-03T08:00:00Z/2030-06-03T10:00:00Z', resources: { cores: 12 } }] };
  const atNine = aRequest().cores(8).from('2030-06-03T09:00:00Z/PT30M');

  it('offers nothing that they use, says until when they do, and explains it', async () => {
    await others(busyUntilTen);
    const no = await node.as('alice').ask(atNine);
    expect([no.result, words(no)]).toEqual(['NO', expect.arrayContaining(['capacity', 'in-use'])]);
    expect(JSON.stringify(no.meta.messages)).toContain("others use up to 12 of 16 cores in that time, in use by others until 2030-06-03T10:00:00Z");
    expect(JSON.stringify(no.meta.messages)).toContain('the first start that would work is 2030-06-03T10:00:00Z');
    const { body } = await node.as('alice').get(`/offersets/${no.meta.uuid}/explanation`);
    expect(body.steps.filter((one: Json) => one.step === 'pool').flatMap((one: Json) => one.facts.filter((fact: Json) => fact.name === 'others'))).toEqual([{ name: 'others', value: '{"cores":12}' }]);
    const yes = await node.as('alice').ask(aRequest().cores(8).from('2030-06-03T09:00:00Z/PT2H'));
    expect(startOf(yes.offers[0])).toBe('2030-06-03T10:00:00Z');
    expect((await node.as('alice').ask(aRequest().cores(4).from('2030-06-03T09:00:00Z/PT0S'))).result).toBe('YES');
  });

  it('shows as free what neither sessions nor others use', async () => {
    await others(busyUntilTen);
    const { body } = await node.as('alice').get('/capacity?from=2030-06-03T09:00:00Z&to=2030-06-03T11:00:00Z');
    const free = body.pools[0].free.map((one: Json) => one.cores);
    expect([free[0], free.at(-1)]).toEqual([4, 16]);
  });

  it('answers an acceptance that came too late with 409 and fresh offers', async () => {
    const [offer] = (await node.as('alice').ask(aRequest().cores(8).from('2030-06-03T09:00:00Z/PT2H'))).offers;
    expect(startOf(offer)).toBe('2030-06-03T09:00:00Z');
    await others(busyUntilTen);
    const { status, body } = await node.as('alice').update(offer, 'ACCEPTED');
    expect([status, body.session.phase, body.offers.result]).toEqual([409, 'REJECTED', 'YES']);
    expect(startOf(body.offers.offers[0])).toBe('2030-06-03T10:00:00Z');
    expect((await node.as('alice').update(body.offers.offers[0], 'ACCEPTED')).status).toBe(200);
  });

  it('offers nothing while it can not be told what they use, and offers again when it can', async () => {
    await others('{ torn');
    await node.advance('PT3M');
    const no = await node.as('alice').ask(aRequest());
    expect([no.result, words(no)]).toEqual(['NO', expect.arrayContaining(['use-unknown'])]);
    await others({});
    expect((await node.as('alice').ask(aRequest())).result).toBe('YES');
  });

  it('tells owners of bookings that hosts went away under, once, and offers no more than is left', async () => {
    const [offer] = (await node.as('alice').ask(aRequest().cores(12).from('2030-06-03T09:00:00Z/PT0S'))).offers;
    expect((await node.as('alice').update(offer, 'ACCEPTED')).status).toBe(200);
    await others({ total: { cores: 8, memory: 64, storage: 1000 } });
    await node.advance('PT2M');
    const session = (await node.as('alice').session(offer)).body;
    expect(words(session).filter((word) => word === 'at-risk')).toHaveLength(1);
    expect((await node.as('alice').ask(aRequest().cores(9).from('2030-06-03T12:00:00Z/PT0S'))).result).toBe('NO');
    expect((await node.as('alice').ask(aRequest().cores(8).from('2030-06-03T12:00:00Z/PT0S'))).result).toBe('YES');
    await node.restart();
    expect((await node.as('alice').ask(aRequest().cores(9).from('2030-06-03T15:00:00Z/PT0S'))).result).toBe('NO');
    expect((await node.as('alice').ask(aRequest().cores(8).from('2030-06-03T15:00:00Z/PT0S'))).result).toBe('YES');
  });

  it('grows with its platform, without a restart', async () => {
    expect((await node.as('alice').ask(aRequest().cores(20))).result).toBe('NO');
    await others({ total: { cores: 32, memory: 64, storage: 1000 } });
    await node.advance('PT1M');
    const { body } = await node.as('alice').get('/capacity');
    expect(body.pools[0].total.cores).toBe(32);
  });

  it('knows what is held for its own sessions, and keeps from others no more than they use', async () => {
    const [offer] = (await node.as('alice').ask(aRequest().cores(10).from('2030-06-03T09:00:00Z/PT0S'))).offers;
    expect((await node.as('alice').update(offer, 'ACCEPTED')).status).toBe(200);
    const own = { when: '2030-06-03T09:00:00Z/PT1H', resources: { cores: 10 } };
    await others({ taken: [{ ...own, session: offer.meta.uuid }] });
    expect((await node.as('alice').ask(aRequest().cores(6).from('2030-06-03T09:00:00Z/PT0S'))).result).toBe('YES');
    await others({ taken: [{ ...own, session: '11111111-2222-4333-8444-555555555500' }] });
    expect((await node.as('alice').ask(aRequest().cores(6).from('2030-06-03T09:30:00Z/PT0S'))).result).toBe('NO');
  });

  it('tells the owner what the platform says of the place of a session', async () => {
    const [offer] = (await node.as('alice').ask(aRequest().from('2030-06-03T09:00:00Z/PT0S'))).offers;
    expect((await node.as('alice').update(offer, 'ACCEPTED')).status).toBe(200);
    await others({ endangered: [offer.meta.uuid] });
    await node.advance('PT2M');
    expect(words((await node.as('alice').session(offer)).body)).toContain('at-risk');
  });
});
