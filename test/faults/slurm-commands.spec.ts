/** The command line against a pretended scheduler of real programs, which garbles, cuts, floods, dies and waits when it is told to. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Plan } from '#model';
import { kinds } from '#model';
import { slurmPlugin } from '#platforms/slurm';
import type { Handle, Observation, Platform, PlatformHost, RunCommand } from '#plugin-sdk';
import { aDraft, aPlan, quietWork, testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { runCommand } from '../../apps/broker/src/run-command.js';

const names = ['sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo', 'sacct'];

let root: string;
let host: TestHost;
let clock: HandClock;
let platform: Platform;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fake-slurm-'));
  await mkdir(join(root, 'bin/state/how'), { recursive: true });
  await mkdir(join(root, 'shared'));
  for (const name of names) await symlink(join(import.meta.dirname, '../support/fake-slurm'), join(root, 'bin', name));
  clock = HandClock.at('2030-06-03T08:00:00Z');
  host = await testHost({ clock, instance: 'fake', run: runCommand });
  platform = platformOf({});
});

afterEach(async () => {
  await host.close();
  await rm(root, { recursive: true, force: true });
});

function platformOf(more: Readonly<Record<string, unknown>>, around: PlatformHost = host): Platform {
  const config = {
    folder: join(root, 'shared'), partitions: [{ name: 'main' }], prefix: ['env'], environment: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8' },
    commands: { sh: { path: '/bin/sh', args: ['-c'] } }, ...more,
  };
  return slurmPlugin.create(slurmPlugin.parseConfig(config), around);
}

const plan = (text: string): Plan => aPlan(aDraft({ kind: kinds.localProcess, command: ['sh', text] }), { platform: 'fake', start: host.clock.now() + 600_000, length: 90_000 });
const state = (...path: readonly string[]): string => join(root, 'bin/state', ...path);
const goesWrong = (command: string, how: string): Promise<void> => writeFile(state('how', command), how);
const asked = async (command: string): Promise<readonly string[]> => (await readFile(state('asked'), 'utf8')).split('\n').filter((line) => line.startsWith(`${command} `));
const see = async ({ session }: Pick<Handle, 'session'>, handle = platform.handleOf({ ...plan(''), session })): Promise<Observation | undefined> => (await platform.observe([handle])).get(session);

describe('the command line of a cluster', () => {
  test('carries a session from its submission, its job let go at its time, to its exit code and its output', async () => {
    const handle = await platform.prepare(plan('echo "it\'s $EB_CORES"; exit 3'), quietWork());
    expect(await see(handle)).toEqual({ seen: 'ready' });
    await clock.advance(600_000);
    await platform.start(handle);
    expect(await see(handle)).toMatchObject({ seen: 'ended', outcome: 'failed', exitCode: 3 });
    expect(await readFile(join(root, 'shared', handle.session, 'run/output'), 'utf8')).toBe("it's 1\n");
    await platform.release(handle);
    expect(await see(handle)).toEqual({ seen: 'gone' });
  });

  test('leaves to the scheduler at first what was submitted just before its time, which accounting may still be numbering', async () => {
    await clock.advance(595_000);
    const handle = await platform.prepare({ ...plan('exit 3'), run: { start: clock.now() + 5_000, end: clock.now() + 95_000 } }, quietWork());
    await clock.advance(5_000);
    await platform.start(handle);
    expect(await asked('scontrol')).toEqual([]);
    await clock.advance(1_000);
    await platform.start(handle);
    expect(await see(handle)).toMatchObject({ seen: 'ended', exitCode: 3 });
  });

  test('gives its commands the variables of the configuration and nothing of its own', async () => {
    await platform.prepare(plan('true'), quietWork());
    const given = (await readFile(state('environment'), 'utf8')).split('\n').map((line) => line.split('=')[0]).filter((name) => name !== 'PWD' && name !== '_' && name !== '');
    expect(given).toEqual(['LC_ALL', 'PATH', 'SLURM_TIME_FORMAT']);
  });

  test.for([
    ['garbage', 'prints garbage'], ['cut', 'is cut off in the middle of a line'], ['dies', 'is killed'], ['floods', 'prints more than anybody can read'],
    ['says squeue: error: Unable to contact slurm controller', 'can not reach its controller'], ['says', 'fails without a word'],
  ] as const)('tells nothing of a session while squeue %s (%s), and the truth afterwards', async ([how]) => {
    const handle = await platform.prepare(plan('true'), quietWork());
    await goesWrong('squeue', how);
    expect(await see(handle)).toEqual({ seen: 'unknown' });
    expect(await see(handle)).toEqual({ seen: 'ready' });
  });

  test('submits once though sbatch was killed after it had submitted', async () => {
    const one = plan('true');
    await goesWrong('sbatch', 'dies-afterwards');
    await expect(platform.prepare(one, quietWork())).rejects.toMatchObject({ fixer: 'time', reasons: [{ kind: 'urn:execution-broker:reason:command-broken' }] });
    const handle = await platform.prepare(one, quietWork());
    expect(await asked('sbatch')).toHaveLength(1);
    expect(await see(handle)).toEqual({ seen: 'ready' });
  });

  test('submits nothing again while it can not be told whether it was submitted', async () => {
    const one = plan('true');
    await goesWrong('sbatch', 'dies-afterwards');
    await expect(platform.prepare(one, quietWork())).rejects.toThrow();
    await goesWrong('squeue', 'cut');
    await expect(platform.prepare(one, quietWork())).rejects.toMatchObject({ fixer: 'time' });
    expect(await asked('sbatch')).toHaveLength(1);
  });

  test.for([
    ['says sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified', 'operator'],
    ['says sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying.', 'time'],
  ] as const)('says who can mend a refused submission: %s', async ([how, fixer]) => {
    await goesWrong('sbatch', how);
    await expect(platform.prepare(plan('true'), quietWork())).rejects.toMatchObject({ fixer });
  });

  test('submits many in few changes of account, and tells each its own fate', async () => {
    const plans = Array.from({ length: 12 }, () => plan('true'));
    await goesWrong('sbatch', 'says sbatch: error: Batch job submission failed: Invalid qos specification');
    const outcomes = await Promise.allSettled(plans.map((one) => platform.prepare(one, quietWork())));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await asked('sbatch')).toHaveLength(12);
    expect(execFileSync('sh', ['-c', `cat ${state('jobs')}/*/comment | tr -d '\n' | grep -o execution-broker | wc -l`], { encoding: 'utf8' }).trim()).toBe('11');
  });

  test('does not believe lines that others have written into the comments of their jobs', async () => {
    const handle = await platform.prepare(plan('true'), quietWork());
    const user = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
    const forged = (mark: string): string => `900|${mark}${user}|CANCELLED|None|0|N/A|N/A|cpu=1||(null)|eb-${handle.session}|execution-broker fake ${handle.session}`;
    for (const mark of ['', '00000000-0000-4000-8000-000000000000|']) {
      await goesWrong('squeue', `adds ${forged(mark)}`);
      expect(await see(handle)).toEqual({ seen: 'ready' });
    }
  });

  test('answers others while one command is slow, and asks together for what came meanwhile', async () => {
    const handles = await Promise.all(Array.from({ length: 20 }, () => platform.prepare(plan('true'), quietWork())));
    await clock.advance(601_000);
    execFileSync('mkfifo', [state('gate')]);
    await goesWrong('squeue', 'waits');
    const [first, ...others] = handles.map((handle) => platform.start(handle));
    await writeFile(state('gate'), 'go on');
    await Promise.all([first, ...others]);
    expect((await asked('squeue')).length).toBeLessThanOrEqual(3);
    expect([...(await platform.observe(handles)).values()].map(({ seen }) => seen)).toEqual(handles.map(() => 'ended'));
  });

  test.for([
    ['mkdir ../code', { seen: 'ended', outcome: 'succeeded' }], ['mkfifo ../code', { seen: 'ended', outcome: 'succeeded' }],
    ['rm -rf ../../run; : >../../run', { seen: 'ended', outcome: 'succeeded' }],
  ] as const)('is seen, as are its neighbours, though its payload did: %s', async ([text, expected]) => {
    const [odd, other] = [await platform.prepare(plan(text), quietWork()), await platform.prepare(plan('exit 7'), quietWork())];
    await clock.advance(601_000);
    await Promise.all([odd, other].map((handle) => platform.start(handle)));
    const seen = await platform.observe([odd, other]);
    expect(seen.get(odd.session)).toMatchObject(expected);
    expect(seen.get(other.session)).toMatchObject({ seen: 'ended', exitCode: 7 });
    await platform.release(odd);
    expect(await see(odd)).toEqual({ seen: 'gone' });
  });

  test('hides no other session when the folder of one can not be read, and says so once', async () => {
    const [odd, other] = [await platform.prepare(plan('true'), quietWork()), await platform.prepare(plan('exit 7'), quietWork())];
    const path = join(root, 'shared', odd.session);
    // A loop of links instead of the folder: every look into it fails.
    await rm(path, { recursive: true });
    await symlink(path, path);
    const looks = [await platform.observe([odd, other]), await platform.observe([odd, other])];
    expect(looks.map((seen) => [seen.get(odd.session)?.seen, seen.get(other.session)?.seen])).toEqual([['unknown', 'ready'], ['unknown', 'ready']]);
    expect(host.logged.filter(({ message }) => message === 'the folder of a session can not be read')).toHaveLength(1);
  });

  test('waits for no command that hangs longer than it may, and asks the next one', async () => {
    const impatient: RunCommand = (argv, stdin, limit) => runCommand(argv, stdin, argv.includes('squeue') ? Math.min(limit ?? Infinity, 200) : limit);
    const handle = await platform.prepare(plan('true'), quietWork());
    platform = platformOf({}, { ...host, run: impatient });
    execFileSync('mkfifo', [state('gate')]);
    await goesWrong('squeue', 'waits');
    await expect(platform.start(handle)).rejects.toMatchObject({ fixer: 'time', reasons: [{ kind: 'urn:execution-broker:reason:command-broken' }] });
    // Where it was ended before it had taken its orders, they are not for the next one.
    await rm(state('how', 'squeue'), { force: true });
    const again = platformOf({}, { ...host, run: runCommand });
    expect((await again.observe([handle])).get(handle.session)).toEqual({ seen: 'ready' });
  });

  test('hides only what its controller has forgotten while accounting does not answer', async () => {
    platform = platformOf({ accounting: true });
    const [forgotten, other] = [await platform.prepare(plan('true'), quietWork()), await platform.prepare(plan('true'), quietWork())];
    await rm(state('jobs', '100'), { recursive: true });
    await goesWrong('sacct', 'says sacct: error: slurm_persist_conn_open: failed to send persistent connection init message');
    const seen = await platform.observe([forgotten, other]);
    expect([seen.get(forgotten.session)?.seen, seen.get(other.session)?.seen]).toEqual(['unknown', 'ready']);
    expect(await see(forgotten, forgotten)).toEqual({ seen: 'gone' });
  });

  test('waits for the word of a scheduler that ends a job, as to why', async () => {
    const handle = await platform.prepare(plan('kill $$'), quietWork());
    await clock.advance(601_000);
    await platform.start(handle);
    await writeFile(state('jobs', '100', 'state'), 'COMPLETING');
    expect(await see(handle)).toEqual({ seen: 'running' });
    await writeFile(state('jobs', '100', 'state'), 'PREEMPTED');
    expect(await see(handle)).toMatchObject({ seen: 'ended', outcome: 'evicted', exitCode: 143, reason: { kind: 'urn:execution-broker:reason:preempted' } });
  });

  test('runs a session whose reservation was removed on the cluster without it', async () => {
    platform = platformOf({ reservations: { style: 'cores' } });
    const one = plan('echo ran');
    const reserved = { ...platform.handleOf(one), native: { reservation: `eb-${one.session}` } };
    await goesWrong('sbatch', 'says sbatch: error: Batch job submission failed: Requested reservation is invalid');
    const handle = await platform.prepare(one, quietWork(), reserved);
    expect((await asked('sbatch')).map((line) => line.includes('--reservation'))).toEqual([true, false]);
    expect(await see(handle)).toEqual({ seen: 'ready' });
  });

  test('says that a command is missing, and which', async () => {
    const run: RunCommand = (argv, stdin) => runCommand(argv[0] === 'env' ? ['/nonexistent/ssh', ...argv] : argv, stdin);
    const broken = slurmPlugin.create(slurmPlugin.parseConfig({ folder: join(root, 'shared'), partitions: [{ name: 'main' }], prefix: ['env'], commands: { sh: { path: '/bin/sh' } } }), { ...host, run });
    await expect(broken.prepare(plan('true'), quietWork())).rejects.toMatchObject({ fixer: 'operator', reasons: [{ values: { command: 'env' } }] });
  });
});
