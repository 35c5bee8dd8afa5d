/** What the live specs share: a configuration for the bed, a host whose commands are real, counted, and can be cut off. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Executable } from '#model';
import { kinds } from '#model';
import type { RunCommand } from '#plugin-sdk';
import { testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { runCommand } from '../../../apps/broker/src/run-command.js';

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

/** SIGKILL, so that it may lose what it did in the last seconds. */
export async function restartController(): Promise<void> {
  const bed = conf.replace('/etc/slurm.conf', '');
  process.kill(Number(readFileSync(`${bed}/run/slurmctld.pid`, 'utf8')), 'SIGKILL');
  await wait(2000);
  startController();
}

export function startController(): void {
  slurm('/usr/sbin/slurmctld', '-f', conf);
}
