/**
 * The broker beside the cluster's own commands, on a Slurm of its own (`test/beds/slurm`, as root): trivial sessions until they have run,
 * beside as many `sbatch` through the same change of account; one look at many sessions beside the bare `squeue`; a capacity read beside
 * the bare calls.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { offerSetIdFrom, sessionIdOf } from '#model';
import type { SessionId } from '#model';
import { slurmPlugin } from '#platforms/slurm';
import type { Platform } from '#plugin-sdk';
import { testHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';
import { runCommand } from '../apps/broker/src/run-command.js';
import type { Measure } from './measure.js';
import { BenchNode, inParallel, quantile } from './node/process.js';
import type { Json } from './node/process.js';

const script = fileURLToPath(new URL('../test/beds/slurm/bed.sh', import.meta.url));
const run_ = promisify(execFile);
const asAlice = ['runuser', '-u', 'alice', '--'];
const kind = 'urn:execution-broker:kind:executable:local-process';
const workers = 8;
/** Between two looks whether all have begun: asking is work for the node too. */
const pause = 250;

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  if (process.getuid?.() !== 0) throw new Error('the bed of this bench needs root');
  const bed = await Bed.start();
  try {
    const sessions = quick ? 40 : 200;
    const bare = await bed.plainJobs(sessions);
    const without = await bed.sessions(sessions, {}) / bare;
    const withReservations = await bed.sessions(sessions, { reservations: { style: 'cores' } }) / bare;
    const look = await bed.observing(quick ? 200 : 1000);
    const read = await bed.reading(quick ? 100 : 600);
    return [
      measure('slurm-sessions-over-sbatch', without, 1.5), measure('slurm-reserved-sessions-over-sbatch', withReservations, 3),
      measure('slurm-observe-over-squeue', look, 1.2), measure('slurm-capacity-over-bare-calls', read, 2),
    ];
  } finally {
    await bed.stop();
  }
}

function measure(name: string, value: number, goal: number): Measure {
  return { name, value, unit: 'ratio', goal: `<= ${goal}`, holds: value <= goal };
}

/** Sixteen hosts of 128 cores. */
class Bed {
  private constructor(private readonly folder: string, private readonly around: NodeJS.ProcessEnv, private readonly conf: string, private readonly scratch: string) {}

