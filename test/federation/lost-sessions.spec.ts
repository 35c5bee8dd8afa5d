/** Sessions of members that forget, refuse in silence, or have gone on while nobody looked. */
import { describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aSetUuid, aWireOfferSet, aWireSession, hangUp, json, problem } from '#client/testing';
import { TestAggregator } from '../support/federation.js';
import { kept } from '../support/kept.js';
import type { Json } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const route = `/sessions/${aSessionUuid}`;

async function accepted(members: (url: string) => readonly { name: string; url: string }[] = (url) => [{ name: 'f1', url }]): Promise<{ readonly member: FakeBroker; readonly ag: TestAggregator; readonly offer: Json }> {
  const member = await kept(new FakeBroker().start());
  member.on('POST /requests', json(200, aWireOfferSet())).on(`POST ${route}`, json(200, aWireSession('ACCEPTED'))).on(`GET ${route}`, json(200, aWireSession('RUNNING')));
  const ag = await kept(TestAggregator.start({ members: members(member.url) }));
  const set = await ag.as('alice').ask(aRequest());
  expect((await ag.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
  return { member, ag, offer: set.offers[0] };
}

describe('a member that knows a session no more', () => {
  it('is said so, and the session is shown as it was seen last; once its time is over, it has failed', async () => {
    const { member, ag, offer } = await accepted();
    await ag.as('alice').session(offer);
    member.on(`GET ${route}`, problem(404, 'there is no session'));
    const before = (await ag.as('alice').session(offer)).body;
    expect([before.phase, JSON.stringify(before.meta.messages)]).toEqual(['RUNNING', expect.stringContaining('f1 knows this session no more')]);
    await ag.clock.moveTo(Date.parse('2030-06-03T10:01:00Z'));
    const after = (await ag.as('alice').session(offer)).body;
    expect([after.phase, JSON.stringify(after.meta.messages)]).toEqual(['FAILED', expect.stringContaining('nobody can tell how it ended')]);
    member.on(`GET ${route}`, hangUp);
    expect((await ag.as('alice').session(offer)).body.phase).toBe('FAILED');
  });
});

describe('sessions by phase', () => {
  it('are those that are in it now, whatever they were when they were seen last', async () => {
    const { member, ag, offer } = await accepted();
    const uuids = async (phase: string): Promise<readonly string[]> => (await ag.as('alice').get(`/sessions?phase=${phase}`)).body.sessions.map((one: Json) => one.meta.uuid);
    expect([await uuids('ACCEPTED'), await uuids('RUNNING')]).toEqual([[], [offer.meta.uuid]]);
    member.on(`GET ${route}`, json(200, aWireSession('COMPLETED')));
    expect([await uuids('RUNNING'), await uuids('COMPLETED'), await uuids('COMPLETED,FAILED')]).toEqual([[], [offer.meta.uuid], [offer.meta.uuid]]);
  });
});

describe('a member where all sessions have ended', () => {
  it('is removed, though nobody has looked at them', async () => {
    const { member, ag } = await accepted((url) => [{ name: 'other', url }]);
    const other = await kept(new FakeBroker().start());
    other.on('POST /requests', json(200, aWireOfferSet([aWireSession('OFFERED', { schedule: { available: { start: '2030-06-03T08:30:00Z/PT0S', duration: 'PT1H' } } })])));
    other.on(`POST ${route}`, json(200, aWireSession('ACCEPTED'))).on(`GET ${route}`, json(200, aWireSession('RUNNING')));
    member.on('POST /requests', json(200, aWireOfferSet([])));
    await ag.as('admin').call('POST', '/admin/members', { name: 'added', url: other.url });
    const set = await ag.as('alice').ask(aRequest());
    expect((await ag.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
    expect((await ag.as('admin').call('DELETE', '/admin/members/added')).status).toBe(409);
    other.on(`GET ${route}`, json(200, aWireSession('COMPLETED')));
    expect((await ag.as('admin').call('DELETE', '/admin/members/added')).status).toBe(204);
  });
});

describe('a member that answers 200 to a change that it does not make', () => {
  it.each<readonly [string, Json]>([
    ['duration', { kind: 'uri:string-value-update', path: 'duration', value: 'PT2H' }], ['duration', { kind: 'uri:integer-delta-update', path: 'duration', delta: 3_600 }],
    ['compute.cores', { kind: 'uri:integer-value-update', path: 'compute.cores', value: 3 }],
  ])('is told as a conflict: %s', async (path, update) => {
    const { member, ag, offer } = await accepted();
    member.on(`POST ${route}`, json(200, aWireSession('RUNNING')));
    const { status, body } = await ag.as('alice').call('POST', `/sessions/${offer.meta.uuid}`, update);
    expect([status, body.detail]).toEqual([409, expect.stringContaining(`${path}: the member leaves it as it is`)]);
    member.on(`POST ${route}`, json(200, aWireSession('RUNNING', { schedule: { available: { start: '2030-06-03T09:00:00Z/PT0S', duration: 'PT2H' } }, compute: { cores: { min: 3, max: 4 } } })));
    expect((await ag.as('alice').call('POST', `/sessions/${offer.meta.uuid}`, update)).status).toBe(200);
  });

  it('is told as a conflict: expires', async () => {
    const member = await kept(new FakeBroker().start());
    member.on('POST /requests', json(200, aWireOfferSet())).on(`POST ${route}`, json(200, aWireSession()));
    const ag = await kept(TestAggregator.start({ members: [{ name: 'f1', url: member.url }] }));
    const [offer] = (await ag.as('alice').ask(aRequest())).offers;
    const update = { kind: 'uri:string-value-update', path: 'expires', value: '2030-06-03T08:09:55Z' };
    expect((await ag.as('alice').call('POST', `/sessions/${offer.meta.uuid}`, update)).status).toBe(409);
    member.on(`POST ${route}`, json(200, aWireSession('OFFERED', { expires: '2030-06-03T08:10:00Z' })));
    expect((await ag.as('alice').call('POST', `/sessions/${offer.meta.uuid}`, update)).body.expires).toBe('2030-06-03T08:09:55Z');
  });
});

describe('a refusal by a member that can not be asked why', () => {
  it('leaves open what became of the offer: an earlier call may have got through', async () => {
    const member = await kept(new FakeBroker().start());
    member.on('POST /requests', json(200, aWireOfferSet()));
    const ag = await kept(TestAggregator.start({ members: [{ name: 'f1', url: member.url }] }));
    const [offer] = (await ag.as('alice').ask(aRequest())).offers;
    member.on(`POST ${route}`, hangUp, problem(409, 'it was accepted')).on(`GET ${route}`, hangUp);
    expect((await ag.as('alice').update(offer, 'ACCEPTED')).status).toBe(503);
    member.on(`GET ${route}`, json(200, aWireSession('ACCEPTED')));
    expect((await ag.as('alice').update(offer, 'ACCEPTED')).body.phase).toBe('ACCEPTED');
  });
});

describe('a member that is always late', () => {
  it('rests after three times, so that it is not waited for each time', async () => {
    const member = await kept(new FakeBroker().start());
    const ag = await kept(TestAggregator.start({ members: [{ name: 'slow', url: member.url }] }));
    const waiting: (() => void)[] = [];
    member.on('POST /requests', (seen, response) => { waiting.push(() => { json(200, { ...aWireOfferSet([]), meta: { uuid: aSetUuid } })(seen, response); }); });
    for (let time = 1; time <= 3; time += 1) {
      const asked = ag.as('alice').ask(aRequest());
      while (waiting.length === 0) await new Promise((resolve) => { setImmediate(resolve); });
      await ag.clock.moveTo(ag.clock.now() + 5_000);
      await asked;
      waiting.shift()?.();
      await ag.settled();
    }
    const { meta } = await ag.as('alice').ask(aRequest());
    expect([waiting.length, JSON.stringify(meta.messages)]).toEqual([0, expect.stringContaining('left alone for a while')]);
  });
});
