/** Slurm's commands: what they are asked, what they answer, and who can mend what they complain about. */
import type { SessionId } from '#model';
import { BrokerError, isUuid, reason } from '#model';
import type { Fixer } from '#model';
import type { BatchJob, Commands } from '#platforms/batch';

export interface SlurmJob {
  readonly id: string; readonly name: string; readonly user: string; readonly state: string; readonly why: string; readonly waitStatus: number;
  readonly comment: string; readonly hosts: string; readonly start: string; readonly end: string; readonly tres: string;
}

const jobFields = ['JobID', 'UserName', 'State', 'Reason', 'exit_code', 'StartTime', 'EndTime', 'tres-alloc', 'NodeList', 'Name'] as const;
/** The comment comes last, as it may have the separator in it. */
const jobFormat = [...jobFields.map((field) => `${field}:|`), 'Comment:'].join(',');
const hostFormat = '%N|%P|%T|%c|%m|%G|%l|%a';
/** Sessions in one command line; the kernel limits its length. */
const mostNames = 1500;

export const jobName = (session: SessionId): string => `eb-${session}`;

/** The session that a job's name tells; undefined for jobs of others. */
export function sessionOf(name: string): SessionId | undefined {
  const uuid = name.startsWith('eb-') ? name.slice(3) : '';
  return isUuid(uuid) ? uuid as SessionId : undefined;
}

export class SlurmClient {
  constructor(private readonly commands: Commands, private readonly instance: string) {}

  async submit(job: BatchJob, script: string, held: boolean): Promise<string> {
    const { granted } = job;
    const gpus = Object.entries(granted).filter(([name, amount]) => name.startsWith('gpu') && amount > 0).map(([name, amount]) => `${name}:${amount}`);
    const argv = [
      'sbatch', '--parsable', '--no-requeue', ...(held ? ['--hold'] : []), '--nodes=1', '--ntasks=1', `--cpus-per-task=${granted['cores'] ?? 1}`,
      `--mem=${(granted['memory'] ?? 1) * 1024}M`, `--time=${Math.max(1, Math.ceil(job.length / 60_000))}`, `--job-name=${jobName(job.session)}`,
      `--comment=${this.commentOf(job.session)}`, `--partition=${job.pool}`, `--chdir=${job.folder}`, `--output=${job.output}`, '--open-mode=append', '--input=/dev/null',
      ...(job.account === undefined ? [] : [`--account=${job.account}`]), ...(job.reservation === undefined ? [] : [`--reservation=${job.reservation}`]),
      ...(gpus.length === 0 ? [] : [`--gres=${gpus.join(',')}`]),
    ];
    return (await this.ask(argv, { user: job.user, stdin: script })).trim();
  }

  /** Jobs by the names of sessions, ended ones included while the controller remembers them; all running jobs when left out. */
  async jobs(sessions?: readonly SessionId[]): Promise<readonly SlurmJob[]> {
    if (sessions === undefined) return this.queue(['--states=RUNNING,SUSPENDED,COMPLETING']);
    const found: SlurmJob[] = [];
    for (let at = 0; at < sessions.length; at += mostNames) {
      const names = sessions.slice(at, at + mostNames).map(jobName);
      found.push(...await this.queue(['--states=all', `--name=${names.join(',')}`]));
    }
    return found.filter((job) => this.isOurs(job));
  }

  /** What accounting remembers of the sessions. */
  async accounted(sessions: readonly SessionId[]): Promise<readonly SlurmJob[]> {
    const out = await this.ask(['sacct', '-n', '-P', '-X', '-a', '--starttime=now-30days', `--name=${sessions.map(jobName).join(',')}`, '--format=JobIDRaw,User,State,ExitCode,JobName']);
    return lines(out).map((line) => {
      const field = fieldsOf(line);
      return { id: field(0), user: field(1), state: field(2), waitStatus: waitStatusOf(field(3)), name: field(4), why: 'accounted', comment: '', hosts: '', start: '', end: '', tres: '' };
    });
  }

