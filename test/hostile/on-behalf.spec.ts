/** An aggregator speaks for others by the header EB-On-Behalf-Of: only one that is trusted, only for whom it may, and once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from 'undici';
import type { JWTPayload } from 'jose';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { TestIssuer } from '../support/issuer.js';
import type { TokenWish } from '../support/issuer.js';
import { aRequest } from '../support/requests.js';

let node: TestNode;
let aggregator: TestIssuer;
let stranger: TestIssuer;
const now = (): number => node.clock.now();
const password = 'correct horse battery staple';
const basic = (name: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

beforeAll(async () => {
  aggregator = await TestIssuer.start(() => now());
  stranger = await TestIssuer.start(() => now());
  node = await startNode({ access: { onBehalf: [
    { issuer: 'urn:ag', jwks: `${aggregator.url}/jwks`, realms: ['srcnet', { theirs: 'local', ours: 'ag-local' }], caller: 'local:bob' },
    { issuer: 'urn:free', jwks: `${aggregator.url}/jwks`, realms: ['srcnet'] },
  ] } });
});
afterAll(async () => {
  await node.stop();
  await aggregator.stop();
  await stranger.stop();
});

function assertion(claims: JWTPayload = {}, wish: TokenWish = {}, by = aggregator): Promise<string> {
  const seconds = Math.floor(now() / 1000);
  const base = { iss: 'urn:ag', aud: node.running.url, sub: 'srcnet:ada', name: 'Ada', realm: 'srcnet', groups: ['ska'], jti: randomUUID(), iat: seconds, exp: seconds + 60 };
  return by.token({ ...wish, claims: { ...base, ...claims }, header: { typ: 'eb-on-behalf+jwt', ...wish.header }, without: ['scope', ...wish.without ?? []] });
}

async function call(assertions: string | readonly string[], more: { readonly path?: string; readonly as?: string; readonly body?: unknown } = {}): Promise<{ status: number; body: Json }> {
  const { path = '/sessions', as = 'bob', body } = more;
  const answer = await request(node.running.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', 'eb-on-behalf-of': [...[assertions].flat()], ...(as === '' ? {} : { authorization: basic(as) }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, body: await answer.body.json() };
}

describe('an assertion', () => {
  it('lets a trusted aggregator act for somebody, who alone owns what comes of it', async () => {
    const made = await call(await assertion(), { path: '/requests', body: aRequest().build() });
    const path = `/offersets/${made.body.meta.uuid}`;
    expect((await call(await assertion(), { path })).status).toBe(200);
    expect((await call(await assertion({ sub: 'srcnet:bert' }), { path })).status).not.toBe(200);
    expect((await node.as('bob').get(path)).status).not.toBe(200);
    expect((await node.as('admin').get('/admin/audit?action=ask')).body.entries[0]).toMatchObject({ who: 'srcnet:ada', origin: { credential: 'assertion', through: 'urn:ag' } });
  });

  it('never makes anybody of this node\'s own people, nor more than a user', async () => {
    const made = await call(await assertion({ sub: 'local:admin', realm: 'local', roles: ['admin'], groups: ['admins'] }), { path: '/requests', body: aRequest().build() });
    expect(made.status).toBe(303);
    expect((await node.as('admin').get('/admin/audit?action=ask')).body.entries[0].who).toBe('ag-local:admin');
    expect((await call(await assertion({ sub: 'local:admin', realm: 'local' }), { path: '/admin/accounts' })).status).toBe(403);
  });

  it('limits whom it is about to the scopes that it names', async () => {
    expect((await call(await assertion({ scopes: ['compute.read'] }))).status).toBe(200);
    expect((await call(await assertion({ scopes: ['compute.read'] }), { path: '/requests', body: aRequest().build() })).status).toBe(403);
  });

  it('is good once', async () => {
    const one = await assertion();
    expect((await call(one)).status).toBe(200);
    expect((await call(one)).status).toBe(401);
  });

  it('is good once, however many come at the same time', async () => {
    const one = await assertion();
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(one)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each<readonly [string, () => Promise<string | readonly string[]>]>([
    ['of another realm', () => assertion({ realm: 'elsewhere' })],
    ['without a realm', () => assertion({}, { without: ['realm'] })],
    ['for another node', () => assertion({ aud: 'https://another.example' })],
    ['for no node', () => assertion({}, { without: ['aud'] })],
    ['for a number', () => assertion({ aud: 5 as never })],
    ['for lists of lists', () => assertion({ aud: [[node.running.url]] as never })],
    ['that lives long', () => assertion({ exp: Math.floor(now() / 1000) + 3_600 })],
    ['of the future', () => assertion({ iat: Math.floor(now() / 1000) + 100, exp: Math.floor(now() / 1000) + 130 })],
    ['that is over', () => assertion({ iat: Math.floor(now() / 1000) - 70, exp: Math.floor(now() / 1000) - 10 })],
    ['without a name of its own', () => assertion({}, { without: ['jti'] })],
    ['about nobody', () => assertion({ sub: 'srcnet:' })],
    ['of an ordinary token\'s type', () => assertion({}, { header: { typ: 'at+jwt' } })],
    ['signed by another algorithm', () => assertion({}, { header: { alg: 'RS256' } })],
    ['signed by a stranger', () => assertion({}, {}, stranger)],
    ['of an aggregator that nobody trusts', () => assertion({ iss: 'urn:another' })],
    ['slipped in beside another', async () => [await assertion(), await assertion({ sub: 'srcnet:admin' })]],
    ['that is no token', () => Promise.resolve('ada')],
  ])('%s is refused', async (_what, make) => {
    expect((await call(await make())).status).toBe(401);
  });

  it('is worth nothing in the hands of somebody else, where its aggregator has to log in', async () => {
    for (const as of ['alice', 'admin', '']) expect((await call(await assertion(), { as })).status).toBe(401);
    expect((await call(await assertion({ iss: 'urn:free' }), { as: '' })).status).toBe(200);
  });

  it('does not mend a wrong password', async () => {
    const answer = await request(`${node.running.url}/sessions`, { headers: { authorization: `Basic ${Buffer.from('bob:wrong').toString('base64')}`, 'eb-on-behalf-of': await assertion({ iss: 'urn:free' }) } });
    expect(answer.statusCode).toBe(401);
    await answer.body.dump();
  });
});
