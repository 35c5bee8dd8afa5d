/** Tokens that are meant to deceive: every one is refused, with 401 and what is wrong, and never with a look at what the token asks for. */
import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { exportJWK, generateKeyPair } from 'jose';
import { startNode } from '../support/node.js';
import type { Answer, TestNode } from '../support/node.js';
import { TestIssuer } from '../support/issuer.js';
import type { TokenWish } from '../support/issuer.js';

let node: TestNode;
let issuer: TestIssuer;
let other: TestIssuer;
const now = (): number => node.clock.now();

beforeAll(async () => {
  issuer = await TestIssuer.start(() => now());
  other = await TestIssuer.start(() => now());
  node = await startNode({
    access: { issuers: [
      { issuer: issuer.url, realm: 'srcnet', audience: 'urn:node', algorithms: ['ES256'], roles: [{ role: 'admin', groups: ['staff/admins'] }, { role: 'auditor', subjects: ['watcher'] }] },
      { issuer: other.url, realm: 'elsewhere', audience: 'urn:node' },
    ] },
  });
});
afterAll(async () => {
  await node.stop();
  await issuer.stop();
  await other.stop();
});

async function send(token: string, headers: Readonly<Record<string, string>> = {}, path = '/sessions'): Promise<Answer> {
  const answer = await request(node.running.url + path, { headers: { accept: 'application/json', authorization: `Bearer ${token}`, ...headers } });
  return { status: answer.statusCode, headers: answer.headers, body: await answer.body.json() };
}

const unsigned = (header: unknown, claims: unknown, signature = ''): string =>
  `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
const seconds = (): number => Math.floor(now() / 1000);
const claims = (): object => ({ iss: issuer.url, aud: 'urn:node', sub: 'alice-id', exp: seconds() + 600, scope: 'compute.read' });

describe('a bearer token', () => {
  it('that is sound lets its bearer in, as often as it comes', async () => {
    const token = await issuer.token();
    expect((await send(token)).status).toBe(200);
    expect((await send(token)).status).toBe(200);
  });

  it('makes nobody of another issuer with the same subject', async () => {
    const mine = await issuer.token({ claims: { scope: 'compute.create compute.read' } });
    const asked = await request(`${node.running.url}/requests`, {
      method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${mine}`, prefer: 'return=representation' },
      body: JSON.stringify({ executable: { kind: 'https://www.purl.org/ivoa.net/EB/schema/v1.0/types/executable/docker-container-1.0', image: { locations: ['a/b:1'] } } }),
    });
    const set = await asked.body.json() as { meta: { uuid: string } };
    expect((await send(mine, {}, `/offersets/${set.meta.uuid}`)).status).toBe(200);
    expect((await send(await other.token(), {}, `/offersets/${set.meta.uuid}`)).status).not.toBe(200);
  });

  const wishes: readonly (readonly [string, TokenWish | (() => TokenWish)])[] = [
    ['is over', () => ({ claims: { exp: seconds() - 31 } })],
    ['is not valid yet', () => ({ claims: { nbf: seconds() + 31 } })],
    ['never ends', { without: ['exp'] }],
    ['is for another audience', { claims: { aud: 'urn:another' } }],
    ['is for an audience that only begins alike', { claims: { aud: 'urn:node-2' } }],
    ['is for nobody', { without: ['aud'] }],
    ['is about nobody', { without: ['sub'] }],
    ['is about a subject with control characters', { claims: { sub: 'alice\u0000' } }],
    ['is about a subject with half a character', { claims: { sub: 'alice\ud835' } }],
    ['is about a subject of 300 characters', { claims: { sub: 'a'.repeat(300) } }],
    ['names no issuer', { without: ['iss'] }],
    ['names the issuer with a slash more', () => ({ claims: { iss: `${issuer.url}/` } })],
    ['names the issuer in capitals', () => ({ claims: { iss: issuer.url.toUpperCase() } })],
    ['names an issuer of its own', { claims: { iss: 'https://attacker.example' } }],
    ['names another issuer that is known here', () => ({ claims: { iss: other.url } })],
    ['is signed by an algorithm that is not configured', { header: { alg: 'RS256' } }],
    ['is of another type', { header: { typ: 'eb-on-behalf+jwt' } }],
    ['holds another token', { header: { cty: 'JWT' } }],
    ['names a key that nobody has', { header: { kid: 'nobody-has-it' } }],
    ['names a file as its key', { header: { kid: '../../../../dev/null' } }],
  ];
  it.each(wishes)('that %s is refused', async (_what, wish) => {
    const answer = await send(await issuer.token(typeof wish === 'function' ? wish() : wish));
    expect(answer.status).toBe(401);
    expect(String(answer.headers['www-authenticate'])).toMatch(/^Bearer realm="execution-broker", error="invalid_token", error_description="[^"]+", resource_metadata="http[^"]+\/\.well-known\/oauth-protected-resource", Basic /);
  });

  it('that is signed by nothing is refused, however nothing is spelled', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) expect((await send(unsigned({ alg, typ: 'at+jwt' }, claims()))).status).toBe(401);
    expect((await send(unsigned({ alg: 'ES256', kid: 'first' }, claims()))).status).toBe(401);
    expect((await send(unsigned({ alg: 'ES256', kid: 'first', crit: ['exp'], exp: 1 }, claims(), 'AAAA'))).status).toBe(401);
    // ECDSA with r = s = 0 verifies in libraries that don't look (CVE-2022-21449).
    expect((await send(unsigned({ alg: 'ES256', kid: 'first' }, claims(), Buffer.alloc(64).toString('base64url')))).status).toBe(401);
  });

  it('that is signed with the public key as a secret is refused', async () => {
    const pem = await issuer.publicPem();
    const secrets = [pem, pem.trim(), `${pem}\n`, JSON.stringify(issuer.publicJwk)];
    for (const secret of secrets) {
      const key = createSecretKey(Buffer.from(secret));
      expect((await send(await issuer.token({ header: { alg: 'HS256', kid: 'first' }, key: key.export() }))).status).toBe(401);
    }
  });

  it('that brings its own key is refused, wherever it puts it', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const before = other.fetches;
    const jwk = await exportJWK(publicKey);
    for (const header of [{ jwk }, { jku: `${other.url}/jwks` }, { x5u: `${other.url}/jwks` }, { x5c: ['MIIB'] }]) {
      expect((await send(await issuer.token({ header, key: privateKey }))).status).toBe(401);
    }
    expect(other.fetches).toBe(before);
  });

  it('that was signed by one issuer in the name of another is refused', async () => {
    expect((await send(await other.token({ claims: { iss: issuer.url } }))).status).toBe(401);
  });

  it('that is longer than any honest one is refused unread', async () => {
    expect((await send(await issuer.token({ claims: { groups: ['g'.repeat(10_000)] } }))).status).toBe(401);
  });

  it.each(['', ' ', 'a.b', 'a.b.c.d.e', '..', 'eyJ.eyJ.x', '%00.%00.%00', `${'e30.'.repeat(2)}e30`, 'ebp_0000', `ebp_${'0'.repeat(36)}`])('that is no token at all is refused: %j', async (token) => {
    expect((await send(token)).status).toBe(401);
  });

  it('with scopes for reading only reads', async () => {
    const token = await issuer.token({ claims: { scope: 'compute.read' } });
    expect((await send(token)).status).toBe(200);
    const asked = await request(`${node.running.url}/requests`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ executable: { kind: 'urn:x' } }) });
    expect(asked.statusCode).toBe(403);
    expect(String(asked.headers['www-authenticate'])).toContain('error="insufficient_scope", scope="compute.create"');
    await asked.body.dump();
  });

  it('without any scope of ours does nothing, unless the operator says so', async () => {
    expect((await send(await issuer.token({ claims: { scope: 'openid profile' } }))).status).toBe(403);
  });

  it('makes an administrator only by the rules of its own issuer', async () => {
    const groups = { 'wlcg.groups': ['/staff/admins'] };
    expect((await send(await issuer.token({ claims: groups }), {}, '/admin/accounts')).status).toBe(200);
    expect((await send(await issuer.token({ claims: { ...groups, scope: 'compute.create' } }), {}, '/admin/accounts')).status).toBe(403);
    expect((await send(await other.token({ claims: groups }), {}, '/admin/accounts')).status).toBe(403);
    expect((await send(await issuer.token({ claims: { roles: ['admin'], groups: ['staff'] } }), {}, '/admin/accounts')).status).toBe(403);
  });
});

