import { exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrokerError } from '#model';
import { silentLog } from '#runtime';
import { HandClock } from '#runtime/testing';
import { KeySet } from './key-set.js';

let jwk: JWK;
let rsa: JWK;
beforeAll(async () => {
  jwk = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey);
  rsa = await exportJWK((await generateKeyPair('RS256', { extractable: true })).publicKey);
});

let clock: HandClock;
let published: readonly JWK[];
let fetches: number;
let isAway: boolean;
let keys: KeySet;
beforeEach(() => {
  clock = HandClock.at('2030-01-01T00:00:00Z');
  published = [{ ...jwk, kid: 'one', alg: 'ES256' }];
  fetches = 0;
  isAway = false;
  const fetch = (): Promise<readonly JWK[]> => {
    fetches += 1;
    return isAway ? Promise.reject(new Error('away')) : Promise.resolve(published);
  };
  keys = new KeySet({ issuer: 'https://issuer.example', fetch }, { clock, log: silentLog });
});

const outcome = (kid: string | undefined, alg = 'ES256'): Promise<string> => keys.find({ kid, alg }).then(() => 'found', (error: unknown) => (error instanceof BrokerError ? error.word : String(error)));

describe('the keys of an issuer', () => {
  it('are fetched once for a burst of first tokens', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => outcome('one')))).toEqual(Array.from({ length: 20 }, () => 'found'));
    expect(fetches).toBe(1);
  });

  it('are looked for again when a token names a new one, at most every half minute', async () => {
    await outcome('one');
    for (let flood = 0; flood < 100; flood++) expect(await outcome(`invented-${flood}`)).toBe('unauthenticated');
    expect(fetches).toBe(1);
    await clock.advance(30_000);
    published = [{ ...jwk, kid: 'two', alg: 'ES256' }];
    expect(await outcome('two')).toBe('found');
    expect(await outcome('one')).toBe('unauthenticated');
    expect(fetches).toBe(2);
  });

  it('are asked for ever more rarely while the issuer is away', async () => {
    isAway = true;
    for (let second = 0; second < 1_800; second += 10) {
      expect(await outcome('one')).toBe('unavailable');
      await clock.advance(10_000);
    }
    expect(fetches).toBeLessThan(12);
    isAway = false;
    await clock.advance(300_000);
    expect(await outcome('one')).toBe('found');
  });

  it('serve no other algorithm than their own, nor what is no key for signatures', async () => {
    published = [
      { ...jwk, kid: 'own', alg: 'ES256' }, { ...jwk, kid: 'enc', use: 'enc' }, { ...jwk, kid: 'ops', key_ops: ['deriveKey'] }, { ...rsa, kid: 'rsa' }, { kty: 'oct', k: 'c2VjcmV0', kid: 'oct' },
    ];
    expect(await outcome('own')).toBe('found');
    for (const kid of ['enc', 'ops', 'rsa', 'oct']) expect(await outcome(kid), kid).toBe('unauthenticated');
    expect(await outcome('rsa', 'RS256')).toBe('found');
    expect(await outcome('own', 'ES384')).toBe('unauthenticated');
    for (const alg of ['HS256', 'none', '']) for (const kid of ['own', 'rsa', 'oct']) expect(await outcome(kid, alg)).toBe('unauthenticated');
  });

  it('need no name where one alone can be meant', async () => {
    expect(await outcome(undefined)).toBe('found');
    await clock.advance(60_000);
    published = [...published, { ...jwk, kid: 'two', alg: 'ES256' }];
    await outcome('two');
    expect(await outcome(undefined)).toBe('unauthenticated');
  });
});
