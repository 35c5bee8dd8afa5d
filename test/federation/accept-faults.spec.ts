/** Whatever becomes of the calls of an acceptance: what the client is told is true, and what nobody could tell is settled as it is at the member. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aSetUuid, aWireOfferSet, aWireSession, broken, hangUp, json, problem, text } from '#client/testing';
import type { Reply } from '#client/testing';
import type { SessionPhase } from '#model';
import { TestAggregator } from '../support/federation.js';
import type { Json } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const route = `/sessions/${aSessionUuid}`;

/** What goes wrong with an answer; undefined: nothing. */
const faults: Readonly<Record<string, Reply | undefined>> = {
  nothing: undefined, 'it hangs up': hangUp, 500: json(500, {}), 503: problem(503, 'later'), 429: problem(429, 'slower'), 401: problem(401, 'who?'), 'a page': text('<html>log in</html>', 'text/html'),
  'half of it': broken('{"meta": {"uuid"', 'application/json'), 'another session': json(200, { ...aWireSession('ACCEPTED'), meta: { uuid: aSetUuid } }), 'nothing in it': json(200, undefined),
  'a way elsewhere': json(302, undefined, { location: 'http://elsewhere.test/' }), 'no phase': json(200, { meta: { uuid: aSessionUuid } }),
};
const fault = fc.constantFrom(...Object.keys(faults));

/** A member with one offer: each update arrives or does not, and answers as it should or not. */
class Member {
  phase: SessionPhase = 'OFFERED';

  constructor(readonly broker: FakeBroker, private readonly updates: { readonly arrives: boolean; readonly answer: string }[], private readonly looks: string[]) {
    broker.on('POST /requests', json(200, aWireOfferSet()));
    broker.on(`POST ${route}`, (seen, response) => {
      const { arrives, answer } = this.updates.shift() ?? { arrives: true, answer: 'nothing' };
      const open = this.phase === 'OFFERED';
      if (arrives && open) this.phase = (seen.body as Json).value;
      (faults[answer] ?? (open && arrives ? json(200, aWireSession(this.phase)) : problem(409, `it is ${this.phase}`)))(seen, response);
    });
    broker.on(`GET ${route}`, (seen, response) => { (faults[this.looks.shift() ?? 'nothing'] ?? json(200, aWireSession(this.phase)))(seen, response); });
  }
}

describe('an acceptance', () => {
  it('ends as the member has it, and nobody is told anything else on the way', async () => {
    const broker = await new FakeBroker().start();
    const ag = await TestAggregator.start({ members: [{ name: 'f1', url: broker.url }] });
    const [updates, looks] = [fc.array(fc.record({ arrives: fc.boolean(), answer: fault }), { maxLength: 4 }), fc.array(fault, { maxLength: 4 })];
    const run = async (script: { arrives: boolean; answer: string }[], seen: string[]): Promise<void> => {
      // The clock goes on from one to the next; the offers of the fixture do not.
      const start = ag.clock.now();
      const member = new Member(broker, [...script], [...seen]);
      const later = new Date(start + 300_000).toISOString();
      broker.on('POST /requests', json(200, aWireOfferSet([aWireSession('OFFERED', { expires: later, schedule: { available: { start: '2040-01-01T00:00:00Z/PT0S', duration: 'PT1H' } } })])));
      const { offers: [offer] } = await ag.as('alice').ask(aRequest());
      const told = await ag.as('alice').update(offer, 'ACCEPTED');
      if (told.status === 200) expect([told.body.phase, member.phase]).toEqual(['ACCEPTED', 'ACCEPTED']);
      else expect([409, 503]).toContain(told.status);
      if (told.status === 409) expect(member.phase).not.toBe('ACCEPTED');
      for (let time = 0; time < 12; time += 1) {
        await ag.clock.moveTo(ag.clock.now() + 41_000);
        await ag.application.reconciler.pass();
      }
      const listed = (await ag.as('alice').get('/sessions')).body.sessions.map((one: Json) => one.meta.uuid);
      expect([listed.includes(offer.meta.uuid), (await ag.as('alice').session(offer)).body.phase === 'ACCEPTED']).toEqual([member.phase === 'ACCEPTED', member.phase === 'ACCEPTED']);
    };
    try {
      await fc.assert(fc.asyncProperty(updates, looks, run), { numRuns: 60 });
    } finally {
      await ag.stop();
      await broker.stop();
    }
  }, 120_000);
});
