/** UC-10 and the site's own changes of capacity: maintenance, growth, blocks for a group. */
import { describe, expect, it } from 'vitest';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Answer, Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const starts = (set: Json): string[] => set.offers.map((offer: Json) => (offer.schedule.available.start as string).split('/')[0]);
const kindsOf = (set: Json): string[] => set.meta.messages.map((one: Json) => (one.kind as string).split(':').at(-1));

describe('the calendar of a site', () => {
  const start = (wishes: NodeWishes = {}): Promise<TestNode> => kept(startNode(wishes));

  const enter = (node: TestNode, entry: Json, query = ''): Promise<Answer> => node.as('admin').call('POST', `/admin/calendar${query}`, entry);
  const entries = async (node: TestNode): Promise<Json[]> => (await node.as('admin').get('/admin/calendar')).body.entries;
  const book = async (node: TestNode, name: string, wish: ReturnType<typeof aRequest>): Promise<Json> => {
    const set = await node.as(name).ask(wish);
    expect(set.result).toBe('YES');
    expect((await node.as(name).update(set.offers[0], 'ACCEPTED')).status).toBe(200);
    return set.offers[0];
  };
  const reasonsOf = (answer: Answer): string[] => answer.body.reasons.map((one: Json) => (one.kind as string).split(':').at(-1));

  describe('maintenance', () => {
    const service = { kind: 'maintenance', pool: 'stage/main', when: '2030-06-03T12:00:00Z/PT4H', note: 'new switches' };

    it('leaves nothing of the pool while it lasts, and everything before and after', async () => {
      const node = await start();
      expect((await enter(node, service)).status).toBe(201);
      expect((await node.as('alice').ask(aRequest().from('2030-06-03T11:30:00Z/PT4H'))).result).toBe('NO');
      const set = await node.as('alice').ask(aRequest().cores(16).from('2030-06-03T10:00:00Z/PT8H'));
      expect(starts(set)).toEqual(expect.arrayContaining(['2030-06-03T10:00:00Z', '2030-06-03T16:00:00Z']));
      expect(starts(set).filter((one) => one > '2030-06-03T11:00:00Z' && one < '2030-06-03T16:00:00Z')).toEqual([]);
    });

    it('is refused with the sessions and offers concerned, and then changes nothing', async () => {
      const node = await start();
      const session = await book(node, 'alice', aRequest().cores(4).from('2030-06-03T13:00:00Z/PT0S'));
      const held = await node.as('bob').ask(aRequest().cores(4).from('2030-06-03T14:00:00Z/PT0S'));
      for (const query of ['?dry=true', '']) {
        const refused = await enter(node, service, query);
        expect(refused.status).toBe(409);
        expect(reasonsOf(refused)).toEqual(['promised', 'session-concerned', 'offer-concerned']);
        expect(refused.body.reasons[1].values).toMatchObject({ session: session.meta.uuid, owner: 'local:alice', run: '2030-06-03T13:00:00Z/PT1H' });
        expect(refused.body.reasons[2].values).toMatchObject({ set: held.meta.uuid });
      }
      expect(await entries(node)).toEqual([]);
      expect((await enter(node, { ...service, amounts: { cores: 8 } })).status).toBe(201);
    });

    it('says by a dry run what would be, and does nothing', async () => {
      const node = await start();
      expect((await enter(node, service, '?dry=true')).body).toMatchObject({ kind: 'maintenance', isWhole: true });
      expect(await entries(node)).toEqual([]);
      expect((await node.as('alice').ask(aRequest().cores(16).from('2030-06-03T13:00:00Z/PT0S'))).result).toBe('YES');
    });

    it('that is forced takes what is free, tells the sessions, and takes the rest when it becomes free', async () => {
      const node = await start();
      const session = await book(node, 'alice', aRequest().cores(4).from('2030-06-03T13:00:00Z/PT0S'));
      expect((await enter(node, { ...service, force: true })).body).toMatchObject({ forced: true, isWhole: false });
      const told = (await node.as('alice').session(session)).body;
      expect(told.meta.messages).toContainEqual(expect.objectContaining({ kind: 'urn:execution-broker:reason:at-risk', level: 'WARN', values: expect.objectContaining({ note: 'new switches' }) }));
      expect((await node.as('bob').ask(aRequest().from('2030-06-03T13:00:00Z/PT0S'))).result).toBe('NO');
      await node.as('alice').update(session, 'CANCELLED');
      await node.advance('PT1M');
      expect(await entries(node)).toMatchObject([{ isWhole: true }]);
      expect((await node.as('bob').ask(aRequest().from('2030-06-03T13:00:00Z/PT0S'))).result).toBe('NO');
    });

    it('for good is a smaller pool, at the end of the horizon too, until it is removed', async () => {
      const node = await start();
      const { body } = await enter(node, { kind: 'maintenance', pool: 'stage/main', amounts: { cores: 12 }, when: '2030-06-04T00:00:00Z' });
      await node.advance('P1DT1H');
      const wish = aRequest().cores(8).from('2030-07-30T00:00:00Z/PT0S');
      expect((await node.as('alice').ask(wish)).result).toBe('NO');
      expect((await node.as('alice').ask(aRequest().cores(4).from('2030-07-30T00:00:00Z/PT0S'))).result).toBe('YES');
      expect((await node.as('admin').call('DELETE', `/admin/calendar/${body.id}`)).status).toBe(204);
      expect((await node.as('alice').ask(wish)).result).toBe('YES');
    });
  });

  describe('growth', () => {
    const growth = { name: 'rack-2', kind: 'growth', pool: 'stage/main', amounts: { cores: 16, memory: 64 }, when: '2030-06-05T00:00:00Z' };
    const whole = (at: string) => aRequest().cores(16).from(`${at}/PT0S`);

    it('can be booked from its day on, and not before', async () => {
      const node = await start();
      expect((await enter(node, growth)).status).toBe(201);
      await book(node, 'alice', whole('2030-06-03T10:00:00Z').lasting('P3D'));
      expect(starts(await node.as('bob').ask(whole('2030-06-03T10:00:00Z').from('2030-06-03T10:00:00Z/P3D')))[0]).toBe('2030-06-05T00:00:00Z');
    });

    it('is there after a restart, from the configuration once only', async () => {
      const node = await start({ calendar: [growth] });
      await node.restart();
      expect(await entries(node)).toMatchObject([{ name: 'rack-2', kind: 'growth', isWhole: true }]);
      for (const [at, second] of [['2030-06-05T00:00:00Z', 'YES'], ['2030-06-04T22:00:00Z', 'NO']] as const) {
        await book(node, 'alice', whole(at));
        expect((await node.as('bob').ask(whole(at))).result).toBe(second);
      }
    });

    it('that is promised already is not taken away', async () => {
      const node = await start();
      const { body } = await enter(node, growth);
      await book(node, 'bob', whole('2030-06-05T08:00:00Z'));
      const session = await book(node, 'alice', whole('2030-06-05T08:00:00Z'));
      const refused = await node.as('admin').call('DELETE', `/admin/calendar/${body.id}`);
      expect([refused.status, reasonsOf(refused)]).toEqual([409, ['promised', 'session-concerned', 'session-concerned']]);
      await node.as('alice').update(session, 'CANCELLED');
      await node.advance('PT1M');
      expect((await node.as('admin').call('DELETE', `/admin/calendar/${body.id}`)).status).toBe(204);
      expect((await node.as('alice').ask(whole('2030-06-05T08:00:00Z'))).result).toBe('NO');
    });
  });

  describe('a weekly workshop (UC-10)', () => {
    const block = {
      name: 'ws', kind: 'block', pool: 'stage/main', amounts: { cores: 50, memory: 100 }, when: '2030-06-06T13:45:00Z/2030-06-06T17:00:00Z',
      repeat: { count: 6, every: 'P7D', zone: 'Europe/London' }, group: 'workshop-2030', grace: 'PT20M',
    };
    const learners = Array.from({ length: 26 }, (_, index) => `learner${index + 1}`);
    const members = Object.fromEntries(learners.map((name) => [name, ['workshop-2030']]));
    const seat = (day = '2030-06-06') => aRequest().cores(2).memory(4).lasting('PT3H').from(`${day}T14:00:00Z/PT10M`);

    /** 50 of 64 cores are the block's; the rest of the node is full. */
    const workshop = async (now = '2030-06-03T08:00:00Z'): Promise<TestNode> => {
      const node = await start({ cores: 64, memory: 200, members, now });
      expect((await enter(node, block)).status).toBe(201);
      await book(node, 'bob', aRequest().cores(14).memory(14).lasting('P1D').script({ run: 'P1D' }).from('2030-06-06T13:40:00Z/PT0S'));
      return node;
    };

    it('seats its 25 learners, refuses the next one, and outsiders', async () => {
      const node = await workshop();
      for (const name of learners.slice(0, 25)) await book(node, name, seat());
      const late = await node.as('learner26').ask(seat());
      expect([late.result, kindsOf(late)]).toEqual(['NO', expect.arrayContaining(['block-full'])]);
      const outsider = await node.as('alice').ask(seat());
      expect(outsider.result).toBe('NO');
      expect(kindsOf(outsider)).not.toContain('block-full');
      const report = (await node.as('alice').get('/capacity?from=2030-06-06T14:00:00Z&to=2030-06-06T15:00:00Z')).body;
      expect(report.pools.find((pool: Json) => pool.pool === 'stage/block-ws').free[0]).toMatchObject({ cores: 0, memory: 0 });
    });

    it('comes again on six Thursdays, and not on a seventh', async () => {
      const node = await workshop();
      expect((await entries(node))[0].times.map((time: Json) => time.start.slice(0, 10))).toEqual(['2030-06-06', '2030-06-13', '2030-06-20', '2030-06-27', '2030-07-04', '2030-07-11']);
      const fourth = await node.as('learner1').ask(seat('2030-06-27'));
      expect(fourth.offers[0].meta.messages).toContainEqual(expect.objectContaining({ kind: 'urn:execution-broker:reason:block' }));
      const seventh = await node.as('learner1').ask(seat('2030-07-18'));
      expect(seventh.offers[0].meta.messages).not.toContainEqual(expect.objectContaining({ kind: 'urn:execution-broker:reason:block' }));
    });

    it('gives a full block\'s group the general pool, or nothing, as the site decides', async () => {
      for (const [whenFull, expected] of [['general', 'YES'], ['refuse', 'NO']] as const) {
        const node = await start({ cores: 8, members });
        await enter(node, { ...block, amounts: { cores: 2, memory: 4 }, whenFull });
        await book(node, 'learner1', seat());
        expect((await node.as('learner2').ask(seat())).result).toBe(expected);
        expect((await node.as('alice').ask(seat())).result).toBe('YES');
        expect((await node.as('learner2').ask(seat('2030-06-07'))).result).toBe('YES');
      }
    });

    it('gives back what is unused after its grace, to everybody, and keeps what is used', async () => {
      const node = await workshop('2030-06-06T13:30:00Z');
      await book(node, 'learner1', seat());
      const now = aRequest().cores(40).memory(80).lasting('PT30M').from('2030-06-06T14:06:00Z/PT30M');
      expect((await node.as('alice').ask(now)).result).toBe('NO');
      await node.advance('PT36M');
      expect((await node.as('alice').ask(now)).result).toBe('YES');
      expect((await node.as('alice').ask(aRequest().cores(60).from('2030-06-06T15:00:00Z/PT0S'))).result).toBe('NO');
      const late = await node.as('learner2').ask(aRequest().cores(12).lasting('PT10M').from('2030-06-06T14:10:00Z/PT1M'));
      expect([late.result, kindsOf(late)]).toEqual(['NO', expect.arrayContaining(['block-given-back'])]);
      expect((await node.as('learner2').ask(seat('2030-06-13'))).result).toBe('YES');
    });

    it('survives a restart, seats and all', async () => {
      const node = await workshop();
      await book(node, 'learner1', aRequest().cores(50).memory(100).from('2030-06-06T14:00:00Z/PT0S'));
      await node.restart();
      expect((await node.as('learner2').ask(aRequest().from('2030-06-06T14:00:00Z/PT0S'))).result).toBe('NO');
      expect((await node.as('learner2').ask(aRequest().from('2030-06-06T15:00:00Z/PT0S'))).result).toBe('YES');
    });

    it('is given up by force only while somebody sits in it, and then keeps the seat', async () => {
      const node = await workshop();
      const session = await book(node, 'learner1', seat());
      const [{ id }] = await entries(node);
      expect((await node.as('admin').call('DELETE', `/admin/calendar/${id}`)).status).toBe(409);
      expect((await node.as('admin').call('DELETE', `/admin/calendar/${id}?force=true`)).status).toBe(204);
      expect((await node.as('learner2').ask(seat())).result).toBe('YES');
      expect((await node.as('alice').ask(aRequest().cores(50).from('2030-06-06T14:00:00Z/PT0S'))).result).toBe('NO');
      await node.as('learner1').update(session, 'CANCELLED');
      await node.advance('PT6M');
      expect((await node.as('alice').ask(aRequest().cores(50).from('2030-06-06T14:00:00Z/PT0S'))).result).toBe('YES');
    });
  });

  it('is for admins only, and says what is wrong with an entry', async () => {
    const node = await start();
    expect((await node.as('alice').get('/admin/calendar')).status).toBe(403);
    const bad = await enter(node, { kind: 'block', pool: 'stage/main', when: 'P1D/2030-06-04T00:00:00Z', grace: 'soon', force: true });
    expect(bad.status).toBe(400);
    expect(bad.body.faults.map((one: Json) => one.path).sort()).toEqual(['amounts', 'force', 'grace', 'group', 'when']);
    expect((await enter(node, { kind: 'maintenance', pool: 'stage/nowhere', when: '2030-06-04T00:00:00Z' })).status).toBe(409);
    expect((await enter(node, { kind: 'block', pool: 'stage/main', amounts: { cores: 99 }, group: 'ws', when: '2030-06-04T00:00:00Z/PT1H' })).status).toBe(409);
    expect((await node.as('admin').call('DELETE', '/admin/calendar/00000000-0000-4000-8000-000000000001')).status).toBe(404);
  });
});
