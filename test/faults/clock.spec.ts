/** A node whose clock is set forward or back at once: what it says stays true, and nothing is promised twice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const words = (session: Json): string[] => session.meta.messages.map((one: Json) => (one.kind as string).split(':').at(-1));
const hour = 3_600_000;

describe('a clock that jumps', () => {
  let node: TestNode;
  let offered: Json;
  let running: Json;
  let waiting: Json;

  /** One core of sixteen runs, one is booked for 11:00, fourteen are offered. */
  beforeEach(async () => {
    node = await startNode({ mostOffers: 1 });
    const alice = node.as('alice');
    running = (await alice.ask(aRequest().lasting('PT2H').script({ run: 'forever' }))).offers[0];
    waiting = (await alice.ask(aRequest().from('2030-06-03T11:00:00Z/PT0S').lasting('PT30M').script({ run: 'PT10M' }))).offers[0];
    for (const one of [running, waiting]) expect((await alice.update(one, 'ACCEPTED')).status).toBe(200);
    await node.advance('PT1M');
    expect((await alice.session(running)).body.phase).toBe('RUNNING');
    offered = (await alice.ask(aRequest().cores(14))).offers[0];
  });
  afterEach(() => node.stop());

  it('forward ends what is over by then, at once and truthfully, and frees what it held', async () => {
    const alice = node.as('alice');
    await node.clock.moveTo(node.clock.now() + 4 * hour);
    expect((await alice.session(offered)).body.phase).toBe('EXPIRED');
    expect((await alice.update(offered, 'ACCEPTED')).body.reasons[0].kind).toContain('expired');
    await node.advance('PT2M');
    const [ran, missed] = [(await alice.session(running)).body, (await alice.session(waiting)).body];
    expect([ran.phase, words(ran)]).toEqual(['COMPLETED', expect.arrayContaining(['time-limit'])]);
    expect([missed.phase, words(missed)]).toEqual(['FAILED', expect.arrayContaining(['too-late'])]);
    expect((await node.as('bob').ask(aRequest().cores(16))).result).toBe('YES');
  });

  it('back leaves every promise where it was: what runs goes on, what is booked is not offered again', async () => {
    const [alice, bob] = [node.as('alice'), node.as('bob')];
    await node.clock.moveTo(node.clock.now() - 6 * hour);
    await node.advance('PT1S');
    expect([(await alice.session(running)).body.phase, (await alice.session(waiting)).body.phase]).toEqual(['RUNNING', 'WAITING']);
    expect((await bob.ask(aRequest().cores(2).from('2030-06-03T08:00:00Z/PT2M').lasting('PT1H'))).result).toBe('NO');
    expect((await bob.ask(aRequest().cores(16).from('2030-06-03T11:00:00Z/PT0S').lasting('PT10M'))).result).toBe('NO');
    const soon = await bob.ask(aRequest().cores(2).lasting('PT1H'));
    expect(Date.parse(soon.offers[0].schedule.available.start.split('/')[0])).toBeGreaterThanOrEqual(node.clock.now());
    expect((await alice.update(offered, 'ACCEPTED')).status).toBe(200);
    await node.advance('PT10H');
    expect([(await alice.session(running)).body.phase, (await alice.session(waiting)).body.phase]).toEqual(['COMPLETED', 'COMPLETED']);
  });
});
