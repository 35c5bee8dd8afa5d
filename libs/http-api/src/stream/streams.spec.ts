import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import type { SessionEvent } from '#model';
import { HandClock } from '#runtime/testing';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { FakeBroker } from '../testing/fake-broker.js';
import { startTestApp } from '../testing/test-app.js';
import type { TestApp } from '../testing/test-app.js';

let broker: FakeBroker;
let clock: HandClock;
let test: TestApp;
let origin: string;
let id: string;

beforeEach(async () => {
  broker = new FakeBroker();
  clock = HandClock.at('2030-01-01T00:00:00Z');
  test = await startTestApp(broker, clock, { keepAlive: 1000 });
  await test.app.listen(0, '127.0.0.1');
  origin = await test.app.getUrl();
  const set = await broker.ask({ executable: { kind: kinds.dockerContainer } }, { id: 'local:alice' as never, name: 'alice', roles: [], groups: [] });
  id = set.offers[0]!.id;
});
afterEach(() => test.app.close());

const event = (number: number): SessionEvent => ({ session: id as never, number, at: 0, kind: 'phase', phase: 'RUNNING' });
const get = (path: string, headers: Record<string, string> = {}): Promise<Dispatcher.ResponseData> => request(`${origin}/sessions/${id}/${path}`, { headers });

/** Reads pieces until the text so far satisfies the test. */
async function readUntil(body: AsyncIterator<Buffer>, satisfied: (text: string) => boolean): Promise<string> {
  let text = '';
  while (!satisfied(text)) {
    const { value, done } = await body.next();
    if (done) return text;
    text += String(value);
  }
  return text;
}

/** A promise to be kept by hand. */
function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => { open = resolve; });
  return { opened, open };
}

const untilAborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => { signal.addEventListener('abort', () => { resolve(); }, { once: true }); });

describe('the event stream', () => {
  it('gives number, kind and data of each event, and ends with them', async () => {
    broker.source = async function* () { yield event(1); yield event(2); };
    const answer = await get('events');
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const data = (number: number): string => JSON.stringify({ session: id, number, at: '1970-01-01T00:00:00Z', kind: 'phase', phase: 'RUNNING' });
    expect(await answer.body.text()).toBe(`: following\n\nid: 1\nevent: phase\ndata: ${data(1)}\n\nid: 2\nevent: phase\ndata: ${data(2)}\n\n`);
  });

  it('goes on after the last event that was seen', async () => {
    await (await get('events?after=3')).body.dump();
    expect(broker.lastAfter).toBe(3);
    await (await get('events?after=3', { 'last-event-id': '7' })).body.dump();
    expect(broker.lastAfter).toBe(7);
    await (await get('events?after=3', { 'last-event-id': '' })).body.dump();
    expect(broker.lastAfter).toBe(3);
    expect((await get('events?after=x')).statusCode).toBe(400);
    const refused = await get('events', { 'last-event-id': 'x' });
    expect([refused.statusCode, await refused.body.text()]).toEqual([400, expect.stringContaining('Last-Event-ID')]);
  });

  it('says now and then that it is still there while nothing happens', async () => {
    broker.source = async function* (signal) { yield event(1); await untilAborted(signal); };
    const body = (await get('events')).body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    await readUntil(body, (text) => text.includes('id: 1'));
    while (clock.asleep === 0) await new Promise((resolve) => { setImmediate(resolve); });
    await clock.advance(1000);
    expect(await readUntil(body, (text) => text.includes('still here'))).toContain(': still here');
    await body.return?.();
  });

  it('stops the work when the client goes away', async () => {
    const stopped = latch();
    broker.source = async function* (signal) { yield event(1); await untilAborted(signal); stopped.open(); };
    const body = (await get('events')).body;
    await readUntil(body[Symbol.asyncIterator]() as AsyncIterator<Buffer>, (text) => text.includes('id: 1'));
    body.destroy();
    await stopped.opened;
  });

  it('takes no more events than the client reads', async () => {
    let made = 0;
    broker.source = async function* (signal) {
      while (!signal.aborted) yield { ...event(++made), kind: 'message', message: { kind: 'x', level: 'INFO', template: 'x'.repeat(100_000), values: {}, time: 0 } };
    };
    const body = (await get('events')).body;
    for (let seen = -1; seen !== made;) {
      seen = made;
      for (let i = 0; i < 500; i++) await new Promise((resolve) => { setImmediate(resolve); });
    }
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(1000);
    body.destroy();
  });

  it('ends when the node closes', async () => {
    broker.source = async function* (signal) { yield event(1); await untilAborted(signal); };
    const text = (await get('events')).body.text();
    await test.app.close();
    expect(await text).toContain('id: 1');
  });

  it('answers a problem where there is no such session', async () => {
    const answer = await request(`${origin}/sessions/99999999-0000-4000-8000-000000000001/events`);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'application/problem+yaml']);
    await answer.body.dump();
  });

  it('only looks when asked by HEAD', async () => {
    broker.source = async function* (signal) { await untilAborted(signal); };
    const answer = await request(`${origin}/sessions/${id}/events`, { method: 'HEAD' });
    expect([answer.statusCode, await answer.body.text(), broker.lastAfter]).toEqual([200, '', -1]);
  });
});

describe('logs', () => {
  it('are text as it was written', async () => {
    broker.output = async function* () { yield 'one\n'; yield ''; yield 'zwö'; };
    const answer = await get('logs');
    expect([answer.headers['content-type'], await answer.body.text()]).toEqual(['text/plain; charset=utf-8', 'one\nzwö']);
  });

  it('may be empty', async () => {
    expect(await (await get('logs?follow')).body.text()).toBe('');
  });

  it('followed stop their source when the client goes away, even if it then throws', async () => {
    const stopped = latch();
    broker.output = async function* (signal) { yield 'one\n'; await untilAborted(signal); stopped.open(); throw signal.reason as Error; };
    const body = (await get('logs?follow=true')).body;
    await readUntil(body[Symbol.asyncIterator]() as AsyncIterator<Buffer>, (text) => text.includes('one'));
    body.destroy();
    await stopped.opened;
  });

  it('know only true and false', async () => {
    expect((await get('logs?follow=maybe')).statusCode).toBe(400);
  });
});
