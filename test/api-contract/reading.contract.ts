import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { kinds } from '#model';
import { aRequest } from '../support/requests.js';
import { portal } from './served.js';
import type { Answer, Stage } from './served.js';

const soon = aRequest().from('2030-06-03T08:00:00Z/PT2H');
const typeOf = (answer: Answer): string => String(answer.headers['content-type']);

/** Media types, headers, methods, and what is open to everybody. */
export function readingContract(stage: Stage): void {
  const setPath = async (): Promise<string> => `/offersets/${(await stage.as('alice').ask(soon)).meta.uuid}`;

  it.each([
    [undefined, 'yaml'], ['*/*', 'yaml'], ['application/json', 'json'], ['application/json, application/yaml', 'yaml'], ['application/yaml;q=0.5, application/json', 'json'],
    ['application/xml', 'xml'], ['text/yaml', 'yaml'], ['application/yaml;q=0, */*', 'json'],
  ])('answers Accept: %s in %s', async (accept, expected) => {
    const answer = await stage.as('alice').send('GET', await setPath(), { headers: { accept: accept ?? '*/*' } });
    expect([answer.status, typeOf(answer)]).toEqual([200, `application/${expected}; charset=utf-8`]);
  });

  it('reads JSON, YAML and XML, and what is undeclared as YAML', async () => {
    const xml = `<ExecutionRequest><executable><kind>${kinds.scripted}</kind></executable></ExecutionRequest>`;
    const yaml = `executable: {kind: ${kinds.scripted}}`;
    for (const [type, body] of [['application/json', soon.build()], ['application/yaml', yaml], ['text/yaml', yaml], ['application/xml', xml], ['text/xml', xml]] as const) {
      expect([type, (await stage.as('alice').post('/requests', body, { 'content-type': type })).body.result]).toEqual([type, 'YES']);
    }
  });

  it('quotes NO in YAML, for readers to whom it means false', async () => {
    const answer = await stage.as('alice').post('/requests', { executable: { kind: 'urn:nobody-knows' } }, { accept: 'application/yaml' });
    expect(answer.text).toContain('result: "NO"');
    expect((parse(answer.text) as { result: unknown }).result).toBe('NO');
  });

  it('says what it neither reads nor writes, before anything is held', async () => {
    const alice = stage.as('alice');
    for (const type of ['text/csv', 'text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16']) {
      expect([type, (await alice.post('/requests', soon.build(), { 'content-type': type })).status]).toEqual([type, 415]);
    }
    expect((await alice.post('/requests', soon.build(), { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await alice.post('/requests', soon.build(), { accept: 'text/html' })).status).toBe(406);
  });

  it('writes problems in the media type that was asked for', async () => {
    for (const type of ['json', 'yaml', 'xml']) expect(typeOf(await stage.as('alice').get('/sessions/42', { accept: `application/${type}` }))).toContain(`application/problem+${type}`);
  });

  it('tags what it shows, and answers 304 to who has it', async () => {
    const alice = stage.as('alice');
    const set = await setPath();
    const session = `/sessions/${(await alice.get(set)).body.offers[0].meta.uuid}`;
    for (const path of [set, session, '/capabilities.json', '/digest']) {
      const first = await alice.get(path);
      const tag = String(first.headers['etag']);
      expect([path, first.headers['cache-control'], first.headers['vary']]).toEqual([path, 'private, no-cache', expect.stringContaining('Accept')]);
      const again = await alice.get(path, { 'if-none-match': tag });
      expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', tag]);
      expect((await alice.get(path, { 'if-none-match': '"other"' })).status).toBe(200);
    }
  });

  it('answers HEAD with the headers of GET', async () => {
    const alice = stage.as('alice');
    for (const path of [await setPath(), '/sessions', '/capacity', '/capabilities', '/capabilities.json', '/healthz', '/openapi.json']) {
      const [head, get] = [await alice.send('HEAD', path), await alice.get(path)];
      expect([path, head.status, head.text, head.headers['etag'], typeOf(head)]).toEqual([path, 200, '', get.headers['etag'], typeOf(get)]);
    }
  });

  it('lets pages of the configured origins read answers, and no others', async () => {
    const path = await setPath();
    const own = await stage.as('alice').get(path, { origin: portal });
    expect([own.headers['access-control-allow-origin'], own.headers['vary']]).toEqual([portal, 'Accept, Origin']);
    expect((await stage.as('alice').get(path, { origin: 'https://evil.example' })).headers['access-control-allow-origin']).toBeUndefined();
    const preflight = await stage.as('').send('OPTIONS', '/requests', { headers: { origin: portal, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type' } });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, portal]);
    expect(String(preflight.headers['access-control-allow-methods'])).toContain('POST');
  });

  it('tells a wrong method from a wrong path', async () => {
    const wrong = await stage.as('alice').get('/requests');
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'POST']);
    expect((await stage.as('alice').send('DELETE', '/sessions')).status).toBe(405);
    expect((await stage.as('alice').get('/nothing')).status).toBe(404);
    expect((await stage.as('alice').get('/sessions/%ff')).status).toBe(400);
  });

  it('shows the calendar in steps, for windows that make sense', async () => {
    const alice = stage.as('alice');
    const { status, body } = await alice.get('/capacity?from=2030-06-10T08:00:00Z&to=2030-06-10T10:00:00Z');
    const steps = (Date.parse(body.window.end) - Date.parse(body.window.start)) / 300_000;
    expect([status, body.step, body.pools.length, body.pools[0].total.cores, body.pools[0].free.length]).toEqual([200, 'PT5M', 1, 16, steps]);
    for (const query of ['from=2030-06-10T08:00:00Z&to=2030-06-10T07:00:00Z', 'to=2999-01-01T00:00:00Z', 'from=soon']) expect([query, (await alice.get(`/capacity?${query}`)).status]).toEqual([query, 400]);
    expect((await stage.as('').get('/capacity')).status).toBe(401);
  });

  it('publishes what it could offer at best, with a tag', async () => {
    const { status, body } = await stage.as('alice').get('/digest');
    expect([status, body.kinds.executable.includes(kinds.scripted), body.window.start, body.step]).toEqual([200, true, '2030-06-03T08:00:00Z', 'PT1H']);
    expect(body.free.cores[0]).toBe(16);
    expect((await stage.as('').get('/digest')).status).toBe(401);
  });

  it('tells everybody what it is, how it is, and how to speak to it', async () => {
    const nobody = stage.as('');
    const facts = (await nobody.get('/capabilities.json')).body;
    expect([facts.version, facts.kinds.executable.includes(kinds.scripted), facts.limits.bodyBytes]).toEqual(['1.0', true, 1_048_576]);
    const vosi = await nobody.get('/capabilities');
    expect([vosi.status, typeOf(vosi), vosi.text.includes('ivo://ivoa.net/std/VOSI#capabilities')]).toEqual([200, 'text/xml; charset=utf-8', true]);
    expect([(await nobody.get('/healthz')).body, (await nobody.get('/readyz')).body.ready]).toEqual([{ alive: true }, true]);
    expect((await nobody.get('/metrics')).text).toContain('eb_http_requests_total');
    for (const path of ['/openapi.json', '/openapi.yaml', '/docs', '/docs/start.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js']) expect([path, (await nobody.get(path)).status]).toEqual([path, 200]);
  });

  it('keeps administration to administrators', async () => {
    for (const [name, status] of [['', 401], ['bob', 403], ['admin', 200]] as const) expect((await stage.as(name).get('/admin/accounts')).status).toBe(status);
    expect((await stage.as('admin').post('/admin/accounts', { name: 'carol', password: 'carols password' })).status).toBe(201);
    expect((await stage.as('admin').send('DELETE', '/admin/accounts/carol')).status).toBe(204);
  });
}
