/** What is bigger than one host, smaller than a wish, or longer than its time: two hosts, GPUs, limits. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft, Executable, Plan } from '#model';
import { kinds } from '#model';
import type { Handle, Observation, Platform } from '#plugin-sdk';
import { aDraft, aPlan, quietWork } from '#plugin-sdk/testing';
import { slurmPlugin } from '#platforms/slurm';
import { systemClock } from '#runtime';
import type { BedHost } from './bed.js';
import { bedConfig, bedHost, leftOf, sh, slurm } from './bed.js';

const instance = `sizes-${process.pid}`;
let host: BedHost;
let handles: readonly [Platform, Handle][];

beforeEach(async () => {
  host = await bedHost(instance, bedConfig(instance).folder);
  handles = [];
});
afterEach(async () => {
  for (const [platform, handle] of handles) await platform.release(handle);
  expect(leftOf(instance, bedConfig(instance).folder)).toEqual([]);
  await host.close();
});

const platformOf = (more: Readonly<Record<string, unknown>>): Platform => slurmPlugin.create(slurmPlugin.parseConfig(bedConfig(instance, more)), host);
const container = (...command: readonly string[]): Executable => ({ kind: kinds.dockerContainer, image: { locations: ['bed/busybox:1'] }, command });

async function booked(platform: Platform, executable: Executable, granted: Plan['granted'], seconds = 4): Promise<Handle> {
  const start = Math.ceil(systemClock.now() / 1000 + seconds) * 1000;
  const plan = { ...aPlan(aDraft(executable), { platform: instance, start, length: 60_000 }), granted };
  handles = [...handles, [platform, platform.handleOf(plan)]];
  const handle = await platform.prepare(plan, quietWork(), await platform.reserve?.(plan));
  await systemClock.sleep(start - systemClock.now());
  return platform.start(handle);
}

async function ended(platform: Platform, { session }: Handle, handle: Handle, timeout = 90_000): Promise<Observation | undefined> {
  await expect.poll(async () => (await platform.observe([handle])).get(session)?.seen, { timeout, interval: 200 }).toBe('ended');
  return (await platform.observe([handle])).get(session);
}

async function outputOf(platform: Platform, handle: Handle): Promise<string> {
  let all = '';
  for await (const piece of platform.logs?.(handle, { follow: false, signal: new AbortController().signal }) ?? []) all += piece;
  return all;
}

describe('a session over two hosts', () => {
  const spread = { partitions: [{ name: 'main', hosts: 2 }], reservations: { style: 'cores' } };
  it('has a reservation on both, runs a process on the first, and reaches the second by srun', async () => {
    const platform = platformOf(spread);
    const handle = await booked(platform, sh('echo "$EB_HOSTS hosts"; srun --ntasks-per-node=1 sh -c "echo on \\$SLURMD_NODENAME" | sort -u | wc -l'), { cores: 12, memory: 8 });
    expect(slurm('scontrol', '-o', 'show', 'res', `eb-${handle.session}`)).toMatch(/NodeCnt=2 CoreCnt=12/);
    expect(await ended(platform, handle, handle)).toMatchObject({ outcome: 'succeeded' });
    expect(await outputOf(platform, handle)).toBe('2 hosts\n2\n');
  });
  it('starts its container once on each', async () => {
    const platform = platformOf(spread);
    const handle = await booked(platform, container('/bin/sh', '-c', 'echo here'), { cores: 12, memory: 8 });
    expect(await ended(platform, handle, handle)).toMatchObject({ outcome: 'succeeded' });
    expect(await outputOf(platform, handle)).toBe('here\nhere\n');
  });
});

describe('one GPU, and a thousand (UC-39)', () => {
  const site = { partitions: [{ name: 'short', hosts: 2, gpus: 3 }] };
  const wish = (gpus: number, hours: number): Draft => {
    const amounts = { cores: 1, memory: 1, 'gpu:fake': gpus };
    return aDraft(sh('echo "$CUDA_VISIBLE_DEVICES"'), { need: { min: amounts, max: amounts }, duration: { min: hours * 3_600_000, max: hours * 3_600_000 } });
  };
  it('get a place, and a refusal that names both limits', async () => {
    const platform = platformOf(site);
    expect(await platform.assess(wish(1, 1))).toMatchObject({ fits: true });
    const no = await platform.assess(wish(1000, 720));
    expect(no.fits ? [] : no.reasons.map(({ kind, values }) => [kind.split(':').at(-1), values['asked'], values['most'] ?? values['longest']])).toEqual([['too-big', '1000', '3'], ['too-long', 'P30D', 'PT1H']]);
  });
  it('gives the one that was asked for', async () => {
    const platform = platformOf(site);
    const handle = await booked(platform, sh('echo "$CUDA_VISIBLE_DEVICES"'), { cores: 1, memory: 1, 'gpu:fake': 1 });
    expect(await ended(platform, handle, handle)).toMatchObject({ outcome: 'succeeded' });
    expect(await outputOf(platform, handle)).toMatch(/^[01]\n$/);
  });
});

describe('a session that nobody ends', () => {
  it('is killed by Slurm at its limit, and says so', async () => {
    const platform = platformOf({});
    const handle = await booked(platform, sh('echo begun; sleep 600'), { cores: 1, memory: 1 }, 1);
    expect(await ended(platform, handle, handle, 150_000)).toMatchObject({ outcome: 'failed', reason: { kind: 'urn:execution-broker:reason:timeout' } });
    expect(await outputOf(platform, handle)).toContain('begun\n');
  }, 180_000);
});

describe('a job that is cancelled', () => {
  it.for(['PENDING', 'RUNNING', 'COMPLETING'] as const)('while it is %s', async (state) => {
    const platform = platformOf({});
    const stateOf = (): string => slurm('squeue', '-h', '-t', 'all', `--name=eb-${handles[0]?.[1].session}`, '-o', '%T').trim();
    const start = systemClock.now() + (state === 'PENDING' ? 600_000 : 0);
    const plan = aPlan(aDraft(sh("trap '' TERM; while :; do sleep 0.2; done")), { platform: instance, start, length: 60_000 });
    handles = [[platform, platform.handleOf(plan)]];
    const handle = await platform.prepare(plan, quietWork());
    if (state !== 'PENDING') await platform.start(handle);
    await expect.poll(stateOf, { timeout: 60_000, interval: 50 }).toBe(state === 'PENDING' ? 'PENDING' : 'RUNNING');
    await platform.cancel(handle);
    // Its processes don't listen: it stays COMPLETING for two seconds, until Slurm kills them, and is cancelled once more there (or after, on a busy machine).
    if (state === 'COMPLETING') {
      await expect.poll(stateOf, { timeout: 60_000, interval: 20 }).toMatch(/COMPLETING|CANCELLED/);
      await platform.cancel(handle);
    }
    expect(await ended(platform, handle, handle)).toMatchObject({ outcome: 'cancelled' });
    await platform.cancel(handle);
    await platform.release(handle);
    expect(leftOf(instance, bedConfig(instance).folder)).toEqual([]);
  });
});
