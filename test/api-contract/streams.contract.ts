import { expect, it } from 'vitest';
import type { Json } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import type { Stage } from './served.js';

interface Event { readonly id: number; readonly event: string; readonly data: Json }

/** Events of a text/event-stream that has ended. */
function eventsOf(text: string): readonly Event[] {
  const blocks = text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'));
  const field = (block: string, name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
  return blocks.map((block) => ({ id: Number(field(block, 'id')), event: field(block, 'event'), data: JSON.parse(field(block, 'data')) as Json }));
}

/** GET /sessions/{uuid}/events and /logs. */
export function streamContract(stage: Stage): void {
  let path = '';
  const ended = async (): Promise<string> => {
    if (path !== '') return path;
    const alice = stage.as('alice');
    const { body } = await alice.toPhase((await alice.ask(aRequest().script({ run: 'PT10M', log: ['first line', 'second line'] }))).offers[0], 'ACCEPTED');
    await stage.served.advance('PT2H');
    path = `/sessions/${body.meta.uuid}`;
    return path;
  };

  it('tells every phase once, in order, numbered, of the session by its own name, and ends with it', async () => {
    const answer = await stage.as('alice').get(`${await ended()}/events`);
    expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([200, 'text/event-stream; charset=utf-8', 'no-store']);
    const events = eventsOf(answer.text);
    const numbers = events.map((one) => one.id);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(new Set(events.map((one) => `/sessions/${one.data.session}`))).toEqual(new Set([await ended()]));
    const phases = events.filter((one) => one.event === 'phase').map((one) => one.data.phase);
    expect(phases[0]).toBe('ACCEPTED');
    expect(phases.slice(-3)).toEqual(['RUNNING', 'RELEASING', 'COMPLETED']);
  });

  it('goes on after the event that was seen last', async () => {
    const all = eventsOf((await stage.as('alice').get(`${await ended()}/events`)).text);
    const seen = all.at(-2)?.id ?? 0;
    for (const rest of [await stage.as('alice').get(`${await ended()}/events?after=${seen}`), await stage.as('alice').get(`${await ended()}/events`, { 'last-event-id': String(seen) })]) {
      expect(eventsOf(rest.text)).toEqual(all.slice(-1));
    }
    expect((await stage.as('alice').get(`${await ended()}/events?after=x`)).status).toBe(400);
  });

  it('follows a session that lives', async () => {
    const alice = stage.as('alice');
    const { body } = await alice.toPhase((await alice.ask(aRequest().script({ run: 'forever' }))).offers[0], 'ACCEPTED');
    const following = alice.get(`/sessions/${body.meta.uuid}/events`);
    expect((await alice.toPhase(body, 'CANCELLED')).status).toBe(200);
    expect(eventsOf((await following).text).at(-1)?.data.phase).toBe('CANCELLED');
  });

  it('gives the output as text', async () => {
    const answer = await stage.as('alice').get(`${await ended()}/logs`);
    expect([answer.status, answer.headers['content-type'], answer.headers['x-content-type-options'], answer.text.trim()]).toEqual([200, 'text/plain; charset=utf-8', 'nosniff', 'first line\nsecond line']);
    expect((await stage.as('alice').get(`${await ended()}/logs?follow=perhaps`)).status).toBe(400);
  });

  it('has neither for an offer, and only headers for HEAD', async () => {
    const alice = stage.as('alice');
    const [offer] = (await alice.ask(aRequest())).offers;
    for (const what of ['events', 'logs']) {
      expect([what, (await alice.get(`/sessions/${offer.meta.uuid}/${what}`)).status]).toEqual([what, 409]);
      const head = await alice.send('HEAD', `${await ended()}/${what}`);
      expect([what, head.status, head.text]).toEqual([what, 200, '']);
    }
  });
}
