/** Whatever the front answers, Fastify answers alike: `inject` goes past the front, a socket goes through it. */
import { once } from 'node:events';
import { request as ask } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrokerError, kinds, reason } from '#model';
import { HandClock } from '#runtime/testing';
import { FakeBroker } from '../testing/fake-broker.js';
import { startTestApp } from '../testing/test-app.js';
import type { TestApp } from '../testing/test-app.js';

interface Sent { readonly method?: 'GET' | 'HEAD' | 'POST'; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
interface Answer { readonly status: number | undefined; readonly headers: IncomingHttpHeaders; readonly text: string }

const set = '00000001-0000-4000-8000-000000000000';
const session = '00000001-0000-4000-8000-000000000001';
const json = { 'content-type': 'application/json', accept: 'application/json' };
const document = JSON.stringify({ name: 'Größe', executable: { kind: kinds.dockerContainer } });
let broker: FakeBroker;
let test: TestApp;
let port = 0;

beforeAll(async () => {
  broker = new FakeBroker();
  test = await startTestApp(broker, HandClock.at('2030-01-01T00:00:00Z'), { corsOrigins: ['https://portal.example'], bodyLimit: 10_000 });
  await test.app.listen(0, '127.0.0.1');
  port = ((test.app.getHttpServer() as Server).address() as AddressInfo).port;
  await injected('/requests', { method: 'POST', headers: json, body: document });
});
afterAll(() => test.app.close());

/** The headers that both ways have to agree on. */
function told({ date: _date, connection: _connection, 'keep-alive': _keepAlive, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders {
  return headers;
}

async function injected(url: string, { method = 'GET', headers = {}, body }: Sent): Promise<Answer> {
  const answer = await test.app.inject({ method, url, headers: { host: 'broker.example', ...headers }, ...(body === undefined ? {} : { payload: body }) });
  return { status: answer.statusCode, headers: told(answer.headers as IncomingHttpHeaders), text: answer.body };
}

async function sent(url: string, { method = 'GET', headers = {}, body }: Sent): Promise<Answer> {
  const length: Readonly<Record<string, string>> = body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const call = ask({ port, host: '127.0.0.1', path: url, method, headers: { host: 'broker.example', ...length, ...headers } });
  call.end(body);
  const [answer] = await once(call, 'response') as [import('node:http').IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return { status: answer.statusCode, headers: told(answer.headers), text: Buffer.concat(pieces).toString('utf8') };
}

/** Each request makes a set of its own: what differs only by its number is the same. */
function unnumbered({ text, headers, ...rest }: Answer): unknown {
  const plain = (one: string | undefined): string | undefined => one?.replaceAll(/0000[\da-f]{4}-0000/g, '0000….-0000').replaceAll(/urn:uuid:[\da-f-]+/g, 'urn:uuid');
  return { ...rest, text: plain(text), headers: { ...headers, location: plain(headers.location) } };
}

describe('a call by the front', () => {
  const update = JSON.stringify({ kind: 'uri:enum-value-update', path: 'phase', value: 'ACCEPTED' });
  it.each<[string, string, Sent]>([
    ['an ask', '/requests', { method: 'POST', headers: json, body: document }],
    ['an ask in YAML with representation', '/requests', { method: 'POST', headers: { 'content-type': 'application/yaml', prefer: 'return=representation' }, body: document }],
    ['an ask without a type', '/requests', { method: 'POST', body: document }],
    ['an ask in XML', '/requests', { method: 'POST', headers: { 'content-type': 'application/xml', accept: 'application/xml' }, body: '<ExecutionRequest><name>x</name></ExecutionRequest>' }],
    ['a page of a foreign origin', '/requests', { method: 'POST', headers: { ...json, origin: 'https://portal.example' }, body: document }],
    ['a direct execution', '/direct', { method: 'POST', headers: json, body: document }],
    ['a refused direct execution', '/direct', { method: 'POST', headers: json, body: '{}' }],
    ['an offer set', `/offersets/${set}`, { headers: json }],
    ['a session', `/sessions/${session}`, {}],
    ['a session that the client has', `/sessions/${session}`, { headers: { 'if-none-match': '*' } }],
    ['a session by capital letters', `/sessions/${session.replaceAll('8', 'A')}`, { headers: json }],
    ['an unknown session', `/sessions/${session.replaceAll('1', '9')}`, { headers: json }],
    ['an update', `/sessions/${session}`, { method: 'POST', headers: json, body: '{"kind": "uri:enum-value-update"}' }],
    ['an update of nothing', `/sessions/${session.replaceAll('1', '9')}`, { method: 'POST', headers: json, body: update }],
    ['what is no JSON', '/requests', { method: 'POST', headers: json, body: '{' }],
    ['what is no UTF-8', '/requests', { method: 'POST', headers: { ...json, 'content-encoding': 'gzip' }, body: document }],
    ['a stranger', '/requests', { method: 'POST', headers: { ...json, authorization: 'nobody' }, body: document }],
    ['a media type that nobody speaks', '/requests', { method: 'POST', headers: { ...json, accept: 'text/html' }, body: document }],
  ])('answers %s as Fastify does', async (_name, url, request) => {
    expect(unnumbered(await sent(url, request))).toEqual(unnumbered(await injected(url, request)));
  });

  it.each<[string, string, Sent, number]>([
    ['a body in pieces', '/requests', { method: 'POST', headers: { ...json, 'transfer-encoding': 'chunked' }, body: document }, 303],
    ['a body that is too large', '/requests', { method: 'POST', headers: json, body: 'x'.repeat(10_001) }, 413],
    ['a media type of its own', '/requests', { method: 'POST', headers: { ...json, 'content-type': 'text/csv' }, body: document }, 415],
    ['no body', '/requests', { method: 'POST', headers: json }, 400],
    ['HEAD', `/sessions/${session}`, { method: 'HEAD' }, 200],
    ['a query', `/sessions/${session}?x=1`, {}, 200],
    ['what is no identifier', '/sessions/00000001-0000-4000-8000-00000000000g', {}, 400],
    ['another method', '/requests', {}, 405],
  ])('leaves %s to Fastify', async (_name, url, request, status) => {
    expect((await sent(url, request)).status).toBe(status);
  });

  it.each(['', ' ', 'application/json, application/yaml', 'application/yaml,application/json; charset=utf-8'])("reads a body declared as '%s' as YAML, which is what nothing and both stand for", async (type) => {
    const yaml = `name: x\nexecutable: { kind: '${kinds.dockerContainer}' }`;
    expect((await sent('/requests', { method: 'POST', headers: { ...json, 'content-type': type }, body: yaml })).status).toBe(303);
    expect((await sent('/requests', { method: 'POST', headers: { ...json, 'content-type': type, 'transfer-encoding': 'chunked' }, body: yaml })).status).toBe(303);
  });

  it('refuses a body that is declared as something else besides', async () => {
    expect((await sent('/requests', { method: 'POST', headers: { ...json, 'content-type': 'application/json, text/csv' }, body: document })).status).toBe(415);
  });

  it('names itself by the address that was called, to clients that name no host', async () => {
    for (const host of ['', 'a"><b', 'evil.example/x?']) {
      const { headers } = await sent('/requests', { method: 'POST', headers: { ...json, host }, body: document });
      expect(headers.location).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/offersets/`));
    }
  });

  it('takes one body after another on one connection', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => sent('/requests', { method: 'POST', headers: json, body: document })));
    expect(new Set(answers.map((one) => one.headers.location)).size).toBe(20);
  });

  it('answers what nobody foresaw with a problem document, and goes on', async () => {
    broker.failure = new Error('secret');
    const failed = await sent(`/sessions/${session}`, { headers: json });
    broker.failure = new BrokerError('busy', 'time', [reason('busy', 'later', { retryAfter: 7 })]);
    const busy = await sent(`/sessions/${session}`, { headers: json });
    broker.failure = undefined;
    expect([failed.status, failed.text.includes('secret'), busy.status, busy.headers['retry-after']]).toEqual([500, false, 503, '7']);
    expect((await sent(`/sessions/${session}`, {})).status).toBe(200);
  });

  it('is counted with those that Fastify answered', async () => {
    const counted = async (): Promise<number> => Number(/eb_http_requests_total\{method="GET",route="\/offersets\/:uuid",status="200"\} (\d+)/.exec((await sent('/metrics', {})).text)?.[1] ?? 0);
    const before = await counted();
    await sent(`/offersets/${set}`, {});
    await injected(`/offersets/${set}`, {});
    expect(await counted()).toBe(before + 2);
  });
});
