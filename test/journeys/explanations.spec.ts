/** Why an answer is as it is, and a release that fails after a good run (UC-37). */
import { describe, expect, it } from 'vitest';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const words = (session: Json): string[] => session.meta.messages.map((one: Json) => (one.kind as string).split(':').at(-1));

describe('explanations', () => {
  const start = (wishes: NodeWishes = {}): Promise<TestNode> => kept(startNode(wishes));

  it('every answer can be explained, to its owner and to admins', async () => {
    const node = await start({ policies: [{ type: 'longest-run', longest: 'PT4H' }] });
    for (const wish of [aRequest().cores(2), aRequest().cores(99), aRequest().lasting('PT5H')]) {
      const set = await node.as('alice').ask(wish);
      const path = `/offersets/${set.meta.uuid}/explanation`;
      const { status, body } = await node.as('alice').get(path);
      expect([status, body.result]).toEqual([200, set.result]);
      const steps: string[] = body.steps.map((one: Json) => one.step);
      expect(steps).toContain('policy');
      expect(steps).toContain(set.result === 'YES' ? 'offer' : 'hint');
      expect((await node.as('admin').get(path)).status).toBe(200);
      expect((await node.as('bob').get(path)).status).toBe(403);
    }
  });

  it('what the policies said at the acceptance is kept with what they said of the offer, each with the hash of its rules', async () => {
    const node = await start({ mostOffers: 1, policies: [{ type: 'quota', quotas: [{ name: 'q', sessions: 3 }] }] });
    const alice = node.as('alice');
    const set = await alice.ask(aRequest());
    await alice.update(set.offers[0], 'ACCEPTED');
    const { body } = await alice.get(`/offersets/${set.meta.uuid as string}/explanation`);
    const told = body.steps.filter((one: Json) => one.step === 'policy').map((one: Json) => one.about as string);
    expect(told).toEqual(expect.arrayContaining(['quota', 'all policies, at acceptance', 'quota, at acceptance']));
    const versions = body.steps.filter((one: Json) => (one.about as string).startsWith('all policies')).map((one: Json) => JSON.stringify(one.facts));
    expect(versions).toHaveLength(2);
    expect(versions[0]).toBe(versions[1]);
  });

  it('a release that fails after a good run makes the session FAILED, says so, and keeps what is there until it works (UC-37)', async () => {
    const node = await start();
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().lasting('PT1H').script({ run: 'PT10M', log: ['result'], fail: { at: 'release', times: 2 } }));
    await alice.update(set.offers[0], 'ACCEPTED');
    await node.advance('PT12M');
    const failed = (await alice.session(set.offers[0])).body;
    expect(failed.phase).toBe('FAILED');
    expect(words(failed)).toContain('release-failed');
    expect(failed.meta.messages.some((one: Json) => (one.message as string).includes('the run succeeded but release failed'))).toBe(true);
    expect((await alice.get(`/sessions/${set.offers[0].meta.uuid}/logs`)).body).toContain('result');
    await node.advance('PT20M');
    expect((await alice.session(set.offers[0])).body).toMatchObject({ phase: 'FAILED', executable: { phase: 'FAILED' } });
  });
});
