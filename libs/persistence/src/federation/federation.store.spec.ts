import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FederatedSet } from '#federation';
import { offerSetIdFrom } from '#model';
import type { RequesterId } from '#model';
import { silentLog, systemClock } from '#runtime';
import type { Persistence } from '../open-persistence.js';
import { openPersistence } from '../open-persistence.js';
import { testDatabase } from '../testing/index.js';
import type { TestDatabase } from '../testing/index.js';

function aSet(said: string): FederatedSet {
  return { id: offerSetIdFrom(randomUUID()), owner: 'local:alice' as RequesterId, created: 1, modified: 1, messages: [], offers: [], said, releases: [], revision: 1 };
}

describe('PostgresFederationStore', () => {
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

  it('keeps each of many sets that come at once, and those that come meanwhile', async () => {
    const store = persistence.federation;
    const first = Array.from({ length: 50 }, (_, index) => aSet(`{"name":"o'neil \\"${index}\\" \\\\ é"}`));
    const added = Promise.all(first.map((set) => store.add(set)));
    const later = Array.from({ length: 7 }, (_, index) => ({ ...aSet(`later ${index}`), due: 5 + index }));
    await Promise.resolve();
    await Promise.all([added, ...later.map((set) => store.add(set))]);
    const found = await Promise.all([...first, ...later].map(({ id }) => store.find(id)));
    expect(found).toEqual([...first, ...later]);
    expect(await store.due(7, 10)).toEqual(later.slice(0, 3));
  });

  it('goes on with the next sets after some that could not be kept', async () => {
    const store = persistence.federation;
    const [one, next] = [aSet('one'), aSet('next')];
    await store.add(one);
    await expect(store.add(one)).rejects.toThrow();
    await store.add(next);
    expect(await store.find(next.id)).toEqual(next);
  });
});
