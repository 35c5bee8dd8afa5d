import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrokerError } from '#model';
import { silentLog } from '#runtime';
import { HandClock } from '#runtime/testing';
import { BearerLogin } from './bearer-login.js';
import { Issuer } from './issuer.js';
import { defaultKeySetSettings } from './key-set.js';

const at = 'https://issuer.example';
let secret: CryptoKey;
let whole: JWK;
let open: JWK;
beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  secret = pair.privateKey;
  whole = { ...await exportJWK(pair.privateKey), kid: 'one' };
  open = { ...await exportJWK(pair.publicKey), kid: 'one' };
});

let clock: HandClock;
let published: unknown;
let login: BearerLogin;
beforeEach(() => {
  clock = HandClock.at('2030-01-01T00:00:00Z');
  published = { keys: [open] };
  const fetch = (): Promise<unknown> => Promise.resolve(published);
  const settings = {
    issuer: at, realm: 'srcnet', audiences: ['urn:node'], jwksUri: `${at}/keys`, algorithms: ['ES256', 'RS256'], types: ['at+jwt'], clockTolerance: 30_000, groupClaims: ['groups'], nameClaims: ['name'],
    requiredScopes: [], scopeMeaning: {}, withoutScopes: 'nothing' as const, roles: [], keys: defaultKeySetSettings,
  };
  login = new BearerLogin([new Issuer(settings, { clock, log: silentLog, fetch })], clock);
});

async function token(claims: JWTPayload = {}, header: object = {}): Promise<string> {
  const now = Math.floor(clock.now() / 1000);
  return new SignJWT({ iss: at, aud: 'urn:node', sub: 'ada', exp: now + 600, iat: now, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'at+jwt', ...header }).sign(secret);
}

const outcome = (sent: Promise<string>): Promise<string> => sent.then((text) => login.login(text)).then(({ requester }) => requester.id, (error: unknown) => (error instanceof BrokerError ? error.word : `thrown: ${String(error)}`));

/** As an attacker writes it, who has no key: with members twice, for example. */
const raw = (header: string, claims: string): Promise<string> => Promise.resolve(`${Buffer.from(header).toString('base64url')}.${Buffer.from(claims).toString('base64url')}.${'A'.repeat(86)}`);

describe('what an issuer publishes as its keys', () => {
  it.each<readonly [string, () => unknown]>([
    ['their private parts', () => ({ keys: [whole] })],
    ['a point that is not on the curve', () => ({ keys: [{ ...open, y: open.x }] })],
    ['half a point', () => ({ keys: [{ ...open, x: undefined }] })],
    ['numbers instead of text', () => ({ keys: [{ ...open, x: 5 }] })],
    ['no base64', () => ({ keys: [{ ...open, x: '!!!' }] })],
    ['uses that are no list', () => ({ keys: [{ ...open, key_ops: 5 }] })],
    ['uses as a text', () => ({ keys: [{ ...open, key_ops: 'verify' }] })],
    ['a curve that nobody knows', () => ({ keys: [{ ...open, crv: 'P-999' }] })],
    ['two of the same name', () => ({ keys: [open, { ...open, use: 'sig' }] })],
    ['none at all', () => ({ keys: [] })],
  ])('is no key where it is %s: the token is refused, and nothing else happens', async (_what, make) => {
    published = make();
    expect(await outcome(token())).toBe('unauthenticated');
  });

  it.each<readonly [string, unknown]>([['a list', []], ['nothing', null], ['a text', '<html>'], ['an object of something else', { keys: {} }]])('is an outage where it is %s', async (_what, document) => {
    published = document;
    expect(await outcome(token())).toBe('unavailable');
  });

  it('may hold what is none of our business, thousands of other keys, and broken ones beside sound ones', async () => {
    const others = Array.from({ length: 5_000 }, (_, index) => ({ ...open, kid: `other-${index}` }));
    published = { keys: [null, 5, 'x', [], { kty: 'oct', k: 'c2VjcmV0', kid: 'one' }, { ...open, x: 5, kid: 'broken' }, ...others, { ...open, ext: 'odd', x5c: 7 }] };
    expect(await outcome(token())).toBe('srcnet:ada');
    expect(await outcome(token({}, { kid: 'broken' }))).toBe('unauthenticated');
  });

  it('is no key of RSA with fewer than 2048 bits', async () => {
    const n = Buffer.concat([Buffer.from([0xc1]), Buffer.alloc(126, 7), Buffer.from([1])]).toString('base64url');
    published = { keys: [{ kty: 'RSA', n, e: 'AQAB', kid: 'short' }] };
    const now = Math.floor(clock.now() / 1000);
    expect(await outcome(raw(JSON.stringify({ alg: 'RS256', kid: 'short', typ: 'at+jwt' }), JSON.stringify({ iss: at, aud: 'urn:node', sub: 'ada', exp: now + 600 })))).toBe('unauthenticated');
  });

  it('ends what an earlier key of the same name, or of no name, has let in', async () => {
    const kept = await token();
    const nameless = await token({}, { kid: undefined });
    expect([await outcome(Promise.resolve(kept)), await outcome(Promise.resolve(nameless))]).toEqual(['srcnet:ada', 'srcnet:ada']);
    published = { keys: [{ ...await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey), kid: 'one' }] };
    await clock.advance(601_000);
    // Keys are renewed behind the answers.
    await outcome(Promise.resolve(kept));
    await clock.advance(0);
    expect([await outcome(token()), await outcome(Promise.resolve(kept)), await outcome(Promise.resolve(nameless))]).toEqual(['unauthenticated', 'unauthenticated', 'unauthenticated']);
  });

  it('that comes again unchanged goes on letting in', async () => {
    const kept = await token({ exp: Math.floor(clock.now() / 1000) + 7_200 });
    for (let look = 0; look < 5; look++) {
      expect(await login.login(kept)).toMatchObject({ fresh: look === 0 });
      await clock.advance(601_000);
    }
  });
});

