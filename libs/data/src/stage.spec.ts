import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Progress, ResolvedData } from '#model';
import { BrokerError, reason } from '#model';
import type { DataResolver } from '#plugin-sdk';
import { HandClock } from '#runtime/testing';
import { aWork, freshFolder, quiet, resolved } from './data.fixture.js';
import { createStage } from './stage.js';

const text = 'a,b\n1,2\n';
const sha256 = createHash('sha256').update(text).digest('hex');

function source(pieces: () => Readable): { resolver: DataResolver; opened: () => number } {
  let opened = 0;
  const resolver: DataResolver = {
    kinds: [], claims: () => true,
    resolve: () => Promise.reject(new Error('not asked here')),
    open: () => { opened += 1; return Promise.resolve({ stream: pieces() }); },
  };
  return { resolver, opened: () => opened };
}

function stageOf(resolver: DataResolver, tries = 3, clock = HandClock.at('2030-06-03T09:00:00Z')) {
  return { stage: createStage(new Map([['http', resolver]]), { log: quiet, clock, tries }), clock };
}

const wanted = (more: Partial<ResolvedData> = {}) => resolved('http://example.org/stars.csv', more);

describe('stage', () => {
  it('brings the data under its name and tells how far it is', async () => {
    const folder = join(await freshFolder(), 'new');
    const told: Progress[] = [];
    const { stage } = stageOf(source(() => Readable.from([Buffer.from('a,b\n'), Buffer.from('1,2\n')])).resolver);
    const got = await stage(wanted({ bytes: 8, checksum: { algorithm: 'SHA-256', value: sha256.toUpperCase() } }), folder, aWork(told));
    expect(got).toEqual({ path: join(folder, 'stars.csv'), bytes: 8 });
    expect(await readFile(got.path, 'utf8')).toBe(text);
    expect(told.at(-1)).toEqual({ done: 8, total: 8, unit: 'bytes', what: 'stars.csv' });
  });

  it('transfers nothing again when the file is there and right, and replaces a wrong one', async () => {
    const folder = await freshFolder();
    const { resolver, opened } = source(() => Readable.from([Buffer.from(text)]));
    const { stage } = stageOf(resolver);
    const data = wanted({ checksum: { algorithm: 'sha256', value: sha256 } });
    await stage(data, folder, aWork());
    await stage(data, folder, aWork());
    expect(opened()).toBe(1);
    await writeFile(join(folder, 'stars.csv'), 'tampered');
    await stage(data, folder, aWork());
    expect(opened()).toBe(2);
    expect(await readFile(join(folder, 'stars.csv'), 'utf8')).toBe(text);
  });

  it('names the found and the expected checksum and leaves nothing behind', async () => {
    const folder = await freshFolder();
    const { resolver, opened } = source(() => Readable.from([Buffer.from('other')]));
    const attempt = stageOf(resolver).stage(wanted({ checksum: { algorithm: 'sha256', value: sha256 } }), folder, aWork());
    const found = createHash('sha256').update('other').digest('hex');
    await expect(attempt).rejects.toMatchObject({ word: 'conflict', fixer: 'caller', message: expect.stringContaining(found) as string });
    await expect(attempt).rejects.toThrow(sha256);
    expect(opened()).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('stops an endless stream at the announced size', async () => {
    const folder = await freshFolder();
    const endless = (): Readable => Readable.from((function* () { for (;;) yield Buffer.alloc(1024); })());
    await expect(stageOf(source(endless).resolver).stage(wanted({ bytes: 5000 }), folder, aWork())).rejects.toMatchObject({ word: 'conflict' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('tries again after a fault that passes, pausing by the clock', async () => {
    const folder = await freshFolder();
    let turn = 0;
    const { resolver, opened } = source(() => {
      turn += 1;
      if (turn < 3) return new Readable({ read() { this.destroy(new Error('connection reset')); } });
      return Readable.from([Buffer.from(text)]);
    });
    const { stage, clock } = stageOf(resolver);
    const done = stage(wanted(), folder, aWork());
    await expect.poll(() => clock.asleep).toBe(1);
    await clock.advance(500);
    await expect.poll(() => clock.asleep).toBe(1);
    await clock.advance(1000);
    expect((await done).bytes).toBe(8);
    expect(opened()).toBe(3);
  });

  it('gives up at once on a fault that does not pass', async () => {
    const refused = new BrokerError('not-found', 'caller', [reason('gone', 'gone')]);
    let opened = 0;
    const resolver: DataResolver = { ...source(() => Readable.from([])).resolver, open: () => { opened += 1; return Promise.reject(refused); } };
    await expect(stageOf(resolver).stage(wanted(), await freshFolder(), aWork())).rejects.toBe(refused);
    expect(opened).toBe(1);
  });

  it('ends with the reason of the signal and leaves nothing when aborted', async () => {
    const folder = await freshFolder();
    const stop = new AbortController();
    const { resolver } = source(() => new Readable({ read() { this.push(Buffer.from('half')); stop.abort(new Error('cancelled')); } }));
    await expect(stageOf(resolver).stage(wanted(), folder, aWork([], stop.signal))).rejects.toThrow('cancelled');
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a name that would leave its folder, and a resolver that is not configured', async () => {
    const { stage } = stageOf(source(() => Readable.from([])).resolver);
    await expect(stage(wanted({ fileName: '../x' }), await freshFolder(), aWork())).rejects.toMatchObject({ word: 'defect' });
    await expect(stage(wanted({ resolver: 's3' }), await freshFolder(), aWork())).rejects.toThrow("resolver 's3'");
  });
});
