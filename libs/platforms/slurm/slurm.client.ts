/** Slurm's commands: what they are asked, and what they answer. */
import { randomUUID } from 'node:crypto';
import type { BrokerError, SessionId } from '#model';
import type { BatchJob, Commands, StartOfJob } from '#platforms/batch';
import { GatheringByAccount } from '#platforms/batch';
import { parseGres, parseLimit, expandHosts, mebibytesPerGibibyte } from './texts.js';
import { faultOf, oneLine } from './faults.js';
import { Submissions } from './submissions.js';
import type { Account, SlurmHost, SlurmJob, SlurmReservation, SlurmWay, WaitingJob } from './way.js';
import { commentOf, jobName, limitMinutes, sessionOf, shareOf, utsOf } from './way.js';

const jobFields = ['UserName', 'State', 'Reason', 'exit_code', 'StartTime', 'EndTime', 'tres-alloc', 'NodeList', 'Reservation', 'Name'] as const;
/** The comment comes last, as it may have the separator in it. */
const jobFormat = (mark: string): string => [`JobID:|${mark}|`, ...jobFields.map((field) => `${field}:|`), 'Comment:'].join(',');
/** Of a job that has begun, or is over, meanwhile. */
const letGoAlready = /already finished|no longer pending/i;
const hostFormat = '%N|%P|%T|%c|%m|%G|%l|%a';
/** Sessions in one command line; the kernel limits its length. */
const mostNames = 1500;

export class CommandLine implements SlurmWay {
  private readonly submissions: Submissions;
  /** What has come to its time together starts by one command. */
  private readonly starts = new GatheringByAccount<string, boolean>(async (ids, user) => (await this.commands.answer(['scontrol', ...startNow(ids)], { user })).code === 0);

  constructor(private readonly commands: Commands, private readonly instance: string) {
    this.submissions = new Submissions(commands);
  }

  async submit(job: BatchJob, script: string, when: StartOfJob): Promise<string> {
    const { hosts, cores, mebibytes, gres } = shareOf(job);
    const argv = [
      'sbatch', '--parsable', '--no-requeue', ...beginOf(when), `--nodes=${hosts}-${hosts}`, `--ntasks=${hosts}`, '--ntasks-per-node=1', `--cpus-per-task=${cores}`,
      `--mem=${mebibytes}M`, `--time=${limitMinutes(job.length)}`, `--job-name=${jobName(job.session)}`, `--comment=${commentOf(this.instance, job.session)}`,
      `--partition=${job.pool}`, `--chdir=${job.folder}`, `--output=${job.output}`, '--open-mode=append', '--input=/dev/null',
      ...(job.account === undefined ? [] : [`--account=${job.account}`]), ...(job.reservation === undefined ? [] : [`--reservation=${job.reservation}`]),
      ...(gres.length === 0 ? [] : [`--gres=${gres.map(([name, amount]) => `${name}:${amount}`).join(',')}`]),
    ];
    return (await this.submissions.submit({ argv, script }, job.user)).trim();
  }

  async jobs(sessions?: readonly SessionId[]): Promise<readonly SlurmJob[]> {
    if (sessions === undefined) return this.queue(['--states=RUNNING,SUSPENDED,COMPLETING']);
    const found: SlurmJob[] = [];
    for (let at = 0; at < sessions.length; at += mostNames) {
      const names = sessions.slice(at, at + mostNames).map(jobName);
      found.push(...await this.queue(['--states=all', `--name=${names.join(',')}`]));
    }
    return found.filter((job) => isOurs(job, this.instance));
  }

  async accounted(sessions: readonly SessionId[]): Promise<readonly SlurmJob[]> {
    const argv = ['sacct', '-n', '-P', '-X', '-a', '--starttime=now-30days', `--name=${sessions.map(jobName).join(',')}`, '--format=JobIDRaw,User,State,ExitCode,JobName'];
    return (await this.linesOf(argv)).map((line) => {
      const field = fieldsOf(line);
      return { id: field(0), user: field(1), state: field(2), waitStatus: waitStatusOf(field(3)), name: field(4), why: 'accounted', comment: '', hosts: '', start: '', end: '', tres: '', reservation: '' };
    });
  }

  async hosts(): Promise<readonly SlurmHost[]> {
    return (await this.linesOf(['sinfo', '--noheader', '--Node', `--format=${hostFormat}`])).map(parseHost);
  }

  async reservations(): Promise<readonly SlurmReservation[]> {
    return (await this.linesOf(['scontrol', '--oneliner', 'show', 'reservation'])).filter((line) => line.startsWith('ReservationName=')).map(parseReservation);
  }

  /** `scontrol` itself tries for some seconds while accounting numbers a new job, so this is for older ones, and for what is overdue. */
  async letGo({ id, user, isTimed }: WaitingJob): Promise<void> {
    // One that is refused is no fault of the others.
    if (isTimed === true && await this.starts.with(id, user)) return;
    await this.ask(['scontrol', ...(isTimed === true ? startNow([id]) : ['release', id])], { user, accepts: letGoAlready });
  }

  async cancel({ id, user }: WaitingJob): Promise<void> {
    await this.ask(['scancel', id], { user, accepts: /Invalid job id|already (completed|finished)/i });
  }