describe('a token', () => {
  const inSeconds = (seconds: number): number => Math.floor(clock.now() / 1000) + seconds;

  it.each<readonly [string, () => JWTPayload]>([
    ['made in the future', () => ({ iat: inSeconds(31) })],
    ['made at no time', () => ({ iat: 'now' as never })],
    ['that ends at a text', () => ({ exp: '9999999999' as never })],
    ['that ended before time began', () => ({ exp: -1 })],
    ['that begins at a text', () => ({ nbf: 'now' as never })],
    ['for an object that holds us', () => ({ aud: { node: 'urn:node' } as never })],
    ['for a number', () => ({ aud: 5 as never })],
    ['for lists of lists', () => ({ aud: [['urn:node']] as never })],
    ['of several issuers', () => ({ iss: [at] as never })],
    ['of the issuer with a slash', () => ({ iss: `${at}/` })],
    ['about a number', () => ({ sub: 5 as never })],
  ])('%s is refused', async (_what, claims) => {
    expect(await outcome(token(claims()))).toBe('unauthenticated');
  });

  it('is for us where one of several audiences is', async () => {
    expect(await outcome(token({ aud: ['urn:other', 'urn:node'] }))).toBe('srcnet:ada');
    expect(await outcome(token({ aud: [5, null, 'urn:node'] as never }))).toBe('srcnet:ada');
  });

  it('may be a little ahead of our clock', async () => {
    expect(await outcome(token({ iat: inSeconds(29), nbf: inSeconds(29) }))).toBe('srcnet:ada');
  });

  it('gives no more by claims of odd shapes', async () => {
    const { requester } = await login.login(await token({ groups: { 0: 'admins' }, scope: { 0: 'compute.create' }, scp: [[['compute.read']]], roles: ['admin'], jti: {} as never }));
    expect(requester).toMatchObject({ groups: [], scopes: [], roles: ['user'] });
  });

  it.each([
    ['an algorithm twice', '{"alg":"none","alg":"ES256","kid":"one","typ":"at+jwt"}'],
    ['no algorithm after one', '{"alg":"ES256","alg":"none","kid":"one","typ":"at+jwt"}'],
    ['a list of algorithms', '{"alg":["ES256"],"kid":"one","typ":"at+jwt"}'],
    ['what has to be understood', '{"alg":"ES256","crit":["exp"],"exp":1,"kid":"one","typ":"at+jwt"}'],
    ['a body that is not encoded', '{"alg":"ES256","b64":false,"crit":["b64"],"kid":"one","typ":"at+jwt"}'],
    ['an address as its key', '{"alg":"ES256","kid":"https://attacker.example/keys","typ":"at+jwt"}'],
    ['a path as its key', '{"alg":"ES256","kid":"../../../../dev/null","typ":"at+jwt"}'],
    ['a member of every object as its key', '{"alg":"ES256","kid":"__proto__","typ":"at+jwt"}'],
    ['no object', '[]'],
    ['nothing', 'null'],
  ])('whose header has %s is refused', async (_what, header) => {
    const claims = `{"iss":"https://attacker.example","iss":"${at}","aud":"urn:node","sub":"admin","sub":"ada","exp":${inSeconds(600)}}`;
    expect(await outcome(raw(header, claims))).toBe('unauthenticated');
  });
});
