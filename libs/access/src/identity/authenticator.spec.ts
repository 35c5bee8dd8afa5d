import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BrokerError, anonymous } from '#model';
import type { Account, Sender } from '#model';
import { HandClock } from '#runtime/testing';
import { Authenticator } from './authenticator.js';
import { PasswordVerifier, hashPassword } from '../passwords/passwords.js';
import { seedAccounts } from '../passwords/seed-accounts.js';
import { MemoryAccounts } from '../testing/memory-accounts.js';

const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
const from = (authorization: string | undefined): Sender => ({ authorization, address: '192.0.2.1' });
let alice: Account;
let store: MemoryAccounts;
let clock: HandClock;
let authenticator: Authenticator;

beforeAll(async () => {
  alice = { name: 'alice', hash: await hashPassword('sésame, öffne dich'), roles: ['user'], groups: ['astro'], created: 0, disabled: false };
});

beforeEach(async () => {
  store = new MemoryAccounts();
  await store.put(alice);
  clock = HandClock.at('2030-01-01T00:00:00Z');
  authenticator = new Authenticator(store, clock);
});

const wordOf = (authorization: string | undefined, by = authenticator): Promise<string> =>
  by.identify(from(authorization)).then(() => 'known', (error: unknown) => (error instanceof BrokerError ? error.word : String(error)));

describe('an authenticator', () => {
  it('knows a requester by name and password, in UTF-8', async () => {
    expect(await authenticator.identify(from(basic('alice', 'sésame, öffne dich')))).toEqual({
      id: 'local:alice', name: 'alice', realm: 'local', roles: ['user'], groups: ['astro'], origin: { address: '192.0.2.1', credential: 'password' },
    });
  });

  it('says the same of a wrong password and an unknown account', async () => {
    const messages = await Promise.all([basic('alice', 'wrong'), basic('nobody', 'wrong')].map((each) => authenticator.identify(from(each)).then(String, (error: Error) => error.message)));
    expect(messages).toEqual(['Wrong name or password', 'Wrong name or password']);
  });

  it.each(['Bearer abc', 'Basic', 'Basic ???', 'Basic YWxpY2U=', 'Basic OnBhc3M=', 'Basic /////w==', 'alice:secret', `Basic ${Buffer.from(`alice:${'x'.repeat(5000)}`).toString('base64')}`])(
    'refuses the header %s', async (header) => {
      expect(await wordOf(header)).toBe('unauthenticated');
    });

  it('lets nobody in without credentials unless it is configured to', async () => {
    expect(await wordOf(undefined)).toBe('unauthenticated');
    expect(await new Authenticator(store, clock, { allowAnonymous: true }).identify(from(undefined))).toMatchObject(anonymous);
  });

  it('refuses a wrong password even where anonymous requests are allowed', async () => {
    expect(await wordOf(basic('alice', 'wrong'), new Authenticator(store, clock, { allowAnonymous: true }))).toBe('unauthenticated');
  });

  it('refuses a disabled account', async () => {
    await store.put({ ...alice, disabled: true });
    expect(await wordOf(basic('alice', 'sésame, öffne dich'))).toBe('unauthenticated');
  });

  it('looks an account up once for a burst of requests', async () => {
    await Promise.all(Array.from({ length: 20 }, () => authenticator.identify(from(basic('alice', 'sésame, öffne dich')))));
    await authenticator.identify(from(basic('alice', 'sésame, öffne dich')));
    expect(store.lookups).toBe(1);
  });

  it('notices within its recheck time that another replica changed the password', async () => {
    const header = basic('alice', 'sésame, öffne dich');
    await authenticator.identify(from(header));
    await store.put({ ...alice, hash: await hashPassword('another one') });
    await clock.advance(5_001);
    expect(await wordOf(header)).toBe('unauthenticated');
    expect(await wordOf(basic('alice', 'another one'))).toBe('known');
  });

  it('forgets an account at once when told so', async () => {
    const header = basic('alice', 'sésame, öffne dich');
    await authenticator.identify(from(header));
    await store.remove('alice');
    authenticator.forget('alice');
    expect(await wordOf(header)).toBe('unauthenticated');
  });

  it('takes new roles over without a new password', async () => {
    const header = basic('alice', 'sésame, öffne dich');
    await authenticator.identify(from(header));
    await store.put({ ...alice, roles: ['admin'] });
    await clock.advance(6_000);
    expect((await authenticator.identify(from(header))).roles).toEqual(['admin']);
  });

  it('remembers no more passwords than it may', async () => {
    await store.put({ ...alice, name: 'bob' });
    const small = new Authenticator(store, clock, { mostRemembered: 1 });
    for (const name of ['alice', 'bob', 'alice']) await small.identify(from(basic(name, 'sésame, öffne dich')));
    expect(store.lookups).toBe(3);
  });
});

describe('seeding accounts', () => {
  it('makes what is absent and leaves alone what is there', async () => {
    const outcome = await seedAccounts(store, [{ name: 'alice', password: 'overwritten?' }, { name: 'root', password: 'a long secret', roles: ['admin'] }], clock);
    expect(outcome).toEqual({ created: ['root'], kept: ['alice'] });
    expect(await wordOf(basic('alice', 'overwritten?'))).toBe('unauthenticated');
    expect((await authenticator.identify(from(basic('root', 'a long secret')))).roles).toEqual(['admin']);
  });
});

describe('wrong passwords', () => {
  it('cost as many hash computations for an account that exists as for one that doesn\'t, or is disabled', async () => {
    await store.put({ ...alice, name: 'carol', disabled: true });
    const verified = vi.spyOn(PasswordVerifier.prototype, 'verify');
    const hashesOf = async (name: string): Promise<number> => {
      verified.mockClear();
      for (let tries = 0; tries < 10; tries++) expect(await wordOf(basic(name, `wrong ${tries}`))).toBe('unauthenticated');
      expect(verified.mock.calls.every(([, password]) => password.startsWith('wrong'))).toBe(true);
      return verified.mock.calls.length;
    };
    expect([await hashesOf('alice'), await hashesOf('nobody'), await hashesOf('carol')]).toEqual([10, 10, 10]);
    verified.mockRestore();
  });

  it('of names that no database can keep never reach the database', async () => {
    expect(await wordOf(basic('a\0b', 'wrong'))).toBe('unauthenticated');
    expect(store.lookups).toBe(0);
  });
});
