/** What differs between command-line schedulers. A dialect speaks the native language and translates; it keeps nothing. */
import type { Instant, Interval, Milliseconds, Resources, SessionId } from '#model';
import type { Finding, Observation, PoolCapacity } from '#plugin-sdk';

/** One queue or partition as a pool, and the largest host in it. */
export interface NativePool {
  readonly name: string;
  readonly total: Resources;
  readonly largestHost: Resources;
  /** Most hosts that one session may be spread over, evenly. */
  readonly mostHosts: number;
  /** True where a session gets a whole host. */
  readonly givesWholeHosts: boolean;
  /** Undefined: no limit. */
  readonly longestRun: Milliseconds | undefined;
  readonly taken: PoolCapacity['taken'];
  readonly endangered?: NonNullable<PoolCapacity['endangered']>;
}

/** All that a submission needs. Kept in the session's folder, so that a job the scheduler lost can be submitted again. */
export interface BatchJob {
  readonly session: SessionId;
  /** Unix account that it runs as; undefined: the broker's own. */
  readonly user?: string;
  readonly account?: string;
  readonly pool: string;
  /** When it is to run. */
  readonly begin: Instant;
  readonly granted: Resources;
  /** It is spread over so many hosts, evenly; one when left out. */
  readonly hosts?: number;
  /** Shortest limit that the scheduler may enforce. */
  readonly length: Milliseconds;
  /** Working folder, and the file that gets stdout and stderr; both on the shared file system. */
  readonly folder: string;
  readonly output: string;
  /** Name of the native reservation that it runs in. */
  readonly reservation?: string;
}

/** A job as the scheduler knows it now. */
export interface NativeJob {
  readonly id: string; readonly session: SessionId; readonly user: string; readonly seen: Observation;
  /** In the scheduler's own words: another word is something new. */
  readonly state: string;
  /** True while it waits for its time, and not for being let go. */
  readonly isTimed?: boolean;
  /** True while it leaves its hosts: why it ended is told when it has. */
  readonly isLeaving?: boolean;
}

/** A wish for capacity that is held natively. */
export interface ReservationWish {
  readonly session: SessionId; readonly user: string; readonly pool: string; readonly granted: Resources; readonly hosts?: number;
  readonly during: Interval; readonly now: Instant;
}

/** At once, or by the scheduler itself at an instant, which keeps its time whatever the broker is busy with. */
export type StartOfJob = 'now' | Instant;

export interface BatchDialect {
  /** True where a pool may spread a session over several hosts. */
  readonly spreads: boolean;
  pools(window: Interval): Promise<readonly NativePool[]>;
  submit(job: BatchJob, script: string, when: StartOfJob): Promise<void>;
  /** Lets a job go that is held or waits for its time. Does no harm to one that was let go already. */
  begin(job: NativeJob): Promise<void>;
  /** Jobs of these sessions that the scheduler still knows, found by the sessions' names, oldest first: one native call for many. */
  list(sessions: readonly SessionId[]): Promise<readonly NativeJob[]>;
  /** The same from accounting, for jobs that the scheduler has forgotten; empty where there is none. */
  account(sessions: readonly SessionId[]): Promise<readonly NativeJob[]>;
  cancel(job: NativeJob): Promise<void>;
  /** Holds capacity and verifies what was really held; gives the name, undefined where none is needed. Repeated, it finds what it made. */
  reserve?(wish: ReservationWish): Promise<string | undefined>;
  /** Does no harm when there is none. */
  unreserve?(session: SessionId): Promise<void>;
  /** What there is to say of the scheduler itself, for `eb check --live`. */
  check?(): Promise<readonly Finding[]>;
}
