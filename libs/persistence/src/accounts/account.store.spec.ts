import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '#model';
import { silentLog, systemClock } from '#runtime';
import type { Persistence } from '../open-persistence.js';
import { openPersistence } from '../open-persistence.js';
import { testDatabase } from '../testing/index.js';
import type { TestDatabase } from '../testing/index.js';

const alice: Account = { name: 'alice', hash: 'scrypt$a', roles: ['user'], groups: ['astro', 'o\'neil, "x" {y}'], created: 1_906_704_000_000, disabled: false };

describe('PostgresAccountStore', () => {
  let database: TestDatabase;
  let persistence: Persistence;
  beforeAll(async () => {
    database = await testDatabase();
    persistence = await openPersistence({ url: database.url, grain: 300_000, log: silentLog, clock: systemClock });
  });
  afterAll(async () => {
    await persistence.close();
    await database.drop();
  });

  it('finds an account as it was put, and lists all by name', async () => {
    await persistence.accounts.put({ ...alice, name: 'bob', roles: [], groups: [] });
    await persistence.accounts.put(alice);
    expect(await persistence.accounts.find('alice')).toEqual(alice);
    expect(await persistence.accounts.find("alice' or ''='")).toBeUndefined();
    expect((await persistence.accounts.list()).map((one) => one.name)).toEqual(['alice', 'bob']);
  });

  it('replaces an account that is put again, and removes it once', async () => {
    await persistence.accounts.put({ ...alice, hash: 'scrypt$b', disabled: true });
    expect(await persistence.accounts.find('alice')).toEqual({ ...alice, hash: 'scrypt$b', disabled: true });
    expect(await persistence.accounts.remove('alice')).toBe(true);
    expect(await persistence.accounts.remove('alice')).toBe(false);
    expect(await persistence.accounts.find('alice')).toBeUndefined();
  });
});
