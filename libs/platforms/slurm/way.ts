/** What is asked of Slurm, whichever way in: its command line (`slurm.client.ts`) or slurmrestd (`rest/`). */
import type { Instant, Interval, Milliseconds, Resources, SessionId } from '#model';
import { isUuid } from '#model';
import type { BatchJob, NativeJob, StartOfJob } from '#platforms/batch';

export interface SlurmJob {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly state: string;
  readonly why: string;
  /** As wait() gives it. */
  readonly waitStatus: number;
  readonly comment: string;
  readonly hosts: string;
  /** Seconds since the epoch; anything else is unknown. */
  readonly start: string;
  readonly end: string;
  /** `cpu=8,mem=4000M,gres/gpu:fake=1` */
  readonly tres: string;
  /** Empty for none. */
  readonly reservation: string;
}

/** A host as a member of one partition; there is one for each of its partitions. */
export interface SlurmHost { readonly name: string; readonly partition: string; readonly isUsable: boolean; readonly resources: Resources; readonly longestRun: Milliseconds | undefined }

export interface SlurmReservation {
  readonly name: string; readonly hosts: readonly string[]; readonly interval: Interval; readonly cores: number; readonly users: readonly string[];
  readonly flags: readonly string[];
}

/** How a job's account is named in what is asked; undefined: the broker's own. */
export type Account = string | undefined;

export type WaitingJob = Pick<NativeJob, 'id' | 'session' | 'user' | 'isTimed'>;

export interface SlurmWay {
  submit(job: BatchJob, script: string, when: StartOfJob): Promise<string>;
  /** Jobs by the names of sessions, ended ones included while the controller remembers them; all jobs that have hosts when left out. */
  jobs(sessions?: readonly SessionId[]): Promise<readonly SlurmJob[]>;
  /** What accounting remembers of the sessions. */
  accounted(sessions: readonly SessionId[]): Promise<readonly SlurmJob[]>;
  hosts(): Promise<readonly SlurmHost[]>;
  reservations(): Promise<readonly SlurmReservation[]>;
  /** Lets a held job go, or one that waits for its time. Does no harm to one that was let go. */
  letGo(job: WaitingJob): Promise<void>;
  /** Does no harm to a job that is over or unknown. */
  cancel(job: WaitingJob): Promise<void>;
  /** Version of the cluster, for `eb check --live`. */
  version(): Promise<string>;
}

export const jobName = (session: SessionId): string => `eb-${session}`;

/** The session that a job's or reservation's name tells; undefined for those of others. */
export function sessionOf(name: string): SessionId | undefined {
  const uuid = name.startsWith('eb-') ? name.slice(3) : '';
  return isUuid(uuid) ? uuid as SessionId : undefined;
}

/** What marks a job as one of this broker's: names can be copied by anybody, so can this; the account it runs as can't. */
export function commentOf(instance: string, session: SessionId): string {
  return `execution-broker ${instance} ${session}`;
}

/** Seconds since the epoch as Slurm's commands and REST read them, in any zone. */
export function utsOf(instant: Instant): string {
  return `uts${Math.ceil(instant / 1000)}`;
}

/** Minutes, upwards: the shortest limit that Slurm enforces. */
export function limitMinutes(length: Milliseconds): number {
  return Math.max(1, Math.ceil(length / 60_000));
}

/** What each host of a job gives; generic resources by Slurm's own names. */
export interface Share { readonly hosts: number; readonly cores: number; readonly mebibytes: number; readonly gres: readonly (readonly [string, number])[] }

const plain: ReadonlySet<string> = new Set(['cores', 'memory', 'storage']);

/** A job is spread evenly. */
export function shareOf({ granted, hosts = 1 }: Pick<BatchJob, 'granted' | 'hosts'>): Share {
  const each = (amount: number): number => Math.ceil(amount / hosts);
  const gres = Object.entries(granted).filter(([name, amount]) => !plain.has(name) && amount > 0).map(([name, amount]) => [name, each(amount)] as const);
  return { hosts, cores: each(granted['cores'] ?? 1), mebibytes: each(granted['memory'] ?? 1) * 1024, gres };
}