describe('the keys of an issuer', () => {
  it('are fetched no more often for a flood of invented key identifiers', async () => {
    await send(await issuer.token());
    const before = issuer.fetches;
    const tokens = await Promise.all(Array.from({ length: 60 }, (_, index) => issuer.token({ header: { kid: `invented-${index}` } })));
    const answers = await Promise.all(tokens.map((token) => send(token)));
    expect(answers.every(({ status }) => status === 401)).toBe(true);
    expect(issuer.fetches - before).toBeLessThanOrEqual(1);
  });

  it('are looked up anew when a token names a new one; tokens of withdrawn ones end with the next look', async () => {
    const old = await issuer.token();
    expect((await send(old)).status).toBe(200);
    await issuer.rotate();
    await node.advance('PT1M');
    expect((await send(await issuer.token())).status).toBe(200);
    expect((await send(old)).status).toBe(401);
  });

  it('go on while the issuer is away, until they are too old; then its tokens are refused with 503 and others go on', async () => {
    issuer.away = true;
    try {
      await node.advance('PT23H');
      expect((await send(await issuer.token())).status).toBe(200);
      await node.advance('PT2H');
      const closed = await send(await issuer.token());
      expect(closed.status).toBe(503);
      expect(closed.headers['retry-after']).toBeDefined();
      expect((await node.as('alice').get('/sessions')).status).toBe(200);
    } finally {
      issuer.away = false;
    }
    await node.advance('PT10M');
    expect((await send(await issuer.token())).status).toBe(200);
  });
});

describe('a stranger', () => {
  it('is told where to log in', async () => {
    const answer = await node.as('').get('/sessions');
    expect(String(answer.headers['www-authenticate'])).toMatch(/^Basic realm=.*, Bearer realm=.*resource_metadata="http/);
    const metadata = await node.as('').get('/.well-known/oauth-protected-resource');
    expect(metadata.body).toMatchObject({ resource: node.running.url, authorization_servers: [issuer.url, other.url], bearer_methods_supported: ['header'] });
  });

  it('can\'t speak for others where no aggregator is trusted, whoever the request says it is from', async () => {
    const token = await issuer.token();
    expect((await send(token, { 'eb-on-behalf-of': await other.token() })).status).toBe(401);
    for (const header of ['x-forwarded-user', 'x-remote-user', 'remote-user', 'x-forwarded-access-token', 'x-eb-requester']) {
      const answer = await request(`${node.running.url}/sessions`, { headers: { [header]: 'local:admin' } });
      expect(answer.statusCode).toBe(401);
      await answer.body.dump();
    }
  });
});
