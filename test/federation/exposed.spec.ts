/** UC-58, direct mode: offers carry the addresses of an exposed member; clients accept there, and the aggregator learns of it. */
import { describe, expect, it } from 'vitest';
import { TestAggregator, asMember } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

interface Site { readonly n1: TestNode; readonly n2: TestNode; readonly ag: TestAggregator }

async function site(): Promise<Site> {
  const [n1, n2] = [await kept(startNode({ cores: 8 })), await kept(startNode({ cores: 8 }))];
  const members = [asMember('n1', n1.running.url, { exposure: 'expose' }), asMember('n2', n2.running.url)];
  return { n1, n2, ag: await kept(TestAggregator.start({ members })) };
}

const whole = aRequest().cores(8).from('2030-06-03T08:00:00Z/PT5M').script({ run: 'forever' });
const offersAt = (set: Json, of: TestNode): Json[] => set.offers.filter((one: Json) => one.meta.url.startsWith(`${of.running.url}/sessions/`));
/** Accepted, and maybe further by now. */
const isTaken = (one: Json): boolean => !['OFFERED', 'REJECTED', 'EXPIRED'].includes(one.phase);
const there = (offer: Json): Json => ({ meta: { uuid: offer.meta.url.split('/').at(-1) } });

async function pass({ ag }: Site): Promise<void> {
  await ag.clock.moveTo(ag.clock.now() + 11_000);
  await ag.application.reconciler.pass();
  await ag.settled();
}

describe('an exposed member', () => {
  it('is accepted at directly: the set shows it, and what others hold is given back', async () => {
    const all = await site();
    const { n1, n2, ag } = all;
    const set = await ag.as('alice').ask(whole);
    const [offer] = offersAt(set, n1);
    expect([offersAt(set, n1).length > 0, offersAt(set, n2)]).toEqual([true, []]);
    expect(JSON.stringify(set)).not.toContain(n2.running.url);
    // The account that the aggregator asked with there stands for one that the client has at both.
    expect((await n1.as('bob').update(there(offer), 'ACCEPTED')).status).toBe(200);
    await pass(all);
    const shown = await ag.as('alice').offerSet(set.meta.uuid);
    expect(shown.offers.filter(isTaken).map((one: Json) => one.meta.uuid)).toEqual([offer.meta.uuid]);
    expect(shown.offers.filter((one: Json) => one.phase === 'REJECTED')).toHaveLength(set.offers.length - 1);
    expect((await ag.as('alice').get('/sessions')).body.sessions.map((one: Json) => one.meta.url)).toEqual([offer.meta.url]);
    expect((await n2.as('alice').ask(whole)).result).toBe('YES');
  });

  it('is seen at once by who looks, and nothing else of the set can be accepted then', async () => {
    const { n1, ag } = await site();
    const set = await ag.as('alice').ask(whole);
    const [offer] = offersAt(set, n1);
    await n1.as('bob').update(there(offer), 'ACCEPTED');
    const other = set.offers.find((one: Json) => !one.meta.url.startsWith(n1.running.url));
    const refused = await ag.as('alice').update(other, 'ACCEPTED');
    expect([refused.status, isTaken((await ag.as('alice').session(offer)).body)]).toEqual([409, true]);
  });

  it('is accepted at through the aggregator too, where a client keeps to it', async () => {
    const { n1, ag } = await site();
    const set = await ag.as('alice').ask(whole);
    const [offer] = offersAt(set, n1);
    expect((await ag.as('alice').update(offer, 'ACCEPTED')).body.phase).toBe('ACCEPTED');
    expect(isTaken((await n1.as('bob').session(there(offer))).body)).toBe(true);
  });

  it('is looked at no more when its offers have expired', async () => {
    const all = await site();
    const set = await all.ag.as('alice').ask(whole);
    for (const each of [all.n1, all.n2]) await each.advance('PT6M');
    await all.ag.clock.moveTo(all.ag.clock.now() + 360_000);
    await pass(all);
    expect(await all.ag.application.persistence.federation.due(all.ag.clock.now() + 3_600_000, 10)).toEqual([]);
    expect((await all.ag.as('alice').offerSet(set.meta.uuid)).offers.map((one: Json) => one.phase)).toEqual(set.offers.map(() => 'EXPIRED'));
  });
});
