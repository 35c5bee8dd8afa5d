/** What is special here: containers, data, hosts as a whole, answers that were lost. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft, Executable, Plan, PlannedVolume } from '#model';
import { kinds } from '#model';
import type { Finding, Handle, Observation, Platform } from '#plugin-sdk';
import { aComponentId, aDraft, aPlan, quietWork, someData, someStorage } from '#plugin-sdk/testing';
import { slurmPlugin } from '#platforms/slurm';
import { systemClock } from '#runtime';
import type { BedHost } from './bed.js';
import { bedConfig, bedHost, leftOf, restartController, restOfBed, sh, slurm, untilHostsAreFree, untilStateWritten } from './bed.js';

const instance = `cases-${process.pid}`;
const config = bedConfig(instance, { reservations: { style: 'nodes' } });
const data = new Map<string, Uint8Array>([['mem:stars', Buffer.from('a,b\n1,2\n')]]);

let host: BedHost;
let platform: Platform;
let handles: Handle[];

beforeEach(async () => {
  host = await bedHost(instance, config.folder, data);
  platform = slurmPlugin.create(slurmPlugin.parseConfig(config), host);
  handles = [];
});

afterEach(async () => {
  for (const handle of handles) await platform.release(handle);
  expect(leftOf(instance, config.folder)).toEqual([]);
  await host.close();
});

const size = { cores: 8, memory: 16 };
const container = (...command: readonly string[]): Executable => ({ kind: kinds.dockerContainer, image: { locations: ['bed/busybox:1'] }, command });
const startsIn = (seconds: number): number => Math.ceil(systemClock.now() / 1000 + seconds) * 1000;

function planOf(executable: Executable, more: Partial<Draft> = {}, where: { readonly start?: number; readonly granted?: Plan['granted'] } = {}): Plan {
  const plan = { ...aPlan(aDraft(executable, more), { platform: instance, start: where.start ?? systemClock.now(), length: 60_000 }), granted: where.granted ?? { cores: 1, memory: 1 } };
  handles.push(platform.handleOf(plan));
  return plan;
}

async function run(executable: Executable, more: Partial<Draft> = {}, granted: Plan['granted'] = { cores: 1, memory: 1 }): Promise<Handle> {
  return platform.start(await platform.prepare(planOf(executable, more, { granted }), quietWork()));
}

async function see(handle: Handle): Promise<Observation> {
  return (await platform.observe([handle])).get(handle.session) ?? { seen: 'unknown' };
}

async function ended(handle: Handle): Promise<Observation> {
  await expect.poll(async () => (await see(handle)).seen, { timeout: 90_000, interval: 100 }).toBe('ended');
  return see(handle);
}

async function output(handle: Handle): Promise<string> {
  let all = '';
  for await (const piece of platform.logs?.(handle, { follow: false, signal: new AbortController().signal }) ?? []) all += piece;
  return all;
}

const jobsNamed = (session: string): string[] => slurm('squeue', '-h', '-t', 'all', `--name=eb-${session}`, '-o', '%i %u %T').split('\n').filter((line) => line !== '');

describe('what an operator is told of the cluster', () => {
  const findings = async (more: Readonly<Record<string, unknown>>): Promise<readonly Finding[]> => {
    const unmapped = Object.fromEntries(Object.entries(bedConfig(instance, { reservations: { style: 'cores' }, accounting: true, ...more })).filter(([key]) => key !== 'users'));
    return await slurmPlugin.create(slurmPlugin.parseConfig(unmapped), host).check?.() ?? [];
  };
  it('is good where everything is granted, by command and by slurmrestd', async () => {
    for (const more of [{ prefix: ['env'] }, { prefix: ['env'], rest: restOfBed }]) {
      expect((await findings(more)).filter(({ verdict }) => verdict !== 'good')).toEqual([]);
    }
  });
  it('names what is missing and the command that grants it', async () => {
    const bad = (await findings({ prefix: ['runuser', '-u', 'bob', '--'], partitions: [{ name: 'nowhere' }, { name: 'main' }] })).filter(({ verdict }) => verdict === 'bad');
    expect(bad).toMatchObject([{ about: 'partition nowhere' }, { about: 'reservations' }]);
    const [refused] = (await findings({ prefix: ['runuser', '-u', 'bob', '--'] })).filter(({ verdict }) => verdict === 'bad');
    expect(refused?.fix).toBe('sacctmgr modify user bob set AdminLevel=Operator');
  });
});

describe('a session on the cluster', () => {
  it('runs as the mapped account, with nothing of the broker around it but what was asked for', async () => {
    const handle = await run(sh('id -un; echo "$GREETING $EB_SESSION $EB_CORES"; env | grep -c EB_BED', { environment: { GREETING: "it's" } }));
    await ended(handle);
    expect(await output(handle)).toBe(`alice\nit's ${handle.session} 1\n0\n`);
  });

  it('runs in a container by the launcher of the site, with its data, its variables and its exit code', async () => {
    const stars = someData(kinds.simpleData, 'mem:stars', { fileName: 'stars.csv' });
    const storage = someStorage(kinds.simpleStorage, 1, [stars]);
    const volume: PlannedVolume = { id: aComponentId(), path: '/data', mode: 'READWRITE', storage: storage.id };
    const executable = { ...container('/bin/sh', '-c', 'cat /data/stars.csv; echo "$A"; ls /; echo new >/data/new; exit 5'), environment: { A: 'b c' } };
    const handle = await run(executable, { storage: [storage], data: [stars], volumes: [volume] });
    expect(await ended(handle)).toMatchObject({ outcome: 'failed', exitCode: 5 });
    expect(await output(handle)).toMatch(/^a,b\n1,2\nb c\nbin\n/);
  });

  it('finds its data at the path of its volume as a plain process too', async () => {
    const stars = someData(kinds.simpleData, 'mem:stars', { fileName: 'stars.csv' });
    const storage = someStorage(kinds.simpleStorage, 1, [stars]);
    const volumes: PlannedVolume[] = [{ id: aComponentId(), path: '/in', mode: 'READONLY', storage: storage.id, data: stars.id }];
    const handle = await run(sh('cat in/stars.csv; cat "$EB_VOLUME_0/stars.csv"'), { storage: [storage], data: [stars], volumes });
    expect(await ended(handle)).toMatchObject({ outcome: 'succeeded' });
    expect(await output(handle)).toBe('a,b\n1,2\na,b\n1,2\n');
  });

  it('gets the GPUs of a host that was reserved as a whole', async () => {
    const plan = planOf(sh('echo "$CUDA_VISIBLE_DEVICES"'), {}, { start: startsIn(3), granted: { ...size, 'gpu:fake': 2 } });
    const reserved = await platform.reserve?.(plan);
    const handle = await platform.prepare(plan, quietWork(), reserved);
    await systemClock.sleep(plan.run.start - systemClock.now());
    await platform.start(handle);
    expect(await ended(handle)).toMatchObject({ outcome: 'succeeded' });
    expect(await output(handle)).toBe('0,1\n');
  });

  it('is offered whole hosts where hosts are reserved as a whole', async () => {
    const assessment = await platform.assess(aDraft(sh('true')));
    expect(assessment.fits && assessment.choices).toEqual([[{ pool: `${instance}/main`, min: { ...size, 'gpu:fake': 2 }, max: { ...size, 'gpu:fake': 2 }, during: 'run' }]]);
  });

  it('is submitted once though the answer to its submission was lost', async () => {
    const plan = planOf(sh('sleep 60'), {}, { start: startsIn(60) });
    await platform.prepare(plan, quietWork());
    await slurmPlugin.create(slurmPlugin.parseConfig(config), host).prepare(plan, quietWork());
    expect(jobsNamed(plan.session)).toHaveLength(1);
  });

  it('runs once at its start also when the controller was killed and has lost the waiting job', async () => {
    // What earlier tests released must be on the controller's disk, or it comes back with it.
    await untilStateWritten();
    const plan = planOf(sh('echo ran'), {}, { start: startsIn(20) });
    const handle = await platform.prepare(plan, quietWork());
    await restartController();
    expect((await see(handle)).seen).toMatch(/ready|queued|gone|unknown/);
    await untilHostsAreFree();
    await systemClock.sleep(Math.max(0, plan.run.start - systemClock.now()));
    await platform.start(handle);
    expect(await ended(handle)).toMatchObject({ outcome: 'succeeded' });
    await platform.start(handle);
    expect(await output(handle)).toBe('ran\n');
  }, 300_000);

  it('says so when its job was cancelled on the cluster, past the broker', async () => {
    const handle = await platform.prepare(planOf(sh('true'), {}, { start: startsIn(60) }), quietWork());
    slurm('scancel', `--name=eb-${handle.session}`);
    expect(await see(handle)).toMatchObject({ seen: 'ended', outcome: 'evicted', reason: { kind: 'urn:execution-broker:reason:cancelled' } });
  });

  it('is not taken for a job of the same name that somebody else has submitted', async () => {
    const plan = planOf(sh('echo ran'));
    const comment = `execution-broker ${instance} ${plan.session}`;
    slurm('runuser', '-u', 'bob', '--', 'sbatch', '--parsable', '--hold', `--job-name=eb-${plan.session}`, `--comment=${comment}`, '-D', '/tmp', '-o', '/dev/null', '--wrap=true');
    const handle = await platform.start(await platform.prepare(plan, quietWork()));
    expect(await ended(handle)).toMatchObject({ outcome: 'succeeded' });
    expect(await output(handle)).toBe('ran\n');
    slurm('scancel', '--user=bob');
  });

  it('shows the hosts that others take something of as taken', async () => {
    await untilHostsAreFree();
    slurm('runuser', '-u', 'bob', '--', 'sbatch', '-c3', '--mem=2G', '-t10', '-D', '/tmp', '-o', '/dev/null', '--wrap=sleep 60');
    await expect.poll(() => slurm('squeue', '-h', '-u', 'bob', '-t', 'RUNNING', '-o', '%i').trim(), { interval: 200 }).not.toBe('');
    const now = systemClock.now();
    const [pool] = await platform.capacity({ start: now, end: now + 60_000 });
    expect(pool).toMatchObject({ pool: `${instance}/main`, total: { cores: 32, memory: 64, 'gpu:fake': 8 }, taken: [{ resources: { ...size, 'gpu:fake': 2 } }] });
    expect(pool?.taken[0]?.interval.end).toBeGreaterThan(now + 500_000);
    slurm('scancel', '--user=bob');
  });

  it('keeps no link that its payload made in place of its output', async () => {
    const handle = await run(sh(`rm -f ../output; ln -s /etc/shadow ../output; ln -s ${join('/etc', 'shadow')} ../code.new; echo said`));
    await ended(handle);
    expect(await output(handle)).toBe('');
  });
});
