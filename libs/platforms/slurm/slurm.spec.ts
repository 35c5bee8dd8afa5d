/** Against recorded outputs, ugly ones first; against a real Slurm: test/live/slurm. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Executable, Plan, SessionId } from '#model';
import { kinds } from '#model';
import type { Platform, RunCommand } from '#plugin-sdk';
import { aDraft, aPlan, quietWork, testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { poolsOf } from './capacity.js';
import { faultOf } from './faults.js';
import { slurmPlugin } from './index.js';
import { parseHost, parseJob, parseReservation } from './slurm.client.js';
import { exitCodeOf, StateTable } from './slurm.states.js';
import { expandHosts, parseGres, parseLimit, parseTres } from './texts.js';

const recorded = (name: string): string[] => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8').trimEnd().split('\n');
const jobs = recorded('squeue.txt').map(parseJob);
const view = { hosts: recorded('sinfo.txt').map(parseHost), jobs, reservations: recorded('reservations.txt').map(parseReservation) };
const when = { start: 1795238050_000, end: 1795238100_000 };

describe('what Slurm prints', () => {
  test('is read field by field, with separators in a comment', () => {
    expect(jobs[4]).toEqual({ id: '159', user: 'bob', state: 'RUNNING', why: 'None', waitStatus: 0, start: '1795238076', end: '1795238676', tres: 'cpu=3,mem=2G,node=2,billing=3', hosts: 'n[1,3]', reservation: '', name: 'wrap', comment: 'x a b|c' });
  });
  test.for([['n1', ['n1']], ['n[1-3,05],gpu1', ['n1', 'n2', 'n3', 'n05', 'gpu1']], ['n[08-10]-ib', ['n08-ib', 'n09-ib', 'n10-ib']], ['', []]] as const)('names the hosts of %s', ([list, names]) => {
    expect(expandHosts(list)).toEqual(names);
  });
  test('names as many hosts as a range has, whatever its width', () => {
    fc.assert(fc.property(fc.nat(5000), fc.nat(300), fc.integer({ min: 1, max: 6 }), (from, more, width) => {
      const pad = (number: number): string => String(number).padStart(width, '0');
      const names = expandHosts(`n[${pad(from)}-${pad(from + more)}]`);
      expect(names).toHaveLength(more + 1);
      expect(names.at(-1)).toBe(`n${pad(from + more)}`);
    }));
  });
  test.for([['7-00:00:00', 604_800_000], ['1:00:00', 3_600_000], ['30:00', 1_800_000], ['infinite', undefined], ['n/a', undefined]] as const)('limits a run: %s', ([text, length]) => {
    expect(parseLimit(text)).toBe(length);
  });
  test('counts generic resources by name and type', () => {
    expect(parseGres('gpu:a100:4(S:0-1),shard:8,gpu:2')).toEqual({ 'gpu:a100': 4, shard: 8, gpu: 2 });
    expect(parseGres('(null)')).toEqual({});
  });
  test('rounds memory up to whole GiB', () => {
    expect(parseTres('cpu=8,mem=4000M,node=2,billing=8,gres/gpu=1,gres/gpu:fake=1')).toEqual({ cores: 8, memory: 4, 'gpu:fake': 1 });
    expect(parseTres('')).toEqual({ cores: 0, memory: 0 });
  });
  test.for([[0, 0], [768, 3], [15, 143], [9, 137]] as const)('wait status %s is exit code %s', ([status, code]) => {
    expect(exitCodeOf(status)).toBe(code);
  });
  test.for([
    ['slurm_load_jobs error: Unable to contact slurm controller (connect failure)', 'time'], ['Batch job submission failed: Socket timed out on send/recv operation', 'time'],
    ['sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, …)', 'time'],
    ['Error creating the reservation: Unexpected message received', 'time'],
    ['sbatch: error: Batch job submission failed: Invalid partition name specified', 'operator'], ['something new', 'operator'],
  ] as const)('says who can mend it: %s', ([said, fixer]) => {
    expect(faultOf('sbatch', said)).toMatchObject({ fixer, reasons: [{ values: { command: 'sbatch' } }] });
  });
});

describe('the pools of a cluster', () => {
  const all = { atMost: {}, gpus: undefined, mostHosts: 1 };
  const rules = { partitions: [{ name: 'main', ...all }], window: when, wholeHosts: false, overrun: 30_000 };
  const sessionsOf = (taken: readonly { session?: SessionId }[]): unknown[] => taken.map(({ session: owner }) => owner);

  test('count a host for the first partition that has it, and not when it is drained or does not answer', () => {
    const [short, main] = poolsOf(view, { ...rules, partitions: [{ name: 'short', ...all }, { name: 'main', ...all }] });
    expect([short?.total, short?.longestRun]).toEqual([{ cores: 16, memory: 32, 'gpu:fake': 4 }, 3_600_000]);
    expect(main?.total).toEqual({ cores: 8, memory: 16, 'gpu:fake': 2, shard: 8 });
  });
  test('show what is taken, and which of it belongs to sessions', () => {
    const [main] = poolsOf(view, rules);
    expect(main?.taken).toContainEqual({ interval: { start: 1795238076_000, end: 1795238707_000 }, resources: { cores: 3, memory: 2 } });
    expect(main?.taken).toContainEqual({ interval: { start: 1795238051_000, end: 1795238106_000 }, resources: { cores: 8, memory: 16, 'gpu:fake': 2 } });
    expect(sessionsOf(main?.taken ?? [])).toContain('52fe607a-a7a3-4dd7-b608-78c76ba0f801');
  });
  test('are taken by whole hosts where sessions get whole hosts', () => {
    const [main] = poolsOf(view, { ...rules, wholeHosts: true });
    expect(main?.taken).toContainEqual({ interval: { start: 1795238076_000, end: 1795238707_000 }, resources: { cores: 16, memory: 32, 'gpu:fake': 4, shard: 8 } });
  });
  test('are taken once by a reservation and the jobs in it, and without an end by a job without a limit', () => {
    const job = { ...jobs[4], reservation: 'eb2' } as (typeof jobs)[number];
    const endless = { ...jobs[4], end: 'Unknown', id: '170' } as (typeof jobs)[number];
    const [main] = poolsOf({ ...view, jobs: [job, endless] }, rules);
    expect(main?.taken.filter(({ resources }) => resources['cores'] === 3).map(({ interval }) => interval.end).sort()).toEqual([1795238106_000, Infinity]);
  });
  test('name sessions whose host was drained, or that maintenance was laid over', () => {
    const [own] = view.reservations;
    if (!own) throw new Error('the recording has a reservation');
    const drained = view.hosts.map((host) => (host.name === 'n1' ? { ...host, isUsable: false } : host));
    expect(poolsOf({ ...view, hosts: drained }, rules)[0]?.endangered).toMatchObject([{ session: '52fe607a-a7a3-4dd7-b608-78c76ba0f801', reason: { values: { note: 'host n1 was drained or is down' } } }]);
    const upkeep = { ...own, name: 'patches', flags: ['MAINT', 'SPEC_NODES'] };
    expect(poolsOf({ ...view, reservations: [own, upkeep] }, rules)[0]?.endangered).toMatchObject([{ reason: { values: { note: 'maintenance patches was laid over it' } } }]);
    expect(poolsOf(view, rules)[0]?.endangered).toEqual([]);
  });
  test('have no more than the broker may use', () => {
    const [main] = poolsOf(view, { ...rules, partitions: [{ ...all, name: 'main', atMost: { cores: 10 }, gpus: 1 }] });
    expect(main?.total).toEqual({ cores: 10, memory: 48, 'gpu:fake': 1, shard: 8 });
  });
});

const session = '52fe607a-a7a3-4dd7-b608-78c76ba0f801' as SessionId;
const sh = (text: string): Executable => ({ kind: kinds.localProcess, command: ['sh', text] });

describe('the platform by recorded answers', () => {
  let host: TestHost;
  let folder: string;
  let answers: (argv: readonly string[], stdin?: string) => Partial<Awaited<ReturnType<RunCommand>>>;
  let asked: string[][];
  let platform: Platform;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slurm-'));
    asked = [];
    answers = () => ({});
    host = await testHost({ clock: HandClock.at('2030-06-03T08:00:00Z'), instance: 'bed', run: (argv, stdin) => {
      const words = argv.slice(argv.findIndex((word) => word.startsWith('SLURM_TIME_FORMAT')) + 1);
      asked.push([...words]);
      return Promise.resolve({ code: 0, stdout: '', stderr: '', ...answers(words, stdin) });
    } });
    const config = { folder, partitions: [{ name: 'main' }], prefix: ['ssh', 'login1'], commands: { sh: { path: '/bin/sh', args: ['-c'] } }, reservations: { style: 'cores' } };
    platform = slurmPlugin.create(slurmPlugin.parseConfig(config), host);
  });
  afterEach(async () => {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  });

  const plan = (text = 'true'): Plan => aPlan(aDraft(sh(text)), { platform: 'bed', session, start: host.clock.now() + 600_000, length: 90_000 });
  const listing = (state: string): string => `155|alice|${state}|0|N/A|N/A|cpu=1||(null)|eb-${session}|execution-broker bed ${session}\n`;

  /** A line as squeue prints it in the format that it is asked for. */
  const listed = (argv: readonly string[], line: string): string => line.replace('|', `|${/JobID:\|([^|]+)\|/.exec(argv.join(' '))?.[1]}|`);

  test('submits one job that the cluster itself starts in time, named after its session, with its limit rounded up to minutes', async () => {
    await platform.prepare(plan(), quietWork());
    const [sbatch] = asked.filter(([command]) => command === 'sbatch');
    expect(sbatch).toEqual(expect.arrayContaining(['--begin=uts1906704600', '--no-requeue', '--time=2', '--mem=1024M', `--job-name=eb-${session}`, `'--comment=execution-broker bed ${session}'`]));
    expect(await readFile(join(folder, session, 'script'), 'utf8')).toContain('/bin/sh -c true');
  });

  test('quotes words for the shell of a remote host', async () => {
    await platform.prepare(plan("echo it's"), quietWork());
    expect(await readFile(join(folder, session, 'script'), 'utf8')).toContain(String.raw`/bin/sh -c 'echo it'\''s'`);
  });

  test('does not submit again what an answer that was lost had submitted', async () => {
    answers = ([command]) => (command === 'sbatch' ? { code: 1, stderr: 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n' } : {});
    await expect(platform.prepare(plan(), quietWork())).rejects.toMatchObject({ fixer: 'time' });
    answers = (argv) => ({ stdout: argv[0] === 'squeue' ? listed(argv, listing('PENDING|JobHeldUser')) : '' });
    const handle = await platform.prepare(plan(), quietWork());
    expect(asked.filter(([command]) => command === 'sbatch')).toHaveLength(1);
    expect((await platform.observe([handle])).get(session)?.seen).toBe('ready');
  });

  test('does not look for a job of what it prepared after its time and never submitted, and looks when it is told to start that again', async () => {
    const handle = await platform.prepare({ ...plan(), run: { start: host.clock.now(), end: host.clock.now() + 90_000 } }, quietWork());
    await platform.start(handle);
    expect(asked.map(([command]) => command)).toEqual(['sbatch']);
    answers = (argv) => ({ stdout: argv[0] === 'squeue' ? listed(argv, listing('RUNNING|None')) : '' });
    await platform.start(handle);
    expect(asked.map(([command]) => command)).toEqual(['sbatch', 'squeue']);
  });

  test('reads a job as its own only by name and comment', async () => {
    answers = (argv) => ({ stdout: argv[0] === 'squeue' ? listed(argv, `160|bob|RUNNING|None|0|N/A|N/A|cpu=8||(null)|eb-${session}|\n`) : '' });
    await platform.prepare(plan(), quietWork());
    await platform.prepare(plan(), quietWork());
    expect(asked.filter(([command]) => command === 'sbatch')).toHaveLength(2);
  });

  test('refuses a reservation that is smaller than what was wished, and removes it', async () => {
    const made = `ReservationName=eb-${session} StartTime=${(plan().run.start) / 1000} EndTime=${plan().run.end / 1000} Nodes=n1 NodeCnt=1 CoreCnt=0 Users=alice\n`;
    answers = (argv) => ({ stdout: { id: 'alice\n', sinfo: `${recorded('sinfo.txt').join('\n')}\n`, scontrol: argv[1] === '--oneliner' ? made : '' }[argv[0] ?? ''] ?? '' });
    await expect(platform.reserve?.(plan())).rejects.toMatchObject({ word: 'conflict', reasons: [{ values: { said: 'it has only 0 cores' } }] });
    expect(asked).toContainEqual(['scontrol', 'delete', `ReservationName=eb-${session}`]);
  });

  test.for(['Requested reservation is invalid', 'Requested nodes are busy'])('is a conflict, which frees the booking, when no reservation can be had: %s', async (said) => {
    answers = (argv) => (argv[1] === 'create' ? { code: 1, stderr: `Error creating the reservation: ${said}\n` } : { stdout: 'alice\n' });
    await expect(platform.reserve?.(plan())).rejects.toMatchObject({ word: 'conflict', fixer: 'time', reasons: [{ kind: 'urn:execution-broker:reason:not-reserved' }] });
  });

  test('reserves cores of all hosts together', async () => {
    const spread = slurmPlugin.create(slurmPlugin.parseConfig({ folder, partitions: [{ name: 'main', hosts: 2 }], prefix: ['ssh', 'login1'], commands: { sh: { path: '/bin/sh' } }, reservations: { style: 'cores' } }), host);
    answers = (argv) => ({ ...(argv[1] === 'create' ? { code: 1, stderr: 'Requested nodes are busy\n' } : {}), stdout: argv[0] === 'sinfo' ? `${recorded('sinfo.txt').join('\n')}\n` : '' });
    await expect(spread.reserve?.({ ...plan(), granted: { cores: 12, memory: 4 }, pools: ['bed/main' as never] })).rejects.toMatchObject({ word: 'conflict' });
    expect(asked.find((argv) => argv[1] === 'create')).toEqual(expect.arrayContaining(['NodeCnt=2', 'CoreCnt=12']));
  });

  test('says what to grant when it may not make reservations', async () => {
    answers = (argv) => (argv[1] === 'create' ? { code: 1, stderr: 'Error creating the reservation: Invalid user id\n' } : { stdout: 'alice\n' });
    await expect(platform.reserve?.(plan())).rejects.toMatchObject({ fixer: 'operator', message: expect.stringContaining('AdminLevel=Operator') as string });
  });

  test('can not tell of sessions while the controller does not answer', async () => {
    const handle = await platform.prepare(plan(), quietWork());
    answers = () => ({ code: 1, stderr: 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n' });
    expect((await platform.observe([handle])).get(session)).toEqual({ seen: 'unknown' });
  });

  test('takes a job that the controller has forgotten for gone if its payload never began', async () => {
    const handle = await platform.prepare(plan(), quietWork());
    expect((await platform.observe([handle])).get(session)).toEqual({ seen: 'gone' });
  });
});

describe('native states', () => {
  test('that are not listed read unknown and are told once', async () => {
    const host = await testHost({ clock: HandClock.at('2030-06-03T08:00:00Z') });
    const table = new StateTable(host.log);
    const seen = [jobs[6], jobs[6]].map((job) => job && table.observe(job));
    expect(seen).toEqual([{ seen: 'unknown' }, { seen: 'unknown' }]);
    expect(host.logged).toHaveLength(1);
    await host.close();
  });
  test.for([['Priority', undefined], ['PartitionDown', 'urn:execution-broker:reason:held-up'], ['AssocMaxJobsLimit', 'urn:execution-broker:reason:held-up']] as const)('a job that waits for %s tells what keeps it, where that is more than its turn', async ([why, kind]) => {
    const host = await testHost({ clock: HandClock.at('2030-06-03T08:00:00Z') });
    const seen = new StateTable(host.log).observe({ state: 'PENDING', why, waitStatus: 0 });
    expect([seen.seen, seen.seen === 'queued' ? seen.reason?.kind : seen]).toEqual(['queued', kind]);
    await host.close();
  });
  test.for([[0, { seen: 'ready' }], [1, { seen: 'ended', outcome: 'evicted' }], [2, { seen: 'ended', outcome: 'failed', exitCode: 3 }], [3, { seen: 'ended', outcome: 'failed', exitCode: 137 }], [5, { seen: 'queued' }]] as const)(
    'line %s of the recording', async ([line, expected]) => {
      const host = await testHost({ clock: HandClock.at('2030-06-03T08:00:00Z') });
      const job = jobs[line];
      expect(job && new StateTable(host.log).observe(job)).toMatchObject(expected);
      await host.close();
    },
  );
});
