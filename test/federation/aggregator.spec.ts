/** An aggregator over real nodes: what a client asks, is offered and accepts. */
import { describe, expect, it } from 'vitest';
import { TestAggregator, asMember } from '../support/federation.js';
import type { AggregatorWishes } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const node = (wishes: NodeWishes = {}): Promise<TestNode> => kept(startNode(wishes));
const aggregator = (wishes: AggregatorWishes): Promise<TestAggregator> => kept(TestAggregator.start(wishes));

async function overTwo(first: NodeWishes = {}, second: NodeWishes = {}): Promise<{ n1: TestNode; n2: TestNode; ag: TestAggregator }> {
  const [n1, n2] = [await node(first), await node({ cores: 8, memory: 32, ...second })];
  return { n1, n2, ag: await aggregator({ members: [asMember('n1', n1.running.url), asMember('n2', n2.running.url)] }) };
}

const starts = (set: Json): string[] => set.offers.map((one: Json) => one.schedule.available.start.slice(0, 16));
const soon = aRequest().from('2030-06-03T08:00:00Z/PT5M');

/** Books the whole node until ten o'clock, its cleaning up included. */
async function fill(busy: TestNode): Promise<void> {
  const set = await busy.as('alice').ask(aRequest().cores(busy.cores).lasting('PT1H55M').from('2030-06-03T08:00:00Z/PT0S'));
  expect((await busy.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
}

describe('an aggregator over two nodes', () => {
  it('offers of both, by turns, and carries the accepted one to its end at its node alone', async () => {
    const { n1, n2, ag } = await overTwo();
    const alice = ag.as('alice');
    const set = await alice.ask(aRequest().from('2030-06-03T08:00:00Z/PT3H').script({ log: ['hello from the node'] }));
    expect(set.result).toBe('YES');
    expect(starts(set)).toEqual([...starts(set)].sort());
    const chosen = set.offers[1];
    const accepted = await alice.update(chosen, 'ACCEPTED');
    expect(accepted.status).toBe(200);
    expect(accepted.body.phase).toBe('ACCEPTED');
    await ag.settled();
    const there = [await n1.as('admin').get('/sessions'), await n2.as('admin').get('/sessions')].map((one) => one.body.sessions.length);
    expect([...there].sort()).toEqual([0, 1]);
    const left = (await alice.offerSet(set.meta.uuid)).offers;
    expect(left.map((one: Json) => one.phase).filter((phase: string) => phase === 'REJECTED')).toHaveLength(set.offers.length - 1);
    // A sibling's capacity is free again at once, everywhere.
    for (const each of [n1, n2]) expect((await each.as('bob').ask(aRequest().cores(each.cores - (there[each === n1 ? 0 : 1] ?? 0)).from('2030-06-03T08:00:00Z/PT0S'))).result).toBe('YES');
    for (const each of [n1, n2]) await each.advance('PT3H');
    expect((await alice.session(chosen)).body.phase).toBe('COMPLETED');
    expect((await alice.get('/sessions')).body.sessions.map((one: Json) => one.meta.uuid)).toEqual([chosen.meta.uuid]);
    const events = await alice.get(`/sessions/${chosen.meta.uuid}/events`);
    expect(events.body).toContain('"phase":"COMPLETED"');
    expect(events.body).toContain(chosen.meta.uuid);
    const output = await alice.get(`/sessions/${chosen.meta.uuid}/logs`);
    expect([output.status, output.body.trim()]).toEqual([200, 'hello from the node']);
  });

  it('UC-03: offers what the idle node has, and keeps the no of the busy one as information', async () => {
    const { n1, ag } = await overTwo();
    await fill(n1);
    const set = await ag.as('alice').ask(soon);
    expect(set.result).toBe('YES');
    expect(set.meta.messages).toEqual(expect.arrayContaining([expect.objectContaining({ level: 'INFO', values: expect.objectContaining({ member: 'n1' }) })]));
  });

  it('UC-02, UC-04: names the first start that would work anywhere when all say no, and offers it when the window is wider', async () => {
    const { n1, n2, ag } = await overTwo();
    await fill(n1);
    await fill(n2);
    const set = await ag.as('alice').ask(soon);
    expect(set.result).toBe('NO');
    expect(set.meta.messages[0].values.first).toBe('2030-06-03T10:00:00Z');
    const wide = await ag.as('alice').ask(aRequest().from('2030-06-03T08:00:00Z/PT4H'));
    expect(starts(wide)[0]).toBe('2030-06-03T10:00');
  });

  it('shows strangers nothing, and administrators everything', async () => {
    const { ag } = await overTwo();
    const set = await ag.as('alice').ask(soon);
    const offer = set.offers[0];
    expect((await ag.as('bob').session(offer)).status).toBe(403);
    expect((await ag.as('bob').update(offer, 'ACCEPTED')).status).toBe(403);
    expect((await ag.as('bob').get(`/offersets/${set.meta.uuid}`)).status).toBe(403);
    expect((await ag.as('admin').session(offer)).status).toBe(200);
    expect((await ag.as('').session(offer)).status).toBe(401);
  });

  it('lets one of two accepts win, and tells the other what is left', async () => {
    const { ag } = await overTwo();
    const alice = ag.as('alice');
    const set = await alice.ask(aRequest().from('2030-06-03T08:00:00Z/PT3H'));
    const answers = await Promise.all([alice.update(set.offers[0], 'ACCEPTED'), alice.update(set.offers[1], 'ACCEPTED')]);
    expect(answers.map((one) => one.status).sort()).toEqual([200, 409]);
  });

  it('refuses an offer that its node gave up meanwhile with 409 and the offers that are left', async () => {
    const { n1, n2, ag } = await overTwo();
    const alice = ag.as('alice');
    const set = await alice.ask(soon);
    for (const each of [n1, n2]) {
      const own = await each.as('bob').get('/sessions');
      expect(own.body.sessions).toEqual([]);
    }
    for (const each of [n1, n2]) await each.advance('PT6M');
    const late = await alice.update(set.offers[0], 'ACCEPTED');
    expect(late.status).toBe(409);
    expect(late.body.detail).toContain('accept another offer');
    expect(late.body.detail).toContain(set.offers[1].meta.uuid);
  });

  it('lets an offer expire a little before its member does, by itself', async () => {
    const { ag } = await overTwo();
    const set = await ag.as('alice').ask(soon);
    expect(set.offers[0].expires).toBe('2030-06-03T08:04:55Z');
    await ag.clock.moveTo(Date.parse('2030-06-03T08:04:55Z'));
    expect((await ag.as('alice').session(set.offers[0])).body.phase).toBe('EXPIRED');
    expect((await ag.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(409);
  });

  it('cancels, at the node, what runs there', async () => {
    const { n1, n2, ag } = await overTwo();
    const alice = ag.as('alice');
    const set = await alice.ask(soon.script({ run: 'PT30M' }));
    await alice.update(set.offers[0], 'ACCEPTED');
    for (const each of [n1, n2]) await each.advance('PT10M');
    expect((await alice.session(set.offers[0])).body.phase).toBe('RUNNING');
    expect((await alice.update(set.offers[0], 'CANCELLED')).body.phase).toBe('CANCELLED');
    expect((await alice.update(set.offers[0], 'CANCELLED')).status).toBe(409);
  });

  it('merges the calendars of its members', async () => {
    const { ag } = await overTwo();
    const report = (await ag.as('alice').get('/capacity?from=2030-06-03T08:00:00Z&to=2030-06-03T10:00:00Z')).body;
    expect(report.pools.map((pool: Json) => [pool.pool, pool.total.cores])).toEqual([['n1/stage/main', 16], ['n2/stage/main', 8]]);
  });

  it('UC-06: offers the context notes’ list, which needs both nodes', async () => {
    const whole = { cores: 4, memory: 4, mostOffers: 12, spacing: 'PT1H' };
    const { n1, n2, ag } = await overTwo(whole, whole);
    const taken: readonly (readonly [TestNode, string, string])[] = [
      [n1, '2030-06-03T15:00:00Z', 'PT5H'], [n1, '2030-06-04T13:00:00Z', 'PT7H'], [n1, '2030-06-05T08:00:00Z', 'PT12H'],
      [n2, '2030-06-03T08:00:00Z', 'PT12H'], [n2, '2030-06-04T08:00:00Z', 'PT3H'], [n2, '2030-06-04T15:00:00Z', 'PT5H'], [n2, '2030-06-05T08:00:00Z', 'PT3H'], [n2, '2030-06-05T16:00:00Z', 'PT4H'],
    ];
    for (const [at, start, lasting] of taken) {
      const set = await at.as('alice').ask(aRequest().cores(4).lasting(lasting).from(`${start}/PT0S`));
      await at.as('alice').update(set.offers[0], 'ACCEPTED');
    }
    const mornings = ['03', '04', '05'].map((day) => `2030-06-${day}T09:00:00Z/2030-06-${day}T12:00:00Z`);
    const set = await ag.as('alice').ask(aRequest().cores(4).lasting('PT4H').from(mornings));
    expect(starts(set)).toEqual(['03T09', '03T10', '03T11', '04T09', '04T11', '05T11', '05T12'].map((hour) => `2030-06-${hour}:00`));
  });
});

describe('an offer that shall wait longer', () => {
  it('does so at its member, and ends a little sooner here', async () => {
    const { n1, n2, ag } = await overTwo();
    const alice = ag.as('alice');
    const offer = (await alice.ask(aRequest().from('2030-06-03T08:00:00Z/PT3H'))).offers.at(-1);
    const path = `/sessions/${offer.meta.uuid}`;
    const longer = await alice.call('POST', path, { kind: 'uri:string-value-update', path: 'expires', value: '2030-06-03T08:20:00Z' });
    expect([longer.status, longer.body.expires]).toEqual([200, '2030-06-03T08:20:00Z']);
    for (const each of [n1, n2, ag]) await each.clock.moveTo(Date.parse('2030-06-03T08:15:00Z'));
    expect((await alice.session(offer)).body.phase).toBe('OFFERED');
    expect((await alice.call('POST', path, { kind: 'uri:string-value-update', path: 'expires', value: '2031-06-03T08:20:00Z' })).status).toBe(409);
  });
});
