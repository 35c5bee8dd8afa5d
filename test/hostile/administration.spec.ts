/** What others must not see, change or find out; and pages of others that use a visitor's browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { TestAggregator, asMember } from '../support/federation.js';
import { aRequest } from '../support/requests.js';

const password = 'correct horse battery staple';
const authorization = `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`;

describe('what is somebody else\'s', () => {
  let node: TestNode;
  let aggregator: TestAggregator;
  beforeAll(async () => {
    node = await startNode();
    aggregator = await TestAggregator.start({ members: [asMember('n1', node.running.url)], clock: node.clock });
  });
  afterAll(async () => {
    await aggregator.stop();
    await node.stop();
  });

  it.each(['the node', 'the aggregator'])('can be neither read nor changed at %s: sets, offers, sessions, events, output, explanations', async (where) => {
    const at = where === 'the node' ? node : aggregator;
    const [alice, mallory] = where === 'the node' ? [at.as('alice'), at.as('bob')] : [at.as('alice'), at.as('bob')];
    const set = await alice.ask(aRequest());
    const [offer, accepted] = set.offers as [Json, Json];
    expect((await alice.update(accepted, 'ACCEPTED')).status).toBe(200);
    const paths = [`/offersets/${set.meta.uuid}`, `/offersets/${set.meta.uuid}/explanation`];
    for (const session of [offer, accepted]) for (const part of ['', '/events', '/logs']) paths.push(`/sessions/${session.meta.uuid}${part}`);
    for (const path of paths) {
      expect([403, 404], path).toContain((await mallory.get(path)).status);
      expect((await at.as('').get(path)).status, path).toBe(401);
    }
    for (const session of [offer, accepted]) for (const phase of ['ACCEPTED', 'REJECTED', 'CANCELLED']) expect([403, 404]).toContain((await mallory.update(session, phase)).status);
    expect((await alice.session(accepted)).body.phase).not.toBe('CANCELLED');
    const listed = await mallory.get('/sessions');
    expect(JSON.stringify(listed.body)).not.toContain(accepted.meta.uuid);
  });

  it('says nothing of whose it is, or of what is in it', async () => {
    const set = await node.as('alice').ask(aRequest().with({ meta: { name: 'secret-project' } }));
    const refused = await node.as('bob').get(`/offersets/${set.meta.uuid}`);
    expect(JSON.stringify(refused.body)).not.toMatch(/alice|secret-project|scripted/);
  });

  it('can\'t be guessed: identifiers are random, and neighbours of a known one lead nowhere', async () => {
    const first = (await node.as('alice').ask(aRequest())).meta.uuid as string;
    const second = (await node.as('alice').ask(aRequest())).meta.uuid as string;
    expect(first.slice(0, 8)).not.toBe(second.slice(0, 8));
    const neighbour = first.replace(/^./, (digit) => (digit === 'f' ? '0' : 'f'));
    expect((await node.as('bob').get(`/offersets/${neighbour}`)).status).toBe(404);
  });

  it('does not come out by an account\'s name: unknown, known and disabled ones are refused in the same words', async () => {
    const refusals = await Promise.all(['alice', 'nobody', 'admin'].map(async (name) => {
      const answer = await request(`${node.running.url}/sessions`, { headers: { accept: 'application/json', authorization: `Basic ${Buffer.from(`${name}:wrong password`).toString('base64')}` } });
      return { status: answer.statusCode, body: await answer.body.json() };
    }));
    expect(new Set(refusals.map((one) => JSON.stringify(one))).size).toBe(1);
  });
});

describe('a page of somebody else in a visitor\'s browser', () => {
  let node: TestNode;
  beforeAll(async () => { node = await startNode(); });
  afterAll(() => node.stop());
  const body = JSON.stringify(aRequest().build());

  it('may send what browsers send without asking, and is refused: there is nothing that it could ride on', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await request(`${node.running.url}/requests`, { method: 'POST', headers: { origin: 'https://evil.example', 'content-type': type, cookie: 'session=1' }, body });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['set-cookie']).toBeUndefined();
      await answer.body.dump();
    }
  });

  it('gets no further where the browser has the password: such bodies are not read', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await request(`${node.running.url}/requests`, { method: 'POST', headers: { origin: 'https://evil.example', 'content-type': type, authorization }, body });
      expect(answer.statusCode).toBe(415);
      await answer.body.dump();
    }
  });

  it('is not told by a preflight that it may call, nor shown an answer', async () => {
    const preflight = await request(`${node.running.url}/requests`, {
      method: 'OPTIONS', headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type, authorization' },
    });
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
    await preflight.body.dump();
    const answer = await request(`${node.running.url}/sessions`, { headers: { origin: 'https://evil.example', authorization } });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    await answer.body.dump();
  });
});

describe('a listener for administration alone', () => {
  let node: TestNode;
  beforeAll(async () => { node = await startNode({ http: { admin: { port: 0 } } }); });
  afterAll(() => node.stop());
  const admin = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const status = async (base: string, path: string): Promise<number> => {
    const answer = await request(base + path, { headers: { authorization: admin } });
    await answer.body.dump();
    return answer.statusCode;
  };

  it('is the only one that serves /admin, however the path is spelled', async () => {
    const { url, adminUrl = '' } = node.running;
    expect(await status(adminUrl, '/admin/accounts')).toBe(200);
    expect(await status(adminUrl, '/admin/audit')).toBe(200);
    for (const path of ['/admin/accounts', '/admin/audit', '/admin/calendar', '/%61dmin/accounts', '/admin/accounts/', '//admin/accounts', '/admin/accounts?x=1', '/admin/../admin/accounts']) {
      expect(await status(url, path), path).toBe(404);
    }
    expect(await status(url, '/sessions')).toBe(200);
  });
});