  async version(): Promise<string> {
    return oneLine(await this.ask(['sinfo', '--version'])).replace(/^slurm(-wlm)? /, '');
  }

  private async queue(filter: readonly string[]): Promise<readonly SlurmJob[]> {
    const mark = randomUUID();
    return jobsIn(await this.linesOf(['squeue', '--noheader', ...filter, `--Format=${jobFormat(mark)}`]), mark);
  }

  private async linesOf(argv: readonly string[]): Promise<readonly string[]> {
    return wholeLines(argv[0] ?? '', await this.ask(argv));
  }

  private async ask(argv: readonly string[], more: { readonly user?: Account; readonly accepts?: RegExp } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.commands.answer(argv, more);
    if (code !== 0 && !more.accepts?.test(stderr + stdout)) throw faultOf(argv[0] ?? '', `${stdout} ${stderr}`);
    return stdout;
  }
}

function startNow(ids: readonly string[]): readonly string[] {
  return ['update', `JobId=${[...new Set(ids)].join(',')}`, 'StartTime=now'];
}

function beginOf(when: StartOfJob): readonly string[] {
  return when === 'now' ? [] : [`--begin=${utsOf(when)}`];
}

/** A name is no proof: the comment names the broker's instance too. */
export function isOurs(job: SlurmJob, instance: string): boolean {
  const session = sessionOf(job.name);
  return session !== undefined && job.comment === commentOf(instance, session);
}

/**
 * Anybody can write line breaks into the name and the comment of a job, and so lines that look like jobs of others: only those with the mark
 * of this one call begin a job.
 */
export function jobsIn(lines: readonly string[], mark: string): readonly SlurmJob[] {
  const begins = new RegExp(`^\\d+\\|${mark}\\|`);
  const [first] = lines;
  if (first !== undefined && !begins.test(first)) throw unreadable('squeue', first);
  return lines.filter((line) => begins.test(line)).map((line) => parseJob(line.replace(`|${mark}|`, '|')));
}

/** `id|user|state|…|comment` */
export function parseJob(line: string): SlurmJob {
  const field = fieldsOf(line);
  return {
    id: field(0), user: field(1), state: field(2), why: field(3), waitStatus: Number(field(4)) || 0, start: field(5), end: field(6), tres: field(7), hosts: field(8),
    reservation: given(field(9)), name: field(10), comment: line.split('|').slice(jobFields.length + 1).join('|').trim(),
  };
}

/** States of hosts in which jobs run or may come. */
export const usableStates = new Set(['idle', 'mixed', 'allocated', 'completing', 'reserved', 'planned']);

/** A line of `sinfo --Node` in the client's format. A `*` marks a host that does not answer, other marks its power. */
export function parseHost(line: string): SlurmHost {
  const field = fieldsOf(line);
  const [name, partition, state, cores, memory, gres, limit, availability] = [field(0), field(1), field(2), field(3), field(4), field(5), field(6), field(7)];
  const word = state.toLowerCase().replace(/[~#!%$@^+-]+$/, '');
  return {
    name, partition: partition.replace(/\*$/, ''), isUsable: usableStates.has(word) && availability === 'up',
    resources: { cores: Number(cores) || 0, memory: Math.floor((Number.parseInt(memory, 10) || 0) / mebibytesPerGibibyte), ...parseGres(gres) },
    longestRun: parseLimit(limit),
  };
}

/** A line of `scontrol --oneliner show reservation`, times in seconds since the epoch. */
export function parseReservation(line: string): SlurmReservation {
  const fields = new Map([...line.matchAll(/(\w+)=(\S*)/g)].map(([, key = '', value = '']) => [key, given(value)]));
  const seconds = (key: string): number => (Number(fields.get(key)) || 0) * 1000;
  const list = (key: string): readonly string[] => (fields.get(key) ?? '').split(',').filter((one) => one !== '');
  return {
    name: fields.get('ReservationName') ?? '', hosts: expandHosts(fields.get('Nodes') ?? ''), interval: { start: seconds('StartTime'), end: seconds('EndTime') },
    cores: Number(fields.get('CoreCnt')) || 0, users: list('Users'), flags: list('Flags'),
  };
}

/** The n-th field of a line; empty where the line is shorter. */
function fieldsOf(line: string): (at: number) => string {
  const fields = line.split('|');
  return (at) => fields[at]?.trim() ?? '';
}

function given(value: string): string {
  return value === '(null)' ? '' : value;
}

/** Accounting writes `code:signal`. */
function waitStatusOf(exit: string): number {
  const [code = 0, signal = 0] = exit.split(':').map(Number);
  return code * 256 + signal;
}

/** What was cut off would make jobs and hosts look gone. */
function wholeLines(command: string, text: string): readonly string[] {
  if (text !== '' && !text.endsWith('\n')) throw unreadable(command, text.slice(text.lastIndexOf('\n') + 1));
  return text.split('\n').filter((line) => line.trim() !== '');
}

function unreadable(command: string, line: string): BrokerError {
  return faultOf(command, `its answer can not be read, or was cut off: ${line.slice(0, 80)}`);
}
