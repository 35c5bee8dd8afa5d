/** The launchers that are driven for real, and what containers need: data, volumes, their ways in. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft, Executable, PlannedVolume } from '#model';
import { kinds } from '#model';
import type { Handle, Observation, Platform } from '#plugin-sdk';
import { aComponentId, aDraft, aPlan, quietWork, someData, someStorage } from '#plugin-sdk/testing';
import { slurmPlugin } from '#platforms/slurm';
import { systemClock } from '#runtime';
import { freePort } from '../../support/free-port.js';
import type { BedHost } from './bed.js';
import { bedConfig, bedHost, images, leftOf, podmanRuns } from './bed.js';

const instance = `launchers-${process.pid}`;
const data = new Map<string, Uint8Array>([['mem:stars', Buffer.from('a,b\n1,2\n')]]);
const store = join(images, '..', 'podman');
const sites = {
  charliecloud: { launcher: 'charliecloud', images: { 'bed/*': join(images, 'busybox') } },
  podman: {
    launcher: 'podman', images: { 'bed/*': 'localhost/{image}' },
    options: ['--cgroup-manager=cgroupfs', '--storage-driver=overlay', `--root=${store}/{user}/storage`, `--runroot=${podmanRuns}-{user}`, `--tmpdir=${podmanRuns}-{user}/libpod`],
  },
} as const;

let host: BedHost;
let platform: Platform;
let handle: Handle | undefined;

beforeEach(async () => {
  host = await bedHost(instance, bedConfig(instance).folder, data);
});
afterEach(async () => {
  if (handle) await platform.release(handle);
  handle = undefined;
  expect(leftOf(instance, bedConfig(instance).folder)).toEqual([]);
  await host.close();
});

async function run(executable: Executable, site: Readonly<Record<string, unknown>>, more: Partial<Draft> = {}): Promise<Handle> {
  platform = slurmPlugin.create(slurmPlugin.parseConfig(bedConfig(instance, site)), host);
  const plan = { ...aPlan(aDraft(executable, more), { platform: instance, start: systemClock.now(), length: 60_000 }), granted: { cores: 1, memory: 1 } };
  handle = platform.handleOf(plan);
  return platform.start(await platform.prepare(plan, quietWork()));
}

async function see(of: Handle): Promise<Observation | undefined> {
  return (await platform.observe([of])).get(of.session);
}

async function ended(of: Handle): Promise<Observation | undefined> {
  await expect.poll(async () => (await see(of))?.seen, { timeout: 90_000, interval: 100 }).toBe('ended');
  return see(of);
}

async function output(of: Handle): Promise<string> {
  let all = '';
  for await (const piece of platform.logs?.(of, { follow: false, signal: new AbortController().signal }) ?? []) all += piece;
  return all;
}

describe.for(Object.entries(sites))('a container by %s', ([, site]) => {
  it('has its data at the path of its volume before it starts, its variables, and gives its exit code', async () => {
    const stars = someData(kinds.simpleData, 'mem:stars', { fileName: 'stars.csv' });
    const storage = someStorage(kinds.simpleStorage, 1, [stars]);
    const volumes: PlannedVolume[] = [{ id: aComponentId(), path: '/data', mode: 'READWRITE', storage: storage.id }];
    const executable: Executable = { kind: kinds.dockerContainer, image: { locations: ['bed/busybox:1'] }, command: ['/bin/sh', '-c', 'cat /data/stars.csv; echo "$A"; echo new >/data/new && cat /data/new; exit 5'], environment: { A: 'b c' } };
    const of = await run(executable, { docker: site }, { storage: [storage], data: [stars], volumes });
    expect(await ended(of)).toMatchObject({ outcome: 'failed', exitCode: 5 });
    // Podman's first container on a host may say something of its own before.
    expect(await output(of)).toMatch(/a,b\n1,2\nb c\nnew\n$/);
  });

  it('of the singularity kind runs by its location', async () => {
    const executable: Executable = { kind: kinds.singularityContainer, location: 'bed/busybox:1', command: ['/bin/sh', '-c', 'echo by location'] };
    const of = await run(executable, { singularity: site });
    expect(await ended(of)).toMatchObject({ outcome: 'succeeded' });
    expect(await output(of)).toMatch(/by location\n$/);
  });

  // Podman's containers leave the tree of their job's processes; here are no control groups that would find them.
  it('is ended with its processes when it is cancelled', async () => {
    // Nobody else sleeps so long on this machine.
    const words = ['/bin/sleep', String(1_000_000 + process.pid)];
    const of = await run({ kind: kinds.dockerContainer, image: { locations: ['bed/busybox:1'] }, command: words }, { docker: site });
    await expect.poll(() => isRunning(words), { timeout: 60_000, interval: 200 }).toBe(true);
    await platform.cancel(of);
    expect(await ended(of)).toMatchObject({ outcome: 'cancelled' });
    await expect.poll(() => isRunning(words), { timeout: 60_000, interval: 200 }).toBe(false);
  });

  it('is reached at the host, port and path that its way in tells, once it listens', async () => {
    const port = await freePort();
    const storage = someStorage(kinds.simpleStorage, 1);
    const executable: Executable = {
      kind: kinds.dockerContainer, image: { locations: ['bed/busybox:1'] }, command: ['/bin/sh', '-c', `/bin/httpd -f -p ${port} -h /etc & until [ -e /data/over ]; do sleep 1; done; kill $!`],
      network: { ports: [{ access: true, internal: { port }, protocol: 'HTTP', path: '/hosts' }] },
    };
    const volumes: PlannedVolume[] = [{ id: aComponentId(), path: '/data', mode: 'READWRITE', storage: storage.id }];
    const of = await run(executable, { docker: site, waysIn: { location: 'ssh://login1.example.org/{host}:{port}{path}' } }, { storage: [storage], volumes });
    await expect.poll(async () => JSON.stringify(await see(of)), { timeout: 60_000, interval: 200 }).toContain('AVAILABLE');
    const [, target = '', path = ''] = /login1\.example\.org\/([^/"]+)(\/[^"]*)/.exec(JSON.stringify(await see(of))) ?? [];
    expect(await fetchedAt(target, path)).toContain('localhost');
    await writeFile(join(bedConfig(instance).folder, of.session, 'run/storage', storage.id, 'over'), '');
    expect(await ended(of)).toMatchObject({ outcome: 'succeeded' });
  });
});

/** The payload itself; its launcher's own processes have more words. */
function isRunning(words: readonly string[]): boolean {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes(words.join(' '));
}

/** What a tunnel hands on to: all hosts of the bed are this machine. */
async function fetchedAt(target: string, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${target.split(':')[1]}${path}`);
  return answer.text();
}

await mkdir(bedConfig(instance).folder, { recursive: true });
