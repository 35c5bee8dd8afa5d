import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BrokerError, kinds, reason } from '#model';
import { HandClock } from '#runtime/testing';
import { FakeBroker } from './testing/fake-broker.js';
import { startTestApp } from './testing/test-app.js';
import type { TestApp } from './testing/test-app.js';

interface Sent { readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'; readonly headers?: Record<string, string>; readonly body?: string | Buffer }
interface Answer { readonly status: number; readonly headers: Record<string, unknown>; readonly text: string; readonly document: Record<string, unknown> }

const request = { executable: { kind: kinds.dockerContainer } };
let broker: FakeBroker;
let test: TestApp;

beforeAll(async () => {
  broker = new FakeBroker();
  test = await startTestApp(broker, HandClock.at('2030-01-01T00:00:00Z'));
});
beforeEach(() => { broker.failure = undefined; test.log.errors.length = 0; });
afterAll(() => test.app.close());

async function send(url: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
  const answer = await test.app.inject({ method, url, headers: { host: 'broker.example:8080', ...headers }, ...(body !== undefined && { payload: body }) });
  const text = answer.body;
  return { status: answer.statusCode, headers: answer.headers, text, document: /json|yaml/.test(String(answer.headers['content-type'])) ? (parse(text) as Record<string, unknown>) : {} };
}
const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });

async function offer(): Promise<string> {
  const { document } = await post('/requests', request);
  return ((document['offers'] as { meta: { uuid: string } }[])[0]!).meta.uuid;
}

