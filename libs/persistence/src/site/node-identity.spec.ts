import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '#runtime';
import { HandClock } from '#runtime/testing';
import { openPersistence } from '../open-persistence.js';
import { testDatabase } from '../testing/index.js';
import type { TestDatabase } from '../testing/index.js';

let databases: readonly TestDatabase[];
beforeAll(async () => { databases = await Promise.all([testDatabase(), testDatabase()]); });
afterAll(async () => { for (const one of databases) await one.drop(); });

async function identitiesOf({ url }: TestDatabase): Promise<readonly string[]> {
  const replicas = await Promise.all([1, 2, 3].map(() => openPersistence({ url, grain: 300_000, clock: HandClock.at('2030-06-03T08:00:00Z'), log: silentLog })));
  for (const one of replicas) await one.close();
  return replicas.map(({ identity }) => identity);
}

it('is shared by all replicas of a node, stays over restarts, and is no other node\'s', async () => {
  const all = await Promise.all(databases.map(async (one) => [...await identitiesOf(one), ...await identitiesOf(one)]));
  expect(all.map((own) => new Set(own).size)).toEqual([1, 1]);
  expect(new Set(all.flat()).size).toBe(2);
});
