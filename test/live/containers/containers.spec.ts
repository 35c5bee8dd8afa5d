import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft, Executable, KeptStorageId, PlannedVolume, Progress } from '#model';
import { kinds } from '#model';
import type { Handle, Observation, Platform } from '#plugin-sdk';
import { aComponentId, aDraft, aPlan, someData, someStorage, testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { localPlugin } from '#platforms/local';
import { systemClock } from '#runtime';
import { config, digest, docker, image, leftIn, sh } from './bed.js';

const instance = `cases-${process.pid}`;
const longName = `${'a'.repeat(120)}.csv`;
const big = Buffer.alloc(3_000_000, 7);
const data = new Map<string, Uint8Array>([['mem:stars', Buffer.from('a,b\n1,2\n')], ['mem:big', big], ['mem:long', Buffer.from('long\n')]]);

let host: TestHost;
let platform: Platform;
let handles: Handle[];
let told: Progress[];

beforeEach(async () => {
  host = await testHost({ clock: systemClock, instance, data });
  platform = localPlugin.create(localPlugin.parseConfig(config), host);
  handles = [];
  told = [];
});

afterEach(async () => {
  for (const handle of handles) await platform.release(handle);
  expect(await leftIn(instance)).toEqual([]);
  await platform.close?.();
  await host.close();
});

async function prepared(executable: Executable, more: Partial<Draft> = {}): Promise<Handle> {
  const plan = aPlan(aDraft(executable, more), { platform: instance, start: systemClock.now() });
  handles.push(platform.handleOf(plan));
  return platform.prepare(plan, { signal: new AbortController().signal, progress: (now) => { told.push(now); } });
}

async function run(executable: Executable, more: Partial<Draft> = {}): Promise<Handle> {
  return platform.start(await prepared(executable, more));
}

async function see(handle: Handle): Promise<Observation> {
  return (await platform.observe([handle])).get(handle.session) ?? { seen: 'unknown' };
}

async function ended(handle: Handle): Promise<Observation> {
  await expect.poll(async () => (await see(handle)).seen, { interval: 50 }).toBe('ended');
  return see(handle);
}

async function output(handle: Handle): Promise<string> {
  let all = '';
  for await (const piece of platform.logs?.(handle, { follow: false, signal: new AbortController().signal }) ?? []) all += piece;
  return all;
}

const volumeOf = (storage: { readonly id: PlannedVolume['storage'] }) => (path: string, more: Partial<PlannedVolume> = {}): PlannedVolume =>
  ({ id: aComponentId(), path, mode: 'READWRITE', storage: storage.id, ...more });

describe('storage that is kept', () => {
  it('has in the next container what the one before wrote, is read by two at once, is not for processes, and is removed', async () => {
    const id = randomUUID() as KeptStorageId;
    const kept = (make: boolean) => ({ ...someStorage(kinds.persistentStorage, 1), kept: { id, name: 'results', make } });
    const having = (make: boolean, mode: 'READONLY' | 'READWRITE' = 'READWRITE'): Partial<Draft> => {
      const storage = kept(make);
      return { storage: [storage], volumes: [volumeOf(storage)('/keep', { mode })] };
    };
    const first = await run(sh('echo found >/keep/file'), having(true));
    expect(await ended(first)).toMatchObject({ outcome: 'succeeded' });
    await platform.release(first);
    const readers = await Promise.all([1, 2].map(() => run(sh('cat /keep/file; touch /keep/x || echo refused'), having(false, 'READONLY'))));
    for (const reader of readers) {
      await ended(reader);
      expect((await output(reader)).split('\n').filter((line) => !line.includes('touch:'))).toEqual(['found', 'refused', '']);
    }
    const both = localPlugin.create(localPlugin.parseConfig({ ...config, process: { commands: { sh: { path: '/bin/sh' } } } }), host);
    expect(await both.assess(aDraft({ kind: kinds.localProcess, command: ['sh'] }, having(false)))).toMatchObject({ fits: false, reasons: [{ kind: 'urn:execution-broker:reason:kept-elsewhere' }] });
    for (const reader of readers) await platform.release(reader);
    for (let times = 0; times < 2; times += 1) await platform.discard?.(id);
    await expect(prepared(sh('true'), having(false))).rejects.toMatchObject({ word: 'conflict', reasons: [{ kind: 'urn:execution-broker:reason:kept-missing' }] });
  });

  it('leaves a volume alone that is somebody else\'s, whatever it is called', async () => {
    const id = randomUUID() as KeptStorageId;
    const storage = { ...someStorage(kinds.persistentStorage, 1), kept: { id, name: 'results', make: true } };
    await prepared(sh('true'), { storage: [storage], volumes: [volumeOf(storage)('/keep')] });
    for (const handle of handles) await platform.release(handle);
    const volume = docker.getVolume(`eb-kept-${id}`);
    await volume.remove();
    await docker.createVolume({ Name: volume.name, Labels: { theirs: 'yes' } });
    await platform.discard?.(id);
    expect(await volume.inspect()).toMatchObject({ Labels: { theirs: 'yes' } });
    await volume.remove();
  });
});

describe('a container on this machine', () => {
  it('comes from the registry by its digest when it is not here', async () => {
    const pinned = `${image}@${digest}`;
    await docker.getImage(pinned).remove({ force: true }).catch((fault: { statusCode?: number }) => { expect(fault.statusCode).toBe(404); });
    expect(await ended(await run(sh('true')))).toMatchObject({ outcome: 'succeeded' });
    expect((await docker.getImage(pinned).inspect()).RepoDigests).toContain(pinned);
  });

  it('is refused when preparing if the digest is not that of the image, and the reason says so', async () => {
    const wrong = `sha256:${'1'.repeat(64)}`;
    await expect(prepared(sh('true', { image: { locations: [`${image}:1`], digest: wrong } }))).rejects.toMatchObject({
      word: 'conflict', fixer: 'caller', reasons: [{ path: 'executable.image.digest', values: { digest: wrong } }],
    });
  });

  it('finds its data whole, in a storage and alone, read-only where it shall be', async () => {
    const stars = someData(kinds.simpleData, 'mem:stars', { fileName: 'stars.csv' });
    const large = someData(kinds.simpleData, 'mem:big', { fileName: 'big.bin' });
    const long = someData(kinds.simpleData, 'mem:long', { fileName: longName });
    const all = [stars, large, long];
    const storage = someStorage(kinds.simpleStorage, 1, all);
    const scratch = someStorage(kinds.simpleStorage, 1);
    const volume = volumeOf(storage);
    const handle = await run(sh(`cat /in/stars.csv /one/stars.csv; ls /one; wc -c </in/big.bin; cat /in/${longName}; touch /in/x || echo refused; echo ok >/temp/new && cat /temp/new; id -u`), {
      storage: [storage, scratch], data: all,
      volumes: [volume('/in', { mode: 'READONLY' }), volume('/one', { mode: 'READONLY', data: stars.id }), volumeOf(scratch)('/temp')],
    });
    expect(await ended(handle)).toMatchObject({ outcome: 'succeeded' });
    const lines = (await output(handle)).split('\n').filter((line) => !line.includes('touch:'));
    expect(lines).toEqual(['a,b', '1,2', 'a,b', '1,2', 'stars.csv', '3000000', 'long', 'refused', 'ok', '0', '']);
  });

  it('has the words, the entrypoint and the variables of its request', async () => {
    const handle = await run(sh('', { entrypoint: '/bin/echo', command: ['$HOME', 'a b'], environment: { GREETING: 'hello world' } }));
    await ended(handle);
    expect(await output(handle)).toBe('$HOME a b\n');
    const other = await run(sh('echo "$GREETING $EB_SESSION"', { environment: { GREETING: 'hello world' } }));
    await ended(other);
    expect(await output(other)).toBe(`hello world ${other.session}\n`);
  });

  it('is held to its cores, memory and number of processes', async () => {
    const handle = await run(sh('sleep 600'));
    const { HostConfig: limits } = await docker.getContainer(`eb-${handle.session}`).inspect();
    expect(limits).toMatchObject({ Memory: 1024 ** 3, NanoCpus: 1e9, PidsLimit: 4096, Privileged: false });
  });

  it('is told from others when it used too much memory', async () => {
    const handle = await run(sh('exec awk \'BEGIN { s = "xxxxxxxx"; while (1) { s = s s } }\''));
    expect(await ended(handle)).toMatchObject({ outcome: 'failed', exitCode: 137, reason: { kind: 'urn:execution-broker:reason:out-of-memory' } });
  });

  it('opens its port only when the payload answers, on the configured address', async () => {
    const handle = await run(sh('mkdir -p /w/page; echo hello >/w/page/index.html; trap "exec httpd -f -p 8080 -h /w" USR1; while :; do sleep 0.1; done', {
      network: { ports: [{ access: true, internal: { port: 8080 }, protocol: 'HTTP', path: '/page/' }, { internal: { port: 9 } }] },
    }));
    expect(await see(handle)).toMatchObject({ seen: 'running', connectors: [{ status: 'PREPARING', protocol: 'HTTP' }] });
    await expect.poll(async () => {
      // Lost where it comes before the trap, and on the server.
      await docker.getContainer(`eb-${handle.session}`).kill({ signal: 'SIGUSR1' });
      return JSON.stringify(await see(handle));
    }, { interval: 200 }).toContain('AVAILABLE');
    const seen = await see(handle);
    const [connector] = 'connectors' in seen ? seen.connectors ?? [] : [];
    expect(connector?.location).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/page\/$/);
    expect(await (await fetch(connector?.location ?? '')).text()).toBe('hello\n');
  });

  it('mounts nothing of this machine', async () => {
    const storage = someStorage(kinds.simpleStorage, 1);
    const handle = await run(sh('ls /etc2'), { storage: [storage], volumes: [volumeOf(storage)('/etc2')] });
    const { Mounts: mounts } = await docker.getContainer(`eb-${handle.session}`).inspect();
    expect(mounts.map(({ Type }) => Type)).toEqual(['volume']);
  });

  it('leaves nothing when preparing fails half way', async () => {
    const there = someData(kinds.simpleData, 'mem:stars', { fileName: 'stars.csv' });
    const missing = someData(kinds.simpleData, 'mem:nowhere', { fileName: 'x' });
    const storage = someStorage(kinds.simpleStorage, 1, [there, missing]);
    const volumes = [volumeOf(storage)('/in')];
    await expect(prepared(sh('true'), { storage: [storage], data: [there, missing], volumes })).rejects.toThrow('mem:nowhere');
    expect(await leftIn(instance)).not.toEqual([]);
    for (const handle of handles) await platform.release(handle);
    expect(await leftIn(instance)).toEqual([]);
  });
});

describe('a container whose broker is killed', () => {
  it('goes on and is found again by the session alone', async () => {
    const script = join(import.meta.dirname, 'start-and-die.fixture.ts');
    const died = promisify(execFile)('npx', ['tsx', script, instance, 'sleep 2; echo survived; exit 3']);
    const { stdout } = await died.catch((fault: { stdout: string }) => fault);
    const handle = JSON.parse(stdout) as Handle;
    handles.push(handle);
    expect((await see(handle)).seen).toMatch(/running|ended/);
    expect(await ended(handle)).toMatchObject({ outcome: 'failed', exitCode: 3 });
    expect(await output(handle)).toBe('survived\n');
  });
});
