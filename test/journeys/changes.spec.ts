/** Sessions that are made longer, shorter, bigger and smaller while they live. */
import { describe, expect, it } from 'vitest';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Answer, Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const elastic = {
  name: 'stage', type: 'scripted', elastic: true, pools: { main: { cores: 16, memory: 64, storage: 1000 } }, executables: ['scripted'],
};
const option = (session: Json, path: string, kind: string): Json => (session.meta.options as Json[]).find((one) => one.path === path && (one.kind as string).includes(kind));
const paths = (session: Json): string[] => [...new Set<string>((session.meta.options ?? []).map((one: Json) => one.path as string))];
const words = (session: Json): string[] => session.meta.messages.map((one: Json) => (one.kind as string).split(':').at(-1));

describe('changes of a session that lives', () => {
  const start = (wishes: NodeWishes = {}): Promise<TestNode> => kept(startNode(wishes));

  /** A session of an hour from 08:00 on, running at 08:10. */
  const running = async (node: TestNode, wish = aRequest().cores(4)): Promise<Json> => {
    const set = await node.as('alice').ask(wish.lasting('PT1H').script({ run: 'forever' }));
    await node.as('alice').update(set.offers[0], 'ACCEPTED');
    await node.advance('PT10M');
    return (await node.as('alice').session(set.offers[0])).body;
  };
  const send = (node: TestNode, session: Json, update: Json, name = 'alice'): Promise<Answer> => node.as(name).call('POST', `/sessions/${session.meta.uuid}`, update);
  const delta = (path: string, amount: number, units?: string): Json => ({ kind: 'uri:integer-delta-update', path, delta: amount, ...(units ? { units } : {}) });
  const text = (path: string, value: string): Json => ({ kind: 'uri:string-value-update', path, value });
  const occupy = async (node: TestNode, start: string, length: string): Promise<void> => {
    const set = await node.as('bob').ask(aRequest().cores(16).lasting(length).from(`${start}/PT0S`));
    expect((await node.as('bob').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
  };

  it('is not made longer where the system itself keeps to the booked end', async () => {
    const node = await start({ platforms: [{ ...elastic, fixedEnd: true }] });
    const session = await running(node);
    expect(option(session, 'duration', 'delta').max).toBe(0);
    expect((await send(node, session, delta('duration', 5, 'minutes'))).status).toBe(409);
    expect((await send(node, session, delta('duration', -20, 'minutes'))).status).toBe(200);
  });

  it('a longer run is booked, quoted and kept to, as far as the calendar has room', async () => {
    const node = await start({ costs: { perCoreHour: 1 } });
    await occupy(node, '2030-06-03T11:00:00Z', 'PT1H');
    const session = await running(node);
    const most = option(session, 'duration', 'delta');
    expect(most).toMatchObject({ units: 'seconds', min: -50 * 60 });
    // Until 11:00 at most; the time to accept the offer is booked too.
    expect(most.max).toBeGreaterThan(105 * 60);
    expect(most.max).toBeLessThanOrEqual(120 * 60);
    const longer = await send(node, session, delta('duration', 90, 'minutes'));
    expect(longer.status).toBe(200);
    expect(longer.body.schedule.available.duration).toBe('PT2H30M');
    expect(longer.body.compute.schedule.available.duration).toBe('PT2H30M');
    expect(longer.body.costs[0].min).toBe(10);
    expect(words(longer.body)).toContain('length-changed');
    const taken = await node.as('bob').ask(aRequest().cores(13).lasting('PT30M').from('2030-06-03T09:30:00Z/PT0S'));
    expect(taken.result).toBe('NO');
    await node.advance('PT100M');
    expect((await node.as('alice').session(session)).body.phase).toBe('RUNNING');
    await node.advance('PT45M');
    expect((await node.as('alice').session(session)).body.phase).toBe('COMPLETED');
  });

  it('what there is no room for changes nothing, and says how far it could go', async () => {
    const node = await start();
    await occupy(node, '2030-06-03T09:30:00Z', 'PT1H');
    const session = await running(node);
    const refused = await send(node, session, text('duration', 'PT3H'));
    expect(refused.status).toBe(409);
    expect(refused.body.session.schedule.available.duration).toBe('PT1H');
    expect(refused.body.detail).toMatch(/duration can not become 10800s now, only 600s to \d+s/);
    const { max } = option(session, 'duration', 'delta');
    expect((await send(node, session, delta('duration', max + 1))).status).toBe(409);
    expect((await send(node, session, delta('duration', max))).status).toBe(200);
    expect((await node.as('bob').ask(aRequest().cores(12).lasting('PT5M').from('2030-06-03T08:20:00Z/PT0S'))).result).toBe('YES');
  });

  it('a shorter run gives the rest back at once and ends in time, but not before now', async () => {
    const node = await start();
    const session = await running(node, aRequest().cores(16));
    expect((await send(node, session, text('schedule/available/duration', 'PT5M'))).status).toBe(409);
    expect((await send(node, session, text('/schedule/available/duration', 'PT30M'))).status).toBe(200);
    const next = await node.as('bob').ask(aRequest().cores(16).lasting('PT10M').from('2030-06-03T08:40:00Z/PT0S'));
    expect(next.result).toBe('YES');
    await node.advance('PT21M');
    await node.advance('PT1M');
    const ended = (await node.as('alice').session(session)).body;
    expect(ended.phase).toBe('COMPLETED');
    expect(words(ended)).toContain('time-limit');
  });

  it('a session that waits can be changed too, and starts as planned', async () => {
    const node = await start();
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().lasting('PT1H').from('2030-06-03T10:00:00Z/PT0S').script({ run: 'PT90M' }));
    await alice.update(set.offers[0], 'ACCEPTED');
    expect((await send(node, set.offers[0], delta('duration', 1, 'hours'))).body.schedule.available).toMatchObject({ start: '2030-06-03T10:00:00Z/PT0S', duration: 'PT2H' });
    await node.advance('PT3H40M');
    expect((await alice.session(set.offers[0])).body).toMatchObject({ phase: 'COMPLETED' });
  });

  it('policies, the platform and the node limit how long it may become', async () => {
    const node = await start({ policies: [{ type: 'longest-run', longest: 'PT2H' }] });
    const session = await running(node);
    expect(option(session, 'duration', 'delta').max).toBe(3600);
    expect((await send(node, session, text('duration', 'PT2H1S'))).status).toBe(409);
    expect((await send(node, session, text('duration', 'PT2H'))).status).toBe(200);
  });

  it('cores and memory can be changed where the platform can, within what was asked for and what is free', async () => {
    const node = await start({ platforms: [elastic] });
    const session = await running(node, aRequest().cores(4, 12).memory(8, 32).from('2030-06-03T08:00:00Z/PT0S'));
    const least = session.compute.cores.min as number;
    const shrunk = least === 4 ? session : (await send(node, session, { kind: 'uri:integer-value-update', path: 'compute.cores', value: 4 })).body;
    expect(option(shrunk, 'compute.cores', 'integer-value')).toMatchObject({ min: 4, max: 12 });
    const set = await node.as('bob').ask(aRequest().cores(6).lasting('PT30M').from('2030-06-03T08:20:00Z/PT0S'));
    await node.as('bob').update(set.offers[0], 'ACCEPTED');
    const now = (await node.as('alice').session(session)).body;
    expect(option(now, 'compute.cores', 'delta')).toMatchObject({ min: 0, max: 6 });
    expect((await send(node, session, { kind: 'uri:integer-value-update', path: 'compute.cores', value: 11 })).status).toBe(409);
    const grown = await send(node, session, delta('compute/cores', 6));
    expect(grown.status).toBe(200);
    expect(grown.body.compute.cores).toEqual({ min: 10, max: 12 });
    expect((await node.as('bob').ask(aRequest().cores(1).lasting('PT10M').from('2030-06-03T08:25:00Z/PT0S'))).result).toBe('NO');
  });

  it('a platform that fails to resize leaves everything as it was', async () => {
    const node = await start({ platforms: [elastic] });
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().cores(2).memory(2, 8).lasting('PT1H').script({ run: 'forever', fail: { at: 'resize', fixer: 'operator' } }));
    const [offer] = [...set.offers].sort((a: Json, b: Json) => a.compute.memory.min - b.compute.memory.min);
    await alice.update(offer, 'ACCEPTED');
    await node.advance('PT10M');
    expect((await send(node, offer, { kind: 'uri:integer-value-update', path: 'compute.memory', value: 8 })).status).toBeGreaterThanOrEqual(500);
    expect((await alice.session(offer)).body.compute.memory.min).toBe(2);
    const rest = await node.as('bob').ask(aRequest().cores(1).memory(62).lasting('PT10M').from('2030-06-03T08:20:00Z/PT0S'));
    expect(rest.result).toBe('YES');
  });

  it('what can be changed is told to those who may, and only in phases in which it can', async () => {
    const node = await start({ access: { publicReads: true } });
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().lasting('PT1H').script({ run: 'forever' }));
    expect(paths(set.offers[0])).toEqual(['phase', 'expires']);
    expect((await node.as('bob').session(set.offers[0])).body.meta.options).toBeUndefined();
    expect((await send(node, set.offers[0], delta('duration', 60))).status).toBe(409);
    await alice.update(set.offers[0], 'ACCEPTED');
    expect(paths((await alice.session(set.offers[0])).body)).toEqual(['phase', 'duration']);
    expect(paths((await node.as('admin').session(set.offers[0])).body)).toEqual(['phase', 'duration']);
    expect((await send(node, set.offers[0], delta('duration', 60), 'bob')).status).toBe(403);
    expect((await send(node, set.offers[0], delta('duration', 60, 'weeks'))).status).toBe(409);
    expect((await send(node, set.offers[0], { kind: 'uri:integer-value-update', path: 'expires', value: 60 })).status).toBe(409);
    await alice.update(set.offers[0], 'CANCELLED');
    expect((await alice.session(set.offers[0])).body.meta.options).toBeUndefined();
  });

  it('a longer run outlives a restart of the node', async () => {
    const node = await start();
    const session = await running(node);
    await send(node, session, delta('duration', 1, 'hours'));
    await node.restart();
    await node.advance('PT60M');
    expect((await node.as('alice').session(session)).body).toMatchObject({ phase: 'RUNNING', schedule: { available: { duration: 'PT2H' } } });
    expect((await node.as('bob').ask(aRequest().cores(13).lasting('PT10M').from('2030-06-03T09:30:00Z/PT0S'))).result).toBe('NO');
  });
});
