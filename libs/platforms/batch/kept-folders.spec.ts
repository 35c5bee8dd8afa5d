/** Storage that outlives sessions, with files and commands of this machine; as accounts of a cluster: test/live/slurm/kept.spec.ts. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '#model';
import type { ComponentId, KeptStorageId, Plan, PlannedVolume } from '#model';
import type { RunCommand } from '#plugin-sdk';
import { aDraft, aPlan, quietWork, someStorage } from '#plugin-sdk/testing';
import type { AccountNumbers } from './accounts.js';
import { judgeDraft } from './assess.js';
import { Commands } from './commands.js';
import type { BatchConfig } from './config.js';
import { parseBatchConfig } from './config.js';
import { keptFiles, KeptFolders } from './kept-folders.js';
import { scriptOf } from './script.js';
import { SessionFolder } from './session-folder.js';
import { layOut } from './workspace.js';

const id = '7f1b2c3d-0000-4000-8000-000000000001' as KeptStorageId;
const run: RunCommand = ([file = '', ...words]) => {
  const { status, stdout, stderr } = spawnSync(file, words, { encoding: 'utf8' });
  return Promise.resolve({ code: status ?? 1, stdout, stderr });
};
const numbers: Pick<AccountNumbers, 'of'> = { of: () => Promise.resolve(getuid?.() ?? 0) };

let folder: string;
let config: BatchConfig;
let kept: KeptFolders;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eb-kept-'));
  mkdirSync(join(folder, 'kept'));
  config = parseBatchConfig({ folder: join(folder, 'sessions'), kept: { folder: join(folder, 'kept'), size: 5 }, commands: { sh: { path: '/bin/sh' } }, docker: { launcher: 'podman', images: { '*': '{image}' } } });
  kept = new KeptFolders({ config, commands: new Commands(run, config.remote) }, numbers as AccountNumbers);
});
afterEach(() => { rmSync(folder, { recursive: true }); });

const room = someStorage(kinds.persistentStorage, 1);
const storage = (make: boolean) => ({ ...room, kept: { id, name: 'results', make } });
const plan = (make: boolean, more: Partial<Plan> = {}): Plan => ({ ...aPlan(aDraft({ kind: kinds.localProcess, command: ['sh'] }, { storage: [storage(make)] }), { platform: 'p', start: 0 }), ...more });
const file = (...names: readonly string[]): string => join(keptFiles(id, config), ...names);

describe('storage that is kept', () => {
  test('is made once, found again with what is in it, and removed as often as it is told', async () => {
    await kept.provide(plan(true), 'alice');
    writeFileSync(file('log'), 'first');
    for (const make of [true, false]) await kept.provide(plan(make), 'alice');
    expect(readFileSync(file('log'), 'utf8')).toBe('first');
    for (let times = 0; times < 2; times += 1) await kept.discard(id);
    expect(existsSync(join(folder, 'kept', id))).toBe(false);
    await expect(kept.provide(plan(false), 'alice')).rejects.toThrow("the folder of 'results' is not there any more");
  });
  test('that was made by half is made again, and is not there for who only asks for it', async () => {
    mkdirSync(file(), { recursive: true });
    await expect(kept.provide(plan(false), 'alice')).rejects.toThrow('not there any more');
    await kept.provide(plan(true), 'alice');
    await kept.provide(plan(false), 'alice');
  });
  test.for([['alice', 'bob'], ['alice', undefined], [undefined, 'alice']])('of account %s is refused to account %s', async ([first, second]) => {
    await kept.provide(plan(true), first);
    await expect(kept.provide(plan(true), second)).rejects.toThrow('belongs to another account');
  });
  test('is neither made nor taken for gone while its file system is away', async () => {
    await kept.provide(plan(true), 'alice');
    rmSync(join(folder, 'kept'), { recursive: true });
    await expect(kept.provide(plan(true), 'alice')).rejects.toThrow('mount its file system');
    await expect(kept.discard(id)).rejects.toThrow('mount its file system');
  });
  test('takes what links lead to neither along nor away', async () => {
    writeFileSync(join(folder, 'theirs'), 'theirs');
    await kept.provide(plan(true), 'alice');
    symlinkSync(folder, file('link'));
    await kept.discard(id);
    expect(readFileSync(join(folder, 'theirs'), 'utf8')).toBe('theirs');
  });
  test('is looked for by identifiers alone, and only where it is configured', () => {
    expect(() => keptFiles('../sessions' as KeptStorageId, config)).toThrow('not an identifier');
    expect(() => keptFiles(id, { kept: undefined })).toThrow("'kept' is not configured any more");
  });
});

describe('a session with storage that is kept', () => {
  const volume: PlannedVolume = { id: 'v' as ComponentId, path: '/kept', mode: 'READWRITE', storage: room.id };
  test('sees it at its volume: a process by a link, a container by its mount', async () => {
    const planned = plan(true, { volumes: [volume] });
    const own = new SessionFolder(config.folder, planned.session);
    await layOut(planned, own, { stage: () => Promise.resolve({ path: '', bytes: 0 }), work: quietWork(), config });
    expect(readlinkSync(own.at('run', 'work', 'kept'))).toBe(file());
    const contained = { ...planned, executable: { kind: kinds.dockerContainer, image: { locations: ['a:1'] } } };
    expect(scriptOf(contained, own, config)).toContain(`--volume=${file()}:/kept:rw`);
  });
  test('finds its data there, in place of a link that was there and not behind it', async () => {
    const data = { id: 'd' as ComponentId, fileName: 'in.txt' };
    const planned = { ...plan(true), storage: [{ ...storage(true), data: [data.id] }], data: [data] } as unknown as Plan;
    const own = new SessionFolder(config.folder, planned.session);
    writeFileSync(join(folder, 'theirs'), 'theirs');
    await kept.provide(planned, 'alice');
    symlinkSync(join(folder, 'theirs'), file('in.txt'));
    for (const text of ['new', 'again']) {
      await layOut(planned, own, { stage: (_one, into) => { writeFileSync(join(into, 'in.txt'), text); return Promise.resolve({ path: join(into, 'in.txt'), bytes: text.length }); }, work: quietWork(), config });
      await kept.fill(planned, own, 'alice');
      expect([readFileSync(file('in.txt'), 'utf8'), readFileSync(join(folder, 'theirs'), 'utf8')]).toEqual([text, 'theirs']);
    }
    await expect(kept.fill(planned, own, 'alice')).rejects.toThrow("data can't be put into 'results': mv:");
  });
});

describe('a volume', () => {
  const draftWith = (...paths: readonly string[]) => aDraft({ kind: kinds.localProcess, command: ['sh'] }, {
    storage: [storage(true), other], volumes: paths.map((path, index) => ({ id: `v${index}` as ComponentId, path, mode: 'READWRITE' as const, storage: index === 0 ? room.id : other.id })),
  });
  const other = someStorage(kinds.simpleStorage, 1);
  test.for([['/kept', '/kept/in'], ['/kept/', '/kept//deep/in'], ['//kept', '/kept/in']])('in storage that is kept at %s is refused at %s: links in it would be followed', ([outer = '', inner = '']) => {
    expect(judgeDraft(draftWith(outer, inner), config)).toMatchObject([{ kind: 'urn:execution-broker:reason:volume-in-kept', path: 'compute.volumes[1].path' }]);
  });
  test('beside it, around it and called alike is none of its affair', () => {
    for (const path of ['/keptin', '/in', '/']) expect(judgeDraft(draftWith('/kept', path), config).filter(({ kind }) => kind.endsWith('in-kept'))).toEqual([]);
    expect(judgeDraft(draftWith('/in/kept', '/in'), config)).toEqual([]);
  });
});

describe('the folder of what is kept', () => {
  const faultOf = (given: string): unknown => {
    try {
      return parseBatchConfig({ folder: '/shared', kept: { folder: given, size: 5 } });
    } catch (fault) {
      return fault;
    }
  };
  test('is absolute, and another one than that of sessions', () => {
    for (const given of ['kept', '/shared', '/shared/']) expect(faultOf(given)).toMatchObject({ path: 'kept.folder' });
    expect(faultOf('/shared/kept')).toMatchObject({ kept: { folder: '/shared/kept', size: 5, longest: 90 * 86_400_000 } });
  });
});
