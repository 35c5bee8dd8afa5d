import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeptStorage, KeptStorageId, KeptStorageStore, PlatformName, RequesterId, SessionId } from '#model';
import { silentLog, systemClock } from '#runtime';
import { openPersistence } from '../open-persistence.js';
import type { Persistence } from '../open-persistence.js';
import { testDatabase } from '../testing/index.js';
import type { TestDatabase } from '../testing/index.js';

let database: TestDatabase;
let replicas: readonly Persistence[];

beforeAll(async () => {
  database = await testDatabase();
  const open = (): Promise<Persistence> => openPersistence({ url: database.url, grain: 300_000, log: silentLog, clock: systemClock });
  replicas = [await open(), await open()];
});

afterAll(async () => {
  for (const one of replicas) await one.close();
  await database.drop();
});

const storeOf = (replica: Persistence | undefined): KeptStorageStore => (replica as Persistence).keptStorage;
const stores = (): readonly [KeptStorageStore, KeptStorageStore] => [storeOf(replicas[0]), storeOf(replicas[1])];

function storage(name: string, more: Partial<KeptStorage> = {}): KeptStorage {
  return {
    id: randomUUID() as KeptStorageId, owner: 'local:alice' as RequesterId, name, platform: randomUUID() as string as PlatformName, gib: 20, state: 'promised',
    session: randomUUID() as string as SessionId, created: 1, until: 2, ...more,
  };
}

describe('the store of kept storage', () => {
  it('never lets a platform keep more than it may, whoever adds at the same time', async () => {
    const platform = randomUUID() as string as PlatformName;
    const added = await Promise.all(Array.from({ length: 16 }, (_, index) => stores()[index % 2 === 0 ? 0 : 1].add(storage(`r${index}`, { platform, owner: `local:${index}` as RequesterId }), 100)));
    expect(added.filter((one) => one === 'added')).toHaveLength(5);
    expect(added.filter((one) => one === 'full')).toHaveLength(11);
    expect(await stores()[1].used(platform)).toBe(100);
  });

  it('has one of a name for each owner', async () => {
    const first = storage('results');
    const [store, other] = stores();
    const added = await Promise.all([store.add(first, 100), other.add({ ...first, id: randomUUID() as KeptStorageId }, 100)]);
    expect(added.sort()).toEqual(['added', 'taken']);
    expect(await stores()[0].add(storage('results', { owner: 'local:bob' as RequesterId }), 100)).toBe('added');
  });

  it('gives nobody what is leaving, and lets nothing leave that somebody else was booked with meanwhile', async () => {
    const [store, other] = stores();
    const one = storage('leaving', { state: 'kept' });
    await store.add(one, 100);
    expect(await other.use(one.id, randomUUID() as string as SessionId, 9)).toBe(true);
    expect(await store.change(one, 'leaving')).toBe(false);
    const now = await store.find(one.owner, one.name) as KeptStorage;
    expect(now.until).toBe(9);
    expect(await store.change(now, 'leaving')).toBe(true);
    expect(await other.use(one.id, one.session, 10)).toBe(false);
    await store.remove(one.id);
    expect(await other.find(one.owner, one.name)).toBeUndefined();
  });

  it('keeps what was promised once a session runs with it, and what is leaving leaves all the same', async () => {
    const [store] = stores();
    const [promised, leaving] = [storage('promised'), storage('going', { state: 'leaving' })];
    for (const one of [promised, leaving]) await store.add(one, 100);
    for (const one of [promised, leaving]) await store.keep(one.id);
    expect([(await store.find(promised.owner, 'promised'))?.state, (await store.find(leaving.owner, 'going'))?.state]).toEqual(['kept', 'leaving']);
  });
});
