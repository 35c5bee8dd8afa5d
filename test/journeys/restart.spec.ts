/** A restart forgets nothing: offers hold, bookings stand, sessions go on where they were. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

describe('after a restart', () => {
  let node: TestNode;
  beforeEach(async () => { node = await startNode(); });
  afterEach(() => node.stop());
  const whole = () => aRequest().cores(16).from('2030-06-03T10:00:00Z/PT0S');

  it('an offer still holds its capacity and can be accepted', async () => {
    const { offers } = await node.as('alice').ask(whole());
    await node.restart();
    expect((await node.as('bob').ask(whole())).result).toBe('NO');
    expect((await node.as('alice').update(offers[0], 'ACCEPTED')).status).toBe(200);
  });

  it('an offer that expired meanwhile gives its capacity back', async () => {
    await node.as('alice').ask(whole());
    await node.restart();
    await node.advance('PT6M');
    expect((await node.as('bob').ask(whole())).result).toBe('YES');
  });

  it('a booked session starts at its time', async () => {
    const { offers } = await node.as('alice').ask(whole().script({ run: 'PT30M' }));
    await node.as('alice').update(offers[0], 'ACCEPTED');
    await node.restart();
    await node.advance('PT121M');
    expect((await node.as('alice').session(offers[0])).body.phase).toBe('RUNNING');
  });

  it('a running session is followed to its end, with its output', async () => {
    const { offers } = await node.as('alice').ask(aRequest().script({ run: 'PT30M', log: [{ after: 'PT1M', text: 'before' }, { after: 'PT20M', text: 'after' }] }));
    await node.as('alice').update(offers[0], 'ACCEPTED');
    await node.advance('PT10M');
    await node.restart();
    expect((await node.as('alice').session(offers[0])).body.phase).toBe('RUNNING');
    await node.advance('PT25M');
    expect((await node.as('alice').session(offers[0])).body.phase).toBe('COMPLETED');
    expect((await node.as('alice').get(`/sessions/${offers[0].meta.uuid}/logs`)).body).toBe('before\nafter\n');
  });

  it('events go on with the next number', async () => {
    const { offers } = await node.as('alice').ask(aRequest().script({ run: 'PT5M' }));
    await node.as('alice').update(offers[0], 'ACCEPTED');
    await node.advance('PT1M');
    await node.restart();
    await node.advance('PT10M');
    const { body } = await node.as('alice').get(`/sessions/${offers[0].meta.uuid}/events`);
    const numbers = [...String(body).matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(String(body)).toContain('"phase":"COMPLETED"');
  });
});