  async hosts(): Promise<readonly string[]> {
    return lines(await this.ask(['sinfo', '--noheader', '--Node', `--format=${hostFormat}`]));
  }

  async reservations(): Promise<readonly string[]> {
    return lines(await this.ask(['scontrol', '--oneliner', 'show', 'reservation'])).filter((line) => line.startsWith('ReservationName='));
  }

  /** True when it came about; the complaint otherwise. */
  async reserve(words: readonly string[]): Promise<true | string> {
    const { code, stdout, stderr } = await this.commands.answer(['scontrol', 'create', 'reservation', ...words]);
    return code === 0 ? true : oneLine(`${stdout} ${stderr}`);
  }

  /** True when it is gone, or was never there; false while jobs use it. */
  async unreserve(name: string): Promise<boolean> {
    const { code, stdout, stderr } = await this.commands.answer(['scontrol', 'delete', `ReservationName=${name}`]);
    if (code === 0 || /reservation is invalid/i.test(stderr)) return true;
    if (/in use/i.test(stderr)) return false;
    throw faultOf('scontrol', `${stdout} ${stderr}`);
  }

  async letGo(id: string, user: string): Promise<void> {
    await this.ask(['scontrol', 'release', id], { user, accepts: /already finished|no longer pending/i });
  }

  async cancel(id: string, user: string): Promise<void> {
    await this.ask(['scancel', id], { user, accepts: /Invalid job id|already (completed|finished)/i });
  }

  private async queue(filter: readonly string[]): Promise<readonly SlurmJob[]> {
    return lines(await this.ask(['squeue', '--noheader', ...filter, `--Format=${jobFormat}`])).map(parseJob);
  }

  private isOurs(job: SlurmJob): boolean {
    const session = sessionOf(job.name);
    return session !== undefined && job.comment === this.commentOf(session);
  }

  private commentOf(session: SessionId): string {
    return `execution-broker ${this.instance} ${session}`;
  }

  private async ask(argv: readonly string[], more: { readonly user?: string | undefined; readonly stdin?: string; readonly accepts?: RegExp } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.commands.answer(argv, more);
    if (code !== 0 && !more.accepts?.test(stderr + stdout)) throw faultOf(argv[0] ?? '', `${stdout} ${stderr}`);
    return stdout;
  }
}

export function parseJob(line: string): SlurmJob {
  const field = fieldsOf(line);
  return {
    id: field(0), user: field(1), state: field(2), why: field(3), waitStatus: Number(field(4)) || 0, start: field(5), end: field(6), tres: field(7), hosts: field(8),
    name: field(9), comment: line.split('|').slice(jobFields.length).join('|').trim(),
  };
}

/** The n-th field of a line; empty where the line is shorter. */
export function fieldsOf(line: string): (at: number) => string {
  const fields = line.split('|');
  return (at) => fields[at]?.trim() ?? '';
}

/** Accounting writes `code:signal`. */
function waitStatusOf(exit: string): number {
  const [code = 0, signal = 0] = exit.split(':').map(Number);
  return code * 256 + signal;
}

/** Who can mend what Slurm says; the first that fits. */
const complaints: readonly (readonly [RegExp, 'unavailable' | 'busy' | 'conflict', Fixer])[] = [
  [/unable to contact|connect|timed out|zero bytes|temporarily|standby|try again|resource temporarily/i, 'unavailable', 'time'],
  [/accounting\/QOS policy|submit ?limit|MaxSubmit|too many jobs/i, 'busy', 'time'],
  [/access denied|permission|invalid (user|account|qos)|not permitted|invalid partition|authentication|munge/i, 'unavailable', 'operator'],
];

export function faultOf(command: string, said: string): BrokerError {
  const text = oneLine(said);
  const [, word, fixer] = complaints.find(([pattern]) => pattern.test(text)) ?? [undefined, 'unavailable' as const, 'operator' as const];
  return new BrokerError(word, fixer, [reason('slurm', 'Slurm refused {command}: {said}', { command, said: text }, { level: 'ERROR' })]);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 500);
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
