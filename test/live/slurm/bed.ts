/** What the live specs share: a configuration for the bed, a host whose commands are real, counted, and can be cut off. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Executable } from '#model';
import { kinds } from '#model';
import type { RunCommand } from '#plugin-sdk';
import { testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { runCommand } from '../../../apps/broker/src/run-command.js';
import { until } from '../../support/replica.js';

export const conf = process.env.SLURM_CONF ?? '';
const scratch = process.env.EB_BED_SCRATCH ?? '';
export const images = process.env.EB_BED_IMAGES ?? '';
/** Accounts are put behind it. */
export const podmanRuns = process.env.EB_BED_PODMAN_RUNS ?? '';
if (scratch === '') throw new Error('the bed is not up; run: npm run test:live -- slurm');

export function bedConfig(name: string, more: Readonly<Record<string, unknown>> = {}): { readonly folder: string } & Readonly<Record<string, unknown>> {
  return {
    folder: join(scratch, name), conf, partitions: [{ name: 'main' }],
    users: { asUser: ['runuser', '-u', '{user}', '--'], map: { 'local:tester': { user: 'alice' } } },
    commands: { sh: { path: '/bin/sh', args: ['-c'] } }, variables: ['GREETING'],
    docker: { launcher: 'charliecloud', images: { 'bed/*': join(images, 'busybox') } },
    ...more,
  };
}

/** slurmrestd of the bed, with the key that its controller knows. */
export const restOfBed = { url: process.env.EB_BED_REST ?? '', version: 'v0.0.38', user: 'alice', token: { keyFile: process.env.EB_BED_KEY ?? '' } };

export const sh = (text: string, more: Partial<Executable> = {}): Executable => ({ kind: kinds.localProcess, command: ['sh', text], ...more });

export interface BedHost extends TestHost { calls: number; isCutOff: boolean }

export async function bedHost(instance: string, folder: string, data: ReadonlyMap<string, Uint8Array> = new Map()): Promise<BedHost> {
  await mkdir(folder, { recursive: true });
  const state = { calls: 0, isCutOff: false };
  const run: RunCommand = (argv, stdin) => {
    state.calls += 1;
    if (state.isCutOff) return Promise.resolve({ code: 1, stdout: '', stderr: 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n' });
    return runCommand(argv, stdin);
  };
  const counted: typeof fetch = (...call) => {
    state.calls += 1;
    return state.isCutOff ? Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })) : fetch(...call);
  };
  return Object.assign(state, await testHost({ clock: systemClock, instance, run, data, fetch: counted }));
}

export type AskSlurm = (...argv: readonly string[]) => string;

/** A command of the bed's operator, who is root. */
export const slurm: AskSlurm = (...argv) => askOf(conf)(...argv);

export function askOf(configuration: string): AskSlurm {
  return (file = '', ...rest) => execFileSync(file, rest, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20, env: { ...process.env, SLURM_CONF: configuration, SLURM_TIME_FORMAT: '%s' } });
}

/** Everything of an instance that is still there: living jobs, reservations, folders. */
export function leftOf(instance: string, folder: string, ask: AskSlurm = slurm): readonly string[] {
  const jobs = ask('squeue', '-h', '-O', 'JobID:|,State:|,Comment:').split('\n').filter((line) => line.includes(`execution-broker ${instance} `));
  const reservations = ask('scontrol', '-o', 'show', 'res').split('\n').filter((line) => line.includes('ReservationName=eb-'));
  return [...jobs, ...reservations, ...(existsSync(folder) ? readdirSync(folder) : [])];
}

/** What a suite that failed has left must not fail the others. */
export function clearReservations(): void {
  for (const [, name = ''] of slurm('scontrol', '-o', 'show', 'res').matchAll(/ReservationName=(eb-\S+)/g)) slurm('scontrol', 'delete', `ReservationName=${name}`);
}

/** No job has a host any more, and all hosts answer: what one test leaves to the next. A controller that has just come back does not know its hosts yet. */
export async function untilHostsAreFree(): Promise<void> {
  const areIdle = (): boolean => {
    try {
      return slurm('sinfo', '-h', '-N', '-p', 'main', '-o', '%T').trim().split('\n').every((state) => state === 'idle');
    } catch {
      // The controller does not answer yet.
      return false;
    }
  };
  await until('all hosts are idle', () => Promise.resolve(areIdle()), 120);
}

/** A daemon that nobody has waited for is a zombie: its work is over. */
export async function untilEnded(pid: number): Promise<void> {
  const isOver = (): boolean => execFileSync('ps', ['-eo', 'pid=,stat='], { encoding: 'utf8' }).split('\n').every((line) => Number.parseInt(line, 10) !== pid || line.trim().split(/\s+/)[1]?.startsWith('Z'));
  await until(`process ${pid} has ended`, () => Promise.resolve(isOver()));
}

/**
 * The controller writes its state some seconds after it changed, and loses what is not written when it is killed. It writes all jobs
 * at once, then reservations: when it has written of a second job that was submitted after it wrote of a first one, it has written all that
 * went before both.
 */
export async function untilStateWritten(): Promise<void> {
  for (let rounds = 0; rounds < 2; rounds += 1) await untilMarkerWritten();
}

async function untilMarkerWritten(): Promise<void> {
  const name = `marker-${randomUUID()}`;
  const job = slurm('runuser', '-u', 'bob', '--', 'sbatch', '--parsable', '--hold', `--job-name=${name}`, '-D', '/tmp', '-o', '/dev/null', '--wrap=true').trim();
  try {
    await expect.poll(() => readFileSync(conf.replace('/etc/slurm.conf', '/state/job_state')).includes(name), { timeout: 60_000, interval: 250 }).toBe(true);
  } finally {
    slurm('scancel', job);
  }
}

/** SIGKILL, so that it may lose what it did in the last seconds. */
export async function restartController(): Promise<void> {
  const bed = conf.replace('/etc/slurm.conf', '');
  const pid = Number(readFileSync(`${bed}/run/slurmctld.pid`, 'utf8'));
  process.kill(pid, 'SIGKILL');
  await untilEnded(pid);
  await wait(2000);
  startController();
}

export function startController(): void {
  slurm('/usr/sbin/slurmctld', '-f', conf);
}
