import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFile, lockFolder } from './folder-lock.js';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'eb-lock-')); });
afterEach(() => rm(folder, { recursive: true }));

describe('the lock of a folder', () => {
  it('is had by one of many that take it at the same time, and by the next when it is given back', async () => {
    for (let round = 0; round < 20; round += 1) {
      const taken = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
      const [lock, ...more] = taken.filter((one) => one.status === 'fulfilled');
      expect([lock?.status, more]).toEqual(['fulfilled', []]);
      expect(await readdir(folder)).toEqual([lockFile]);
      await lock?.value.release();
    }
  });

  it('that a dead node has left is taken over', async () => {
    await writeFile(join(folder, lockFile), JSON.stringify({ pid: 1, born: 'another boot:1' }));
    await expect(lockFolder(folder)).resolves.toBeDefined();
  });
});
