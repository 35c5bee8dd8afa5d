import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canReach, chooseAccount } from './account.js';
import { platformPackage, restoreLinks } from './binaries.js';
import { startEmbedded } from './embedded.js';
import type { EmbeddedServer } from './embedded.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const isRoot = process.getuid?.() === 0;
let home: string;
let folder: string;
const running: EmbeddedServer[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'eb-embedded-'));
  await chmod(home, 0o755);
  folder = join(home, 'database');
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  await rm(home, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedServer> {
  const server = await startEmbedded({ folder, log });
  running.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe('the embedded server', () => {
  it('keeps its data between starts, synchronously on disk, and listens on the loopback interface only', async () => {
    const first = await start();
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start();
    expect(await ask(second.url, 'select answer from kept')).toEqual([42]);
    expect(await ask(second.url, "select current_setting('fsync'), current_setting('synchronous_commit'), current_setting('listen_addresses'), current_setting('unix_socket_directories')")).toEqual(['on', 'on', '127.0.0.1', '']);
  });

  it('lets nobody in without the password', async () => {
    const url = new URL((await start()).url);
    url.password = 'guess';
    await expect(ask(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('that is destroyed leaves an empty folder, which the next one takes', async () => {
    const first = await start();
    await first.destroy();
    expect(await readdir(first.folder)).toEqual([]);
    expect(await ask((await start()).url, 'select 1')).toEqual([1]);
  });

  it('is refused to a second node on the same folder, with the reason', async () => {
    await start();
    await expect(startEmbedded({ folder, log })).rejects.toThrow(`Another node (process ${process.pid}) uses the database folder ${folder}`);
  });

  it('is taken over, with all that was acknowledged, when its node was killed', async () => {
    const node = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, '..', 'testing', 'embedded-node.ts'), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(node.stdout, 'data') as [Buffer];
    const orphan = JSON.parse(said.toString()) as { url: string; pid: number };
    await ask(orphan.url, 'create table kept as select 42 as answer');
    await expect(startEmbedded({ folder, log })).rejects.toThrow('Another node');
    node.kill('SIGKILL');
    await once(node, 'exit');
    expect(await ask(orphan.url, 'select 1'), 'the server outlives its node').toEqual([1]);
    const next = await start();
    expect(next.pid()).not.toBe(orphan.pid);
    expect(await ask(next.url, 'select answer from kept')).toEqual([42]);
  });

  it('starts in spite of a lock file whose process number belongs to another program now', async () => {
    await (await start()).stop();
    const stranger = spawn('sleep', ['60']);
    await writeFile(join(folder, 'data', 'postmaster.pid'), `${stranger.pid}\n${join(folder, 'data')}\n`);
    expect(await ask((await start()).url, 'select 1')).toEqual([1]);
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
    await once(stranger, 'exit');
  });
});

describe('as root', () => {
  it.skipIf(!isRoot)('the server runs as another account, which owns the data and nothing else', async () => {
    const server = await start();
    const data = await stat(join(folder, 'data'));
    expect(data.uid).not.toBe(0);
    expect(data.mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'password'))).uid).toBe(0);
    if (process.platform === 'linux') expect(await readFile(`/proc/${server.pid()}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\\s+${data.uid}\\s`, 'm'));
  });

  it.skipIf(!isRoot)('an existing data folder keeps its owner, whatever account would be chosen today', async () => {
    const nobody = chooseAccount('nobody:x:65534:65534::/:/bin/false');
    await mkdir(join(folder, 'data'), { recursive: true });
    await chown(join(folder, 'data'), nobody?.uid ?? 0, nobody?.gid ?? 0);
    const server = await start();
    expect((await stat(join(folder, 'data', 'PG_VERSION'))).uid).toBe(65534);
    expect(await ask(server.url, 'select 1')).toEqual([1]);
  });

  it.skipIf(!isRoot)('a temporary folder that nobody else may enter is opened as far as the server needs, and nothing is kept elsewhere', async () => {
    await chmod(home, 0o700);
    expect((await start()).folder).toBe(folder);
    expect((await stat(home)).mode & 0o777).toBe(0o711);
  });

  it('the account is postgres where there is one, else nobody, else any that is not root', () => {
    const root = 'root:x:0:0:root:/root:/bin/sh';
    const nobody = 'nobody:x:65534:65533::/:/bin/false';
    expect(chooseAccount([root, nobody, 'postgres:x:101:104::/var/lib/postgresql:/bin/bash'].join('\n'))).toEqual({ uid: 101, gid: 104 });
    expect(chooseAccount([root, nobody].join('\n'))).toEqual({ uid: 65534, gid: 65533 });
    expect(chooseAccount([root, 'games:x:5:60::/:/bin/false', ''].join('\n'))).toEqual({ uid: 5, gid: 60 });
    expect(chooseAccount(root)).toBeUndefined();
  });

  it('a folder below a private home counts as out of reach of another account', async () => {
    const other = { uid: 65534, gid: 65534 };
    expect(await canReach(other, folder)).toBe(true);
    await chmod(home, 0o700);
    expect(await canReach(other, folder)).toBe(false);
    expect(await canReach(undefined, folder)).toBe(true);
  });
});

describe('the packaged programs', () => {
  it('get the library links that a forbidden install script did not make', async () => {
    const native = join(home, 'native');
    await mkdir(join(native, 'lib'), { recursive: true });
    await writeFile(join(native, 'lib', 'libpq.so.5.18'), 'library');
    await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]));
    expect(await restoreLinks(home)).toBe(1);
    expect(await readFile(join(native, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    expect(await restoreLinks(home)).toBe(0);
  });

  it('are there for this machine', async () => {
    expect((await stat(join(platformPackage(), 'native', 'bin'))).isDirectory()).toBe(true);
  });
});