  static async start(): Promise<Bed> {
    const folder = await mkdtemp(join(tmpdir(), 'eb-bench-slurm-'));
    await chmod(folder, 0o755);
    const around = { ...process.env, EB_BED: join(folder, 'beds', 'slurm'), EB_BED_OWN: join(folder, 'beds', 'own'), EB_BED_CHECKOUT: folder, EB_BED_NODES: '16', EB_BED_CPUS: '128', EB_BED_PORT: '8817' };
    await run_('bash', [script, 'start'], { env: around });
    const said = await readFile(join(folder, '.eb/beds/slurm/env'), 'utf8');
    const told = new Map(said.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    return new Bed(folder, around, told.get('SLURM_CONF') ?? '', told.get('EB_BED_SCRATCH') ?? '');
  }

  async stop(): Promise<void> {
    await run_('bash', [script, 'stop'], { env: this.around });
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Seconds from the first submission until none of the jobs waits any more. */
  async plainJobs(count: number): Promise<number> {
    const began = performance.now();
    await inParallel(Array.from({ length: count }, (_, index) => index), workers, async () => {
      await run_(asAlice[0] ?? '', [...asAlice.slice(1), 'env', '-i', 'PATH=/usr/bin:/bin', `SLURM_CONF=${this.conf}`, 'sbatch', '--parsable', '-n1', '--mem=100M', '-t1', '-D', '/tmp', '-o', '/dev/null', '--wrap=true']);
    });
    while ((await this.ask('squeue', '-h', '-t', 'PENDING', '-o', '%i')).trim() !== '') await wait(pause);
    const seconds = (performance.now() - began) / 1000;
    process.stderr.write(`  ${count} plain jobs in ${seconds.toFixed(2)} s\n`);
    return seconds;
  }

  /** Seconds from the first acceptance until none of the sessions waits any more. */
  async sessions(count: number, more: object): Promise<number> {
    const folder = join(this.scratch, randomUUID());
    await mkdir(folder, { recursive: true });
    const node = await BenchNode.start({ booking: { grain: 'PT1S', offerExpiry: 'PT1M', mostOffers: 1 }, platforms: [{ name: 'cluster', type: 'slurm', ...this.config(folder), preparing: 'PT0S', ...more }] });
    try {
      const began = performance.now();
      await inParallel(Array.from({ length: count }, (_, index) => index), workers, async () => {
        await node.book({ executable: { kind, command: ['sh', 'true'] }, schedule: { requested: { duration: 'PT5M' } } });
      });
      await this.allStarted(node, count);
      const seconds = (performance.now() - began) / 1000;
      process.stderr.write(`  ${count} sessions${Object.keys(more).length > 0 ? ' with reservations' : ''} in ${seconds.toFixed(2)} s\n`);
      return seconds;
    } finally {
      await node.stop();
    }
  }

  /** Median of a look at many sessions ÷ of the one call that it needs. */
  async observing(count: number): Promise<number> {
    const { platform, folder, close } = await this.platform();
    const sessions = Array.from({ length: count }, (): SessionId => sessionIdOf(offerSetIdFrom(randomUUID()), 0));
    await inParallel(sessions, workers, async (session) => {
      await mkdir(join(folder, session), { recursive: true });
      await writeFile(join(folder, session, 'submitted'), '');
      await run_(asAlice[0] ?? '', [...asAlice.slice(1), 'env', '-i', 'PATH=/usr/bin:/bin', `SLURM_CONF=${this.conf}`, 'sbatch', '--parsable', '--hold', `--job-name=eb-${session}`, `--comment=execution-broker cluster ${session}`, '-n1', '-t1', '-D', '/tmp', '-o', '/dev/null', '--wrap=true']);
    });
    const handles = sessions.map((session) => ({ session, version: 1, native: { user: 'alice' } }));
    const names = sessions.map((session) => `eb-${session}`).join(',');
    const [looks, bare]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < 15; turn += 1) {
      bare.push(await timed(() => this.ask('squeue', '--noheader', '--states=all', `--name=${names}`, '--Format=JobID:|,UserName:|,State:|,Reason:|,exit_code:|,StartTime:|,EndTime:|,tres-alloc:|,NodeList:|,Reservation:|,Name:|,Comment:')));
      looks.push(await timed(() => platform.observe(handles)));
    }
    const seen = await platform.observe(handles);
    if ([...seen.values()].some((one) => one.seen !== 'ready')) throw new Error('not every session was seen');
    await this.ask('scancel', '--state=PENDING');
    await close();
    return quantile(looks, 0.5) / quantile(bare, 0.5);
  }

  /** Median of a capacity read with many jobs running ÷ of the bare calls, side by side as it makes them. */
  async reading(jobs: number): Promise<number> {
    const { platform, close } = await this.platform();
    await inParallel(Array.from({ length: jobs }, (_, index) => index), workers, async () => {
      await run_('runuser', ['-u', 'bob', '--', 'env', '-i', 'PATH=/usr/bin:/bin', `SLURM_CONF=${this.conf}`, 'sbatch', '--parsable', '-n1', '--mem=100M', '-t60', '-D', '/tmp', '-o', '/dev/null', '--wrap=sleep 600']);
    });
    while ((await this.ask('squeue', '-h', '-t', 'PENDING', '-o', '%i')).trim() !== '') await wait(200);
    const [reads, bare]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < 15; turn += 1) {
      const now = systemClock.now();
      bare.push(await timed(() => Promise.all([
        this.ask('sinfo', '--noheader', '--Node', '--format=%N|%P|%T|%c|%m|%G|%l|%a'), this.ask('scontrol', '--oneliner', 'show', 'reservation'),
        this.ask('squeue', '--noheader', '--states=RUNNING,SUSPENDED,COMPLETING', '--Format=JobID:|,UserName:|,State:|,Reason:|,exit_code:|,StartTime:|,EndTime:|,tres-alloc:|,NodeList:|,Reservation:|,Name:|,Comment:'),
      ])));
      reads.push(await timed(() => platform.capacity({ start: now, end: now + 86_400_000 })));
    }
    await close();
    return quantile(reads, 0.5) / quantile(bare, 0.5);
  }

  private config(folder: string): object {
    return {
      folder, conf: this.conf, partitions: [{ name: 'main' }], users: { asUser: ['runuser', '-u', '{user}', '--'], map: { '*': { user: 'alice' } } },
      commands: { sh: { path: '/bin/sh', args: ['-c'] } },
    };
  }

  private async platform(): Promise<{ platform: Platform; folder: string; close(): Promise<void> }> {
    const folder = join(this.scratch, randomUUID());
    await mkdir(folder, { recursive: true });
    const host = await testHost({ clock: systemClock, instance: 'cluster', run: runCommand });
    return { platform: slurmPlugin.create(slurmPlugin.parseConfig(this.config(folder)), host), folder, close: () => host.close() };
  }

  /** Asked for those that still wait, as `squeue` is for plain jobs: what all of them are like is work that the node has of this bench alone. */
  private async allStarted(node: BenchNode, count: number): Promise<void> {
    const listed = async (query: string): Promise<Json[]> => (await node.call('GET', `/sessions?${query}`)).body.sessions as Json[];
    while ((await listed('phase=ACCEPTED,WAITING,PREPARING,AVAILABLE&limit=1')).length > 0) await wait(pause);
    const phases = (await listed(`limit=${count}`)).map((one) => String(one.phase));
    if (phases.length !== count || phases.includes('FAILED')) throw new Error(`not all went well: ${phases.join(' ')}`);
  }

  private async ask(...argv: readonly string[]): Promise<string> {
    const [file = '', ...rest] = argv;
    return (await run_(file, rest, { env: { PATH: process.env['PATH'], SLURM_CONF: this.conf, SLURM_TIME_FORMAT: '%s' }, maxBuffer: 64 * 2 ** 20 })).stdout;
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