describe('asking', () => {
  it('answers 303 with Location and the offer set, and the set can be read there', async () => {
    const made = await post('/requests', request);
    expect([made.status, made.document['result']]).toEqual([303, 'YES']);
    const location = String(made.headers['location']);
    expect(location).toMatch(/^http:\/\/broker\.example:8080\/offersets\/[0-9a-f-]{36}$/);
    expect((await send(new URL(location).pathname, { headers: { accept: 'application/json' } })).document).toEqual(made.document);
  });

  it('answers 200 where the client prefers a representation', async () => {
    const made = await post('/requests', request, { prefer: 'return=representation' });
    expect([made.status, made.headers['preference-applied']]).toEqual([200, 'return=representation']);
  });

  it('answers NO, not an error, to what is missing or unknown', async () => {
    for (const body of [{}, { executable: { kind: 'urn:unknown' } }, { compute: { kind: 'toString' } }]) {
      const { status, document } = await post('/requests', body);
      expect([status, document['result']]).toEqual([303, 'NO']);
    }
  });

  it('writes NO in quotes in YAML', async () => {
    expect((await send('/requests', { method: 'POST', body: 'executable: {kind: urn:unknown}' })).text).toContain('result: "NO"');
  });

  it('directly gives a session, or 400 and a failed session that says why', async () => {
    const made = await post('/direct', request);
    expect([made.status, made.document['phase']]).toEqual([303, 'ACCEPTED']);
    expect(made.headers['location']).toMatch(/\/sessions\//);
    const refused = await post('/direct', {});
    expect(refused).toMatchObject({ status: 400, document: { kind: kinds.simpleSession, phase: 'FAILED', meta: { messages: [{ values: { path: 'executable.kind' } }] } } });
  });
});

describe('negotiation', () => {
  it.each([
    [undefined, 'yaml'], ['*/*', 'yaml'], ['application/json', 'json'], ['application/json, application/yaml', 'yaml'], ['application/json, */*;q=0.1', 'json'],
    ['application/yaml;q=0.5, application/json;q=0.9', 'json'], ['text/html, application/*', 'yaml'], ['application/yaml;q=0, */*', 'json'], ['application/xml', 'xml'], ['text/xml, */*;q=0.5', 'xml'], ['toString, */*', 'yaml'], ['text/yaml', 'yaml'],
  ])('of Accept: %s gives %s', async (accept, expected) => {
    const answer = await send(`/offersets/${(await offer()).slice(0, -2)}00`, { headers: accept === undefined ? {} : { accept } });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, `application/${expected}; charset=utf-8`]);
  });

  it('speaks XML, in and out, problems too', async () => {
    const xml = { 'content-type': 'text/xml; charset=utf-8', accept: 'application/xml' };
    const made = await post('/requests', `<ExecutionRequest><executable><kind>${kinds.dockerContainer}</kind></executable></ExecutionRequest>`, xml);
    expect([made.status, made.headers['content-type']]).toEqual([303, 'application/xml; charset=utf-8']);
    expect(made.text).toContain('<result>YES</result>');
    const wrong = await post('/requests', '<ExecutionRequest><compute><cores><min>four</min></cores></compute></ExecutionRequest>', xml);
    expect([wrong.status, wrong.headers['content-type']]).toEqual([400, 'application/problem+xml']);
    expect(wrong.text).toContain('<path>compute.cores.min</path>');
  });

  it('refuses what it does not speak before anything is asked or held', async () => {
    const before = broker.asked.length;
    expect((await post('/requests', request, { accept: 'text/html' })).status).toBe(406);
    expect((await post('/requests', 'a,b', { 'content-type': 'text/csv' })).status).toBe(415);
    expect(broker.asked).toHaveLength(before);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'nonsense', 'valueOf', 'application/json; charset=utf-16', 'multipart/form-data; boundary=x'])('does not read %s', async (type) => {
    expect(await post('/requests', '{}', { 'content-type': type })).toMatchObject({ status: 415, document: { type: 'urn:execution-broker:problem:unsupported-media-type' } });
  });

  it('does not read compressed bodies', async () => {
    expect((await post('/requests', '{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it('reads an undeclared body as YAML, which covers JSON', async () => {
    await send('/requests', { method: 'POST', body: `{"executable": {"kind": "${kinds.dockerContainer}", "image": {"locations": [1.10]}}}` });
    expect(broker.asked.at(-1)?.executable?.image?.locations).toEqual(['1.10']);
  });
});

describe('problem documents', () => {
  it('list every fault, in the negotiated media type', async () => {
    const { status, headers, document } = await post('/requests', { compute: { cores: { min: '4', max: 1.5 } } });
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
    expect(document).toMatchObject({
      type: 'urn:execution-broker:problem:malformed', status: 400, instance: '/requests',
      faults: [{ path: 'compute.cores.min', fault: 'is a text but should be a whole number' }, { path: 'compute.cores.max' }],
    });
    expect((await post('/requests', '[', { accept: 'application/yaml' })).headers['content-type']).toBe('application/problem+yaml');
  });

  it.each<[string, string, Sent, number]>([
    ['an unknown path', '/nothing', {}, 404], ['a known path with a slash too many', '/requests/', {}, 404], ['a wrong method', '/requests', {}, 405], ['a wrong method on a session', '/sessions/00000001-0000-4000-8000-000000000001', { method: 'DELETE' }, 405],
    ['an unknown session', '/sessions/99999999-0000-4000-8000-000000000001', {}, 404], ['a malformed UUID', '/sessions/42', {}, 400], ['a malformed offer set UUID', '/offersets/x', {}, 400],
    ['a path that is no UTF-8', '/sessions/%ff', {}, 400], ['an unknown phase', '/sessions?phase=SLEEPING', {}, 400], ['a limit of zero', '/sessions?limit=0', {}, 400], ['two limits', '/sessions?limit=1&limit=2', {}, 400],
    ['a window that ends first', '/capacity?from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z', {}, 400], ['a window without end', '/capacity?to=2999-01-01T00:00:00Z', {}, 400], ['an empty body', '/requests', { method: 'POST' }, 400],
    ['a body over the limit', '/requests', { method: 'POST', body: 'x'.repeat(1_048_577) }, 413], ['nobody', '/sessions', { headers: { authorization: 'nobody' } }, 401], ['a very long identifier', `/sessions/${'a'.repeat(300)}`, {}, 400],
  ])('answer %s', async (_name, url, sent, status) => {
    const answer = await send(url, sent);
    expect([answer.status, answer.headers['content-type'], answer.document['status']]).toEqual([status, 'application/problem+yaml', status]);
    expect(answer.document['type']).toMatch(/^urn:execution-broker:problem:/);
  });

  it('ask strangers who they are, before their body is looked at', async () => {
    const { status, headers } = await post('/requests', '{', { authorization: 'nobody' });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="execution-broker", charset="UTF-8"']);
  });

  it('name the methods that are allowed', async () => {
    expect((await send('/requests')).headers['allow']).toBe('POST');
  });

  it('hide what went wrong inside, and tell the operator', async () => {
    broker.failure = new Error('connect 10.0.0.7 with password secret');
    const { status, document, text } = await send('/sessions');
    expect([status, document['type']]).toEqual([500, 'urn:execution-broker:problem:defect']);
    expect(text).not.toContain('secret');
    const id = String(document['instance']).replace('urn:uuid:', '');
    expect(test.log.errors).toMatchObject([{ facts: { id } }]);
  });

  it.each([['forbidden', 403], ['busy', 503], ['unavailable', 503], ['too-large', 413], ['conflict', 409]] as const)('of %s have status %i', async (word, status) => {
    broker.failure = new BrokerError(word, 'time', [reason('why', 'because of {what}', { what: 'rain' })]);
    expect(await send('/sessions')).toMatchObject({ status, document: { detail: 'because of rain', reasons: [{ message: 'because of rain' }] } });
  });
});

describe('sessions', () => {
  it('are accepted by update, and refuse a repeated one with 409 and themselves', async () => {
    const id = await offer();
    const accept = { kind: 'uri:enum-value-update', path: '/phase', value: 'ACCEPTED' };
    expect(await post(`/sessions/${id.toUpperCase()}`, accept)).toMatchObject({ status: 200, document: { phase: 'ACCEPTED', kind: kinds.scheduledSession } });
    expect(broker.updates.at(-1)).toEqual({ kind: 'enum', path: 'phase', value: 'ACCEPTED' });
    expect(await post(`/sessions/${id}`, accept)).toMatchObject({ status: 409, document: { session: { meta: { uuid: id }, phase: 'ACCEPTED' }, reasons: [{ message: 'Not possible in phase ACCEPTED' }] } });
  });

  it('name what is wrong with an update', async () => {
    expect(await post(`/sessions/${await offer()}`, { kind: 'uri:enum-value-update', path: 'phase' })).toMatchObject({ status: 400, document: { faults: [{ path: 'value', fault: 'is missing' }] } });
  });

  it('are listed', async () => {
    const id = await offer();
    const { document } = await send('/sessions?phase=OFFERED,RUNNING&limit=5');
    expect(document['sessions']).toContainEqual(expect.objectContaining({ meta: expect.objectContaining({ uuid: id }) as unknown }));
  });

  it('answer HEAD', async () => {
    const { status, text } = await send(`/sessions/${await offer()}`, { method: 'HEAD' });
    expect([status, text]).toEqual([200, '']);
  });
});

describe('operation', () => {
  it('tells health, readiness and metrics to everybody', async () => {
    expect((await send('/healthz', { headers: { authorization: 'nobody' } })).status).toBe(200);
    expect(await send('/readyz')).toMatchObject({ status: 200, document: { ready: true } });
    broker.failure = new Error('down');
    expect(await send('/readyz')).toMatchObject({ status: 503, document: { ready: false, checks: { database: false } } });
    expect((await send('/metrics')).text).toMatch(/eb_http_requests_total\{method="GET",route="\/sessions\/:uuid",status="\d+"\}/);
  });

  it('serves our document and its user interface', async () => {
    expect((await send('/openapi.json')).document['openapi']).toBe('3.1.0');
    expect((await send('/openapi.yaml')).document['openapi']).toBe('3.1.0');
    for (const path of ['/docs', '/docs/start.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js']) expect((await send(path)).status).toBe(200);
  });
});

describe('any input', () => {
  it('never gives a 5xx', async () => {
    const id = await offer();
    const body = fc.oneof(fc.string(), fc.json(), fc.uint8Array().map((bytes) => Buffer.from(bytes)), fc.jsonValue().map((value) => JSON.stringify({ executable: value, compute: value, data: [value], schedule: value })));
    const type = fc.oneof(fc.constantFrom('application/json', 'application/yaml', 'text/plain', 'application/json; charset=x'), fc.stringMatching(/^[ -~]{0,20}$/));
    const path = fc.oneof(fc.constantFrom('/requests', '/direct', `/sessions/${id}`), fc.webPath({ size: 'small' }));
    await fc.assert(fc.asyncProperty(path, body, type, type, async (url, payload, contentType, accept) => {
      const { status } = await send(url === '' ? '/' : url, { method: 'POST', body: payload, headers: { 'content-type': contentType, accept } });
      expect(status).toBeLessThan(500);
    }), { numRuns: 300 });
    expect(test.log.errors).toEqual([]);
  });
});
