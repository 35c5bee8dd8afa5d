import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { HandClock } from '#runtime/testing';
import { proxyList } from './forwarded.js';
import type { HttpOptions } from './settings.js';
import { FakeBroker } from './testing/fake-broker.js';
import { startTestApp } from './testing/test-app.js';
import type { TestApp } from './testing/test-app.js';

interface Sent { readonly method?: 'GET' | 'HEAD' | 'POST' | 'OPTIONS'; readonly headers?: Record<string, string>; readonly body?: unknown; readonly from?: string }
interface Answer { readonly status: number; readonly headers: Record<string, unknown>; readonly text: string }

const started: TestApp[] = [];
async function app(options: Partial<HttpOptions> = {}): Promise<(url: string, sent?: Sent) => Promise<Answer>> {
  const test = await startTestApp(new FakeBroker(), HandClock.at('2030-01-01T00:00:00Z'), options);
  started.push(test);
  return async (url, { method = 'GET', headers = {}, body, from = '127.0.0.1' } = {}) => {
    const answer = await test.app.inject({
      method, url, remoteAddress: from, headers: { host: 'inside:1', accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, headers: answer.headers, text: answer.body };
  };
}
const request = { executable: { kind: kinds.dockerContainer } };

describe('URLs in answers', () => {
  afterEach(async () => { for (const one of started.splice(0)) await one.app.close(); });
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example, eb.example.org', 'x-forwarded-prefix': '/broker/' };

  async function urlsOf(send: Awaited<ReturnType<typeof app>>, headers: Record<string, string>, from?: string): Promise<string[]> {
    const made = await send('/requests', { method: 'POST', body: request, headers, ...(from !== undefined && { from }) });
    const set = JSON.parse(made.text) as { meta: { url: string }; offers: { meta: { url: string } }[] };
    return [String(made.headers['location']), set.meta.url, set.offers[0]?.meta.url ?? ''].map((url) => url.replace(/\/(?:offersets|sessions)\/[0-9a-f-]{36}$/, ''));
  }

  it('believe the nearest proxy that is configured', async () => {
    const send = await app({ trustedProxies: ['10.0.0.0/8', '::1'] });
    expect(await urlsOf(send, forwarded, '10.1.2.3')).toEqual(Array(3).fill('https://eb.example.org/broker'));
    expect(await urlsOf(send, forwarded, '::ffff:10.1.2.3')).toEqual(Array(3).fill('https://eb.example.org/broker'));
    expect(await urlsOf(send, { forwarded: 'for=1.2.3.4;proto=https;host="eb.example.org:8443"' }, '::1')).toEqual(Array(3).fill('https://eb.example.org:8443'));
  });

  it('believe nobody else', async () => {
    expect(await urlsOf(await app({ trustedProxies: ['10.0.0.0/8'] }), forwarded, '192.0.2.1')).toEqual(Array(3).fill('http://inside:1'));
    expect(await urlsOf(await app(), { ...forwarded, forwarded: 'host=evil.example' })).toEqual(Array(3).fill('http://inside:1'));
  });

  it('are never made of what is no host, scheme or path', async () => {
    const send = await app({ trustedProxies: ['127.0.0.1'] });
    expect(await urlsOf(send, { 'x-forwarded-proto': 'javascript', 'x-forwarded-host': 'a"><b', 'x-forwarded-prefix': '//evil/..' })).toEqual(Array(3).fill('http://localhost'));
  });

  it('are those of the configuration where it names one', async () => {
    expect(await urlsOf(await app({ publicUrl: 'https://x.example/eb', trustedProxies: ['127.0.0.1'] }), forwarded)).toEqual(Array(3).fill('https://x.example/eb'));
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', 'proxy.example', '10.0.0.0/-1', ''])('a list of proxies with %s is refused', (entry) => {
    expect(() => proxyList([entry])).toThrow(/neither an address nor a CIDR block/);
  });
});

describe('answers', () => {
  let send: Awaited<ReturnType<typeof app>>;
  let set: string;
  beforeAll(async () => {
    send = await app({ corsOrigins: ['https://portal.example'] });
    set = new URL(String((await send('/requests', { method: 'POST', body: request })).headers['location'])).pathname;
  });
  afterAll(async () => { for (const one of started.splice(0)) await one.app.close(); });

  it('to GET have an ETag of what is shown, and 304 where it is known', async () => {
    const first = await send(set);
    const tag = String(first.headers['etag']);
    expect([tag, first.headers['cache-control']]).toEqual([expect.stringMatching(/^"[\w-]{27}"$/), 'private, no-cache']);
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const again = await send(set, { headers: { 'if-none-match': known } });
      expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', tag]);
    }
    expect((await send(set, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    expect((await send(set, { headers: { accept: 'application/xml', 'if-none-match': tag } })).status).toBe(200);
  });

  it('to HEAD have the headers of GET and no body', async () => {
    for (const path of [set, '/sessions', '/capacity', '/capabilities', '/capabilities.json', '/healthz', '/openapi.json']) {
      const [head, get] = [await send(path, { method: 'HEAD' }), await send(path)];
      expect([head.status, head.text, head.headers['content-type'], head.headers['etag']]).toEqual([200, '', get.headers['content-type'], get.headers['etag']]);
    }
  });

  it('may be read by pages of the origins that are configured', async () => {
    const own = await send(set, { headers: { origin: 'https://portal.example' } });
    expect([own.headers['access-control-allow-origin'], own.headers['vary']]).toEqual(['https://portal.example', 'Accept, Origin']);
    expect((await send(set, { headers: { origin: 'https://evil.example' } })).headers['access-control-allow-origin']).toBeUndefined();
    const preflight = { method: 'OPTIONS', headers: { origin: 'https://portal.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type' } } as const;
    expect(await send('/requests', preflight)).toMatchObject({ status: 204, headers: { 'access-control-allow-headers': 'authorization, content-type' } });
  });

  it('tell what the node can do, to everybody', async () => {
    const json = await send('/capabilities.json', { headers: { authorization: 'nobody' } });
    expect(JSON.parse(json.text)).toMatchObject({ version: '1.0', authentication: { methods: ['basic'], anonymous: false }, mediaTypes: { undeclared: 'application/yaml' }, limits: { longest: 'P7D', bodyBytes: 1_048_576 } });
    const vosi = await send('/capabilities', { headers: { authorization: 'nobody' } });
    expect([vosi.status, vosi.headers['content-type'], vosi.headers['last-modified']]).toEqual([200, 'text/xml; charset=utf-8', 'Tue, 01 Jan 2030 00:00:00 GMT']);
    expect(vosi.text).toContain('<capability standardID="ivo://ivoa.net/std/VOSI#capabilities">');
    expect(vosi.text).toContain('<accessURL use="full">http://inside:1/capabilities</accessURL>');
  });
});
