import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft, Executable, Plan, PlannedVolume } from '#model';
import { kinds } from '#model';
import type { Handle, Observation, Platform, PlatformHost } from '#plugin-sdk';
import { aComponentId, aDraft, aPlan, quietWork, someData, someStorage, testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { HandClock } from '#runtime/testing';
import { localPlugin } from '../index.js';
import { isAlive, parseIdentity, processesWith } from './procfs.js';

const config = {
  cores: 200, memory: 400,
  process: { commands: { sh: { path: '/bin/sh', args: ['-c'] }, echo: { path: '/bin/echo' } }, environment: ['GREETING'], stopGrace: 'PT0.3S', maxOutput: 1 },
  containers: { enabled: 'off' },
};
const sh = (text: string): Executable => ({ kind: kinds.localProcess, command: ['sh', text] });

let host: TestHost;
let platform: Platform;
let handles: Handle[];

const make = (on: PlatformHost = host): Platform => localPlugin.create(localPlugin.parseConfig(config), on);

beforeEach(async () => {
  host = await testHost({ clock: systemClock, data: new Map([['mem:stars', Buffer.from('a,b\n1,2\n')]]) });
  platform = make();
  handles = [];
});

afterEach(async () => {
  for (const handle of handles) await platform.release(handle);
  await platform.close?.();
  await host.close();
});

async function prepared(executable: Executable, more: Partial<Draft> = {}): Promise<{ handle: Handle; plan: Plan }> {
  const plan = aPlan(aDraft(executable, more), { platform: 'tested', start: systemClock.now() });
  const handle = await platform.prepare(plan, quietWork());
  handles.push(handle);
  return { handle, plan };
}

async function run(executable: Executable, more: Partial<Draft> = {}): Promise<Handle> {
  return platform.start((await prepared(executable, more)).handle);
}

async function see(handle: Handle): Promise<Observation | undefined> {
  return (await platform.observe([handle])).get(handle.session);
}

async function ended(handle: Handle): Promise<Observation> {
  await expect.poll(async () => (await see(handle))?.seen).toBe('ended');
  return await see(handle) as Observation;
}

async function output(handle: Handle): Promise<string> {
  let text = '';
  for await (const piece of platform.logs?.(handle, { follow: true, signal: AbortSignal.timeout(30_000) }) ?? []) text += piece;
  return text;
}

describe('a process on this machine', () => {
  it('finds its data at the path of the volume, below its own folder and by environment', async () => {
    const data = someData(kinds.simpleData, 'mem:stars', { fileName: 'stars.csv' });
    const storage = someStorage(kinds.simpleStorage, 1, [data]);
    const volume = (path: string, more: Partial<PlannedVolume> = {}): PlannedVolume => ({ id: aComponentId(), path, mode: 'READWRITE', storage: storage.id, ...more });
    const handle = await run(sh('cat in/stars.csv one/deep/stars.csv; echo 3,4 >scratch/new; ls "$EB_VOLUME_2" in; pwd; echo "$EB_SESSION_FOLDER"'), {
      storage: [storage], data: [data], volumes: [volume('/in'), volume('/one/deep', { data: data.id }), volume('/scratch')],
    });
    expect(await ended(handle)).toMatchObject({ outcome: 'succeeded' });
    const folder = join(host.folder, 'sessions', handle.session, 'work');
    expect(await output(handle)).toBe(`a,b\n1,2\na,b\n1,2\n${join(folder, 'scratch')}:\nnew\nstars.csv\n\nin:\nnew\nstars.csv\n${folder}\n${folder}\n`);
  });

  it('leaves its whole output however quickly it ends, also when many do at once', async () => {
    const quick = Array.from({ length: 100 }, (_, i) => run(sh(`echo said ${i}; echo complained >&2`)));
    const outputs = await Promise.all((await Promise.all(quick)).map(output));
    expect(outputs).toEqual(outputs.map((_, i) => `said ${i}\ncomplained\n`));
  });

  it('is read at once while it runs', async () => {
    const handle = await run(sh('echo said; exec sleep 600'));
    await expect.poll(() => readFile(join(host.folder, 'sessions', handle.session, 'output'), 'utf8').catch(() => '')).toBe('said\n');
    // Its clock stands still: whoever waited would wait for ever.
    const still = make({ ...host, clock: new HandClock(0) });
    let text = '';
    for await (const piece of still.logs?.(handle, { follow: false, signal: new AbortController().signal }) ?? []) text += piece;
    expect(text).toBe('said\n');
  });

  it('gets the words of the request as they are, without a shell', async () => {
    const handle = await run({ kind: kinds.localProcess, command: ['echo', '$(id)', '; rm -rf /', '`x`', '', "it's"] });
    await ended(handle);
    expect(await output(handle)).toBe("$(id) ; rm -rf / `x`  it's\n");
  });

  it("sees the variables of its request and none of the broker's", async () => {
    process.env.EB_TEST_SECRET = 'secret';
    const handle = await run({ ...sh('env'), environment: { GREETING: 'hello' } });
    delete process.env.EB_TEST_SECRET;
    await ended(handle);
    const text = await output(handle);
    expect(text).toContain('GREETING=hello');
    expect(text).not.toContain('secret');
  });

  it('can not use more memory than it was granted', async () => {
    const handle = await run(sh('exec dd if=/dev/zero of=/dev/null bs=2G count=1'));
    expect(await ended(handle)).toMatchObject({ outcome: 'failed' });
  });

  it('keeps the first part of too much output and says so', async () => {
    const handle = await run(sh('head -c 3000000 /dev/zero | tr "\\0" x'));
    expect(await ended(handle)).toMatchObject({ outcome: 'succeeded' });
    const text = await output(handle);
    expect(text).toHaveLength(1024 ** 2 + '\n[output is kept up to 1048576 bytes]\n'.length);
    expect(text.endsWith('[output is kept up to 1048576 bytes]\n')).toBe(true);
  });

  it('takes along what it left running, in its group or out of it', async () => {
    const handle = await run(sh('sleep 600 & setsid sleep 600 & sleep 0.2'));
    expect(await ended(handle)).toMatchObject({ outcome: 'succeeded' });
    await platform.release(handle);
    expect(processesWith('EB_SESSION', handle.session)).toEqual([]);
  });

  it('takes along what is started while it is being ended', async () => {
    const handle = await run(sh("setsid sh -c 'while :; do setsid sleep 600 & sleep 0.005; done' & sleep 0.2"));
    await ended(handle);
    await platform.release(handle);
    expect(processesWith('EB_SESSION', handle.session)).toEqual([]);
  });

  it('is not started after it was cancelled', async () => {
    const { handle } = await prepared(sh('true'));
    await platform.cancel(handle);
    await platform.start(handle);
    expect(await see(handle)).toEqual({ seen: 'ended', outcome: 'cancelled' });
  });

  it('is forced to stop when a broker that was killed in the grace is told again', async () => {
    const handle = await run(sh("trap '' TERM; : >deaf; while :; do sleep 0.1; done"));
    await expect.poll(() => existsSync(join(host.folder, 'sessions', handle.session, 'work/deaf'))).toBe(true);
    // Stands still, so that the grace is not over before the broker is killed.
    const clock = new HandClock(systemClock.now());
    const killed = make({ ...host, clock });
    await killed.cancel(handle);
    await killed.close?.();
    expect((await see(handle))?.seen).toBe('running');
    await clock.moveTo(clock.now() + 300);
    await make({ ...host, clock }).cancel(handle);
    expect(await ended(handle)).toMatchObject({ outcome: 'cancelled' });
  });

  it('is not confused with a later process of the same number', async () => {
    const handle = await run(sh('sleep 600'));
    const path = join(host.folder, 'sessions', handle.session, 'started');
    const line = await readFile(path, 'utf8');
    const identity = parseIdentity(line);
    expect(identity && isAlive(identity)).toBe(true);
    await platform.release(handle);
    expect(identity && isAlive({ ...identity, pid: process.pid })).toBe(false);
    expect(identity && isAlive({ ...identity, boot: '0'.repeat(36) })).toBe(false);
  });

  it('never signals a process that merely has its number', async () => {
    const { handle } = await prepared(sh('true'));
    const bystander = spawn('sleep', ['600'], { detached: true });
    const stale = `00000000-0000-0000-0000-000000000000 ${bystander.pid} (sh) S ${'1 '.repeat(18)}1 1\n`;
    await writeFile(join(host.folder, 'sessions', handle.session, 'started'), stale);
    expect(await see(handle)).toMatchObject({ seen: 'ended', outcome: 'evicted' });
    await platform.release(handle);
    await wait(20);
    expect(bystander.exitCode ?? bystander.signalCode).toBe(null);
    bystander.kill('SIGKILL');
  });

  it('runs beside a hundred others, each start announced when it ends', async () => {
    const stop = new AbortController();
    const told = new Set<string>();
    const listening = (async () => { for await (const session of platform.changes?.(stop.signal) ?? []) told.add(session); })();
    const all = await Promise.all(Array.from({ length: 100 }, () => run(sh('sleep 0.5'))));
    await expect.poll(() => told.size).toBe(100);
    const seen = await platform.observe(all);
    expect([...seen.values()].every((one) => one.seen === 'ended' && one.outcome === 'succeeded')).toBe(true);
    stop.abort();
    await listening;
  });
});

describe('a process whose broker is killed', () => {
  it('goes on, is found again, and its end and output are known', async () => {
    const script = join(import.meta.dirname, 'start-and-die.fixture.ts');
    await promisify(execFile)('npx', ['tsx', script, host.folder, 'sleep 1; echo survived; exit 3']).catch((fault: { signal?: string }) => { expect(fault.signal ?? 'SIGKILL').toBe('SIGKILL'); });
    const session = (await readdir(join(host.folder, 'sessions')))[0];
    const handle = { session, version: 1, native: { engine: 'process' } } as unknown as Handle;
    handles.push(handle);
    expect((await see(handle))?.seen).toMatch(/running|ended/);
    const stop = new AbortController();
    const first = platform.changes?.(stop.signal)[Symbol.asyncIterator]().next();
    expect(await ended(handle)).toMatchObject({ outcome: 'failed', exitCode: 3 });
    expect(await output(handle)).toBe('survived\n');
    stop.abort();
    await first;
  });
});
