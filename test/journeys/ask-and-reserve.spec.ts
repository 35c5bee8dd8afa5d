/** UC-20 … UC-27: what is offered is reserved. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import { kinds } from '#model';

const whole = () => aRequest().cores(16).memory(16).lasting('PT1H').from('2030-06-03T10:00:00Z/PT0S');

describe('what is offered is reserved', () => {
  let node: TestNode;
  beforeEach(async () => { node = await startNode({ cores: 16, memory: 64, mostOffers: 4 }); });
  afterEach(() => node.stop());

  it('nobody else gets what a live offer holds, and it comes back by itself at expiry (UC-20)', async () => {
    const first = await node.as('alice').ask(whole());
    expect(first.result).toBe('YES');
    expect((await node.as('bob').ask(whole())).result).toBe('NO');
    await node.advance('PT5M1S');
    expect((await node.as('bob').ask(whole())).result).toBe('YES');
  });

  it('a rejected offer gives its capacity back at once', async () => {
    const { offers } = await node.as('alice').ask(whole());
    expect((await node.as('alice').update(offers[0], 'REJECTED')).body.phase).toBe('REJECTED');
    expect((await node.as('bob').ask(whole())).result).toBe('YES');
  });

  it('siblings do not multiply: alternatives at the same hour hold their maximum, not their sum (UC-21)', async () => {
    const wish = aRequest().cores(8, 8).lasting('PT1H').from('2030-06-03T10:00:00Z/PT3H');
    const alice = await node.as('alice').ask(wish);
    expect(alice.offers.length).toBeGreaterThan(2);
    expect((await node.as('bob').ask(aRequest().cores(8).lasting('PT1H').from('2030-06-03T10:00:00Z/PT0S'))).result).toBe('YES');
  });

  it('accepting one offer rejects its siblings and frees them at once (UC-22)', async () => {
    const alice = node.as('alice');
    const { meta, offers } = await alice.ask(aRequest().cores(16).lasting('PT1H').from('2030-06-03T10:00:00Z/PT2H'));
    expect(offers.length).toBe(3);
    const accepted = await alice.update(offers[1], 'ACCEPTED');
    expect(accepted.status).toBe(200);
    expect(['ACCEPTED', 'WAITING', 'PREPARING']).toContain(accepted.body.phase);
    const after = await alice.offerSet(meta.uuid);
    expect([after.offers[0].phase, after.offers[2].phase]).toEqual(['REJECTED', 'REJECTED']);
    expect((await node.as('bob').ask(whole())).result).toBe('YES');
  });

  it('of two parallel accepts of siblings exactly one wins, the other gets 409 with the session as it is (UC-23)', async () => {
    const alice = node.as('alice');
    const { offers } = await alice.ask(aRequest().cores(16).lasting('PT1H').from('2030-06-03T10:00:00Z/PT2H'));
    const answers = await Promise.all([alice.update(offers[0], 'ACCEPTED'), alice.update(offers[1], 'ACCEPTED')]);
    expect(answers.map((one) => one.status).sort()).toEqual([200, 409]);
    expect(answers.find((one) => one.status === 409)?.body.session.phase).toBe('REJECTED');
  });

  it('of two parallel requests for the last slot exactly one gets it (UC-23)', async () => {
    const answers = await Promise.all(['alice', 'bob'].map((name) => node.as(name).ask(whole())));
    expect(answers.map((one) => one.result).sort()).toEqual(['NO', 'YES']);
  });

  it('an accepted session still counts, whatever its phase (UC-24)', async () => {
    const alice = node.as('alice');
    const { offers } = await alice.ask(whole().script({ run: 'PT1H' }));
    await alice.update(offers[0], 'ACCEPTED');
    for (const step of ['PT1M', 'PT118M', 'PT10M']) {
      await node.advance(step);
      expect((await node.as('bob').ask(aRequest().cores(16).from('2030-06-03T10:30:00Z/PT0S'))).result).toBe('NO');
    }
    expect((await alice.session(offers[0])).body.phase).toBe('RUNNING');
  });

  it('a late accept is told that the offer is expired (UC-25)', async () => {
    const alice = node.as('alice');
    const { offers } = await alice.ask(whole());
    await node.advance('PT6M');
    const late = await alice.update(offers[0], 'ACCEPTED');
    expect(late.status).toBe(409);
    expect(late.body.session.phase).toBe('EXPIRED');
    expect(late.body.detail).toMatch(/expired/);
  });

  it('cancelling a running session stops the payload and gives the capacity to the next request (UC-26)', async () => {
    const alice = node.as('alice');
    const { offers } = await alice.ask(aRequest().cores(16).lasting('PT4H').script({ run: 'PT4H' }));
    await alice.update(offers[0], 'ACCEPTED');
    await node.advance('PT1M');
    expect((await alice.session(offers[0])).body.phase).toBe('RUNNING');
    expect((await alice.update(offers[0], 'CANCELLED')).body.phase).toBe('CANCELLED');
    await node.advance('PT1M');
    expect((await alice.session(offers[0])).body).toMatchObject({ phase: 'CANCELLED', executable: { phase: 'CANCELLED' } });
    expect((await node.as('bob').ask(aRequest().cores(16).from('2030-06-03T08:10:00Z/PT0S'))).result).toBe('YES');
  });

  it('the same request twice is two offer sets and two holds (UC-27)', async () => {
    const alice = node.as('alice');
    const half = aRequest().cores(8).from('2030-06-03T10:00:00Z/PT0S');
    const [one, two] = [await alice.ask(half), await alice.ask(half)];
    expect(one.meta.uuid).not.toBe(two.meta.uuid);
    expect((await alice.ask(half)).result).toBe('NO');
  });

  it('early finish gives the rest of the slot back at once', async () => {
    const alice = node.as('alice');
    const { offers } = await alice.ask(aRequest().cores(16).lasting('PT6H').script({ run: 'PT30M' }));
    await alice.update(offers[0], 'ACCEPTED');
    await node.advance('PT40M');
    expect((await alice.session(offers[0])).body.phase).toBe('COMPLETED');
    const next = await node.as('bob').ask(aRequest().cores(16).lasting('PT1H'));
    expect(next.offers[0].schedule.available.start).toMatch(/^2030-06-03T08:4\d/);
  });

  it('a stranger neither reads nor changes a session, an admin does (UC-59)', async () => {
    const { meta, offers } = await node.as('alice').ask(whole());
    const bob = node.as('bob');
    expect((await bob.session(offers[0])).status).toBe(403);
    expect((await bob.update(offers[0], 'ACCEPTED')).status).toBe(403);
    expect((await bob.get(`/offersets/${meta.uuid}`)).status).toBe(403);
    await node.as('alice').update(offers[0], 'ACCEPTED');
    for (const path of ['', '/events', '/logs']) expect((await bob.get(`/sessions/${offers[0].meta.uuid}${path}`)).status).toBe(403);
    expect((await node.as('admin').session(offers[0])).status).toBe(200);
    expect((await bob.get('/sessions')).body.sessions).toEqual([]);
    expect(kinds.scheduledSession).toBe(offers[0].kind);
  });
});
