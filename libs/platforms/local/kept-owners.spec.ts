import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeptStorageId, PlannedStorage } from '#model';
import { kinds } from '#model';
import { someStorage } from '#plugin-sdk/testing';
import { KeptFolder } from './kept-folder.js';
import { KeptOwners } from './kept-owners.js';

let folder: string;
let owners: KeptOwners;
let id: KeptStorageId;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eb-owners-'));
  owners = new KeptOwners(folder);
  id = randomUUID() as KeptStorageId;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const storage = (make: boolean): readonly PlannedStorage[] => [someStorage(kinds.simpleStorage, 1), { ...someStorage(kinds.persistentStorage, 1), kept: { id, name: 'results', make } }];

describe('storage that is kept on this machine', () => {
  it('is for those who made it, as often as they come, and the others learn why not', async () => {
    for (let times = 0; times < 2; times += 1) await owners.claim(storage(true), 'container');
    await owners.claim(storage(false), 'container');
    expect(await owners.judge(storage(false), 'container')).toEqual([]);
    expect(await owners.judge(storage(false), 'process')).toMatchObject([{ kind: 'urn:execution-broker:reason:kept-elsewhere', path: 'storage[1].name', values: { name: 'results', maker: 'a container', user: 'a process' } }]);
    await expect(owners.claim(storage(true), 'process')).rejects.toMatchObject({ word: 'conflict', fixer: 'caller' });
  });

  it('has one maker, also where both would make it at once', async () => {
    const outcomes = await Promise.allSettled([owners.claim(storage(true), 'container'), owners.claim(storage(true), 'process')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is nobody\'s before it is made, and after it was removed', async () => {
    await owners.claim(storage(false), 'process');
    expect(await owners.ownerOf(id)).toBeUndefined();
    await owners.claim(storage(true), 'container');
    for (let times = 0; times < 2; times += 1) await owners.forget(id);
    expect(await owners.ownerOf(id)).toBeUndefined();
  });

  it('is of processes where a folder is from a time without notes', async () => {
    await mkdir(new KeptFolder(folder, id).path, { recursive: true });
    expect(await owners.ownerOf(id)).toBe('process');
  });
});
