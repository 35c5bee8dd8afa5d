/** An offer is kept open longer, or given up sooner, by an update of its expiry. */
import { describe, expect, it } from 'vitest';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Answer, Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const words = (answer: Answer): string[] => answer.body.reasons.map((one: Json) => (one.kind as string).split(':').at(-1));
const option = (session: Json, kind: string): Json => session.meta.options?.find((one: Json) => one.path === 'expires' && one.kind === `uri:${kind}`);
const path = (session: Json): string => `/sessions/${session.meta.uuid}`;

describe('the expiry of an offer', () => {
  const start = (wishes: NodeWishes = {}): Promise<TestNode> => kept(startNode(wishes));

  const later = (node: TestNode, offer: Json, delta: number, units = 's'): Promise<Answer> =>
    node.as('alice').call('POST', path(offer), { kind: 'uri:integer-delta-update', path: 'expires', delta, units });
  const until = (node: TestNode, offer: Json, value: string): Promise<Answer> => node.as('alice').call('POST', path(offer), { kind: 'uri:string-value-update', path: 'expires', value });

  it('moves later within what the node allows, holds its capacity until then, and has its whole duration at the last moment', async () => {
    const node = await start({ mostOffers: 1 });
    const [alice, bob] = [node.as('alice'), node.as('bob')];
    const offer = (await alice.ask(aRequest().cores(16).lasting('PT1H'))).offers[0];
    expect(offer.expires).toBe('2030-06-03T08:05:00Z');
    const shown = (await alice.session(offer)).body;
    expect(option(shown, 'integer-delta-option')).toMatchObject({ max: 1500, units: 'seconds' });
    expect(offer.meta.options).toEqual(shown.meta.options);
    expect(new RegExp(option(shown, 'string-value-option').pattern as string).test('2030-06-03T08:20:00Z')).toBe(true);

    const moved = await until(node, offer, '2030-06-03T08:20:00Z');
    expect([moved.status, moved.body.phase, moved.body.expires]).toEqual([200, 'OFFERED', '2030-06-03T08:20:00Z']);
    await node.advance('PT10M');
    expect((await bob.ask(aRequest().from('2030-06-03T08:10:00Z/PT0S'))).result).toBe('NO');
    await node.advance('PT9M59S');
    const accepted = await alice.update(offer, 'ACCEPTED');
    expect(accepted.status).toBe(200);
    expect(accepted.body.schedule.available).toMatchObject({ start: '2030-06-03T08:19:59Z/PT0S', duration: 'PT1H' });
    expect((await bob.ask(aRequest().cores(16).from('2030-06-03T08:00:00Z/2030-06-03T10:00:00Z'))).offers[0].schedule.available.start).toMatch(/^2030-06-03T09:2[05]:00Z/);
  });

  it('moves nearer, and what was held is free from then on', async () => {
    const node = await start({ mostOffers: 1 });
    const offer = (await node.as('alice').ask(aRequest().cores(16))).offers[0];
    expect((await later(node, offer, -4, 'minutes')).body.expires).toBe('2030-06-03T08:01:00Z');
    await node.advance('PT1M');
    expect((await node.as('alice').session(offer)).body.phase).toBe('EXPIRED');
    expect((await node.as('bob').ask(aRequest().cores(16))).result).toBe('YES');
  });

  it('can not move beyond what the node allows, into the past, or to where it is; the refusal says how far it could', async () => {
    const node = await start({ mostOffers: 1 });
    const offer = (await node.as('alice').ask(aRequest())).offers[0];
    for (const answer of [await later(node, offer, 1501), await later(node, offer, -300), await until(node, offer, 'soon'), await later(node, offer, 5, 'parsecs')]) {
      expect([answer.status, answer.body.session.expires]).toEqual([409, '2030-06-03T08:05:00Z']);
    }
    const beyond = await later(node, offer, 1501);
    expect([words(beyond), beyond.body.detail]).toEqual([['no-room'], expect.stringContaining('2030-06-03T08:30:00Z')]);
    expect(words(await until(node, offer, '2030-06-03T08:05:00Z'))).toEqual(['update']);
    expect((await node.as('alice').session(offer)).body.expires).toBe('2030-06-03T08:05:00Z');
    expect((await node.as('bob').call('POST', path(offer), { kind: 'uri:integer-delta-update', path: 'expires', delta: 60 })).status).toBe(403);
  });

  it('moves as far as its window of starts, and as far as the calendar has room for a late start', async () => {
    const node = await start({ mostOffers: 1 });
    const alice = node.as('alice');
    const narrow = (await alice.ask(aRequest().from('2030-06-03T08:00:00Z/PT12M'))).offers[0];
    expect(option((await alice.session(narrow)).body, 'integer-delta-option').max).toBe(420);
    expect((await later(node, narrow, 421)).status).toBe(409);
    expect((await later(node, narrow, 420)).body.schedule.available.start).toBe('2030-06-03T08:00:00Z/PT12M');
    const tight = (await alice.ask(aRequest().cores(15).lasting('PT1H'))).offers[0];
    await alice.update((await node.as('bob').ask(aRequest().cores(1).from('2030-06-03T09:20:00Z/PT0S').lasting('PT30M'))).offers[0], 'REJECTED');
    const other = (await node.as('bob').ask(aRequest().cores(2).from('2030-06-03T09:20:00Z/PT0S').lasting('PT30M'))).offers[0];
    await node.as('bob').update(other, 'ACCEPTED');
    expect(option((await alice.session(tight)).body, 'integer-delta-option').max).toBe(900);
    expect(words(await later(node, tight, 901))).toEqual(['no-room']);
    expect((await later(node, tight, 900)).body.expires).toBe('2030-06-03T08:20:00Z');
  });

  it('moves that of its siblings, as far as what they hold allows', async () => {
    const node = await start({ mostOffers: 3 });
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().cores(16));
    expect(set.offers).toHaveLength(3);
    await later(node, set.offers[1], 600);
    const { offers } = await alice.offerSet(set.meta.uuid as string);
    expect(offers.map((offer: Json) => offer.expires)).toEqual(['2030-06-03T08:05:00Z', '2030-06-03T08:15:00Z', '2030-06-03T08:15:00Z']);
    await node.advance('PT12M');
    expect((await alice.update(offers[0], 'ACCEPTED')).status).toBe(409);
    expect((await alice.update(offers[2], 'ACCEPTED')).status).toBe(200);
  });

  it('is no longer told or moved once the offer is accepted, rejected or expired', async () => {
    const node = await start({ mostOffers: 1 });
    const alice = node.as('alice');
    const [accepted, rejected, expired] = [(await alice.ask(aRequest())).offers[0], (await alice.ask(aRequest())).offers[0], (await alice.ask(aRequest())).offers[0]];
    await alice.update(accepted, 'ACCEPTED');
    await alice.update(rejected, 'REJECTED');
    await node.advance('PT5M');
    for (const offer of [accepted, rejected, expired]) {
      expect(option((await alice.session(offer)).body, 'integer-delta-option')).toBeUndefined();
      expect((await later(node, offer, 60)).status).toBe(409);
    }
  });

  it('keeps what it was moved to when the node restarts', async () => {
    const node = await start({ mostOffers: 1 });
    const offer = (await node.as('alice').ask(aRequest().cores(16))).offers[0];
    await later(node, offer, 600);
    await node.restart();
    await node.advance('PT10M');
    expect((await node.as('bob').ask(aRequest().cores(1).from('2030-06-03T08:10:00Z/PT0S'))).result).toBe('NO');
    expect((await node.as('alice').update(offer, 'ACCEPTED')).status).toBe(200);
  });

  it('does not move later while so many offers are open that new ones expire sooner', async () => {
    const node = await start({ mostOffers: 1, limits: { openOffersOfAll: 4 } });
    const alice = node.as('alice');
    const offer = (await alice.ask(aRequest())).offers[0];
    for (let open = 1; open < 4; open += 1) await alice.ask(aRequest());
    expect(option((await alice.session(offer)).body, 'integer-delta-option').max).toBe(0);
    expect((await later(node, offer, 60)).status).toBe(409);
  });
});
