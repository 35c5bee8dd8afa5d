/** The contract of an execution system that a node runs sessions on. Suite: `#plugin-sdk/testing`, `platformContract`. */
import type {
  AcceleratorType, Clock, Connector, CredentialUse, Draft, Interval, KeptStorageId, Kind, Log, Milliseconds, Outcome, Plan, PoolId, Progress, Reason, ResolvedData, Resources, SessionId, Span,
} from '#model';
import type { ConfigSchema } from './config-schema.js';

/** One execution system. Stateless: what it must remember is in the handle. Throws BrokerError for expected failures. */
export interface Platform {
  /** What it can ever run. Cheap; does not change between calls. */
  capabilities(): Promise<Capabilities>;
  /**
   * Each pool's total in the window, and what is in use of it by then. Shared platforms are asked every few seconds while somebody
   * wants offers: answer from as few native calls as possible.
   */
  capacity(window: Interval): Promise<readonly PoolCapacity[]>;
  /** Could this draft run here, and how long would each step take? No side effect; refuses with reasons, never by throwing. */
  assess(draft: Draft): Promise<Assessment>;
  /** Everything short of running: images, data, volumes, a held job. Safe to repeat: it takes effect once per session. */
  prepare(plan: Plan, work: Work, reserved?: Handle): Promise<Handle>;
  /** Sets it running, whether or not it was approached. Safe to repeat: it runs once. */
  start(handle: Handle): Promise<Handle>;
  /** Where each session is now: one native call for many. Never throws; what it can't tell is `unknown`. */
  observe(handles: readonly Handle[]): Promise<ReadonlyMap<SessionId, Observation>>;
  /** Asks the payload to stop, then forces it; the effect shows in `observe`. Safe to repeat and in any state. */
  cancel(handle: Handle): Promise<void>;
  /** Leaves nothing behind, from any half-done point. Safe to repeat. */
  release(handle: Handle): Promise<void>;

  /**
   * A handle for whatever `prepare` may have left when its answer was lost (crash, failure): enough for cancel and release,
   * found by the session's identifier alone. Needed so that a half-done prepare leaves nothing.
   */
  handleOf(plan: Plan): Handle;

  /** The payload's output so far and, with `follow`, until it ends. Pieces of text, not lines. */
  logs?(handle: Handle, options: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<string>;
  /** Hints that something moved; `observe` still tells the truth. Ends when the signal aborts. */
  changes?(signal: AbortSignal): AsyncIterable<SessionId>;
  /**
   * Does ahead what a start takes time for; called `approachTime` before the booked start, or as soon as it is prepared after that. The
   * platform sees to it that nothing runs before that start, also when nobody calls `start` any more. Safe to repeat; doing nothing is allowed.
   */
  approach?(handle: Handle): Promise<void>;
  /** Holds capacity natively: a Slurm or PBS reservation, a Blazar lease. */
  reserve?(plan: Plan): Promise<Handle>;
  /**
   * Gives a prepared or running session other amounts of cores and memory, while it goes on. Safe to repeat; when it rejects,
   * the session has what it had. Assess tells for which drafts.
   */
  resize?(handle: Handle, granted: Resources): Promise<void>;
  /**
   * Compares what the configuration promises with the real system: reached, version, rights, names, clocks. For an operator (`eb check
   * --live`), so it may take its time; it changes nothing that stays. What can't be looked at any more is a finding too, not an error.
   */
  check?(): Promise<readonly Finding[]>;
  /** Removes storage that was kept, with what is in it. Safe to repeat, also for what was never made. Needed where `keeps` is declared. */
  discard?(kept: KeptStorageId): Promise<void>;
  /** Frees what the instance itself holds (connections, watchers), not sessions. */
  close?(): Promise<void>;
}

/** One thing that was looked at. */
export interface Finding {
  /** A word or two: connection, version, right to reserve. */
  readonly about: string;
  /** Doubtful: it works, with less than was promised. */
  readonly verdict: 'good' | 'doubtful' | 'bad';
  /** What was seen, for the operator; no secrets. */
  readonly seen: string;
  /** What mends it: the command that grants it, where there is one. */
  readonly fix?: string;
}

/** What `prepare` is given for its work on one session. */
export interface Work { readonly signal: AbortSignal; progress(now: Progress): void }

export interface Capabilities {
  readonly executables: readonly Kind[];
  readonly storage: readonly Kind[];
  readonly data: readonly Kind[];
  /** Kinds of data that it brings itself, with no resolver of the node. */
  readonly brings?: readonly Kind[];
  /** Protocols of the ways in that it can open. */
  readonly connectors: readonly string[];
  readonly longestRun: Milliseconds;
  /** Types of accelerators that sessions can ask for; none when left out. */
  readonly accelerators?: readonly AcceleratorType[];
  /** Most hosts that a session can be spread over; one when left out. */
  readonly mostHosts?: number;
  /** True where the system itself ends a session at its booked end, so that it can't be given a later one. */
  readonly hasFixedEnd?: boolean;
  /** How long before a booked start {@link Platform.approach} is to be called; never when left out. */
  readonly approachTime?: Milliseconds;
  /** Set where storage outlives sessions (kind persistent-storage): GiB that are set aside for it, and how long at most it stays after its last session. */
  readonly keeps?: Keeps;
  /** Owned: only this broker schedules there. Shared: others do too. */
  readonly capacity: 'owned' | 'shared';
}

/** `sharing`: several sessions may read the same one at a time. */
export interface Keeps { readonly gib: number; readonly longest: Milliseconds; readonly sharing: boolean }

export interface PoolCapacity {
  readonly pool: PoolId;
  readonly total: Resources;
  readonly taken: readonly Taken[];
  /** Sessions whose place on the platform is in danger: its host is drained, maintenance was laid over it. Their owners are told. */
  readonly endangered?: readonly { readonly session: SessionId; readonly reason: Reason }[];
}

/** What somebody uses or has reserved. Without a known end, `interval.end` is Infinity. */
export interface Taken {
  readonly interval: Interval;
  readonly resources: Resources;
  /** Set for what belongs to a session, also of another broker on the same system: each broker knows its own and leaves those out. */
  readonly session?: SessionId;
}

/** A wish on one pool: at least `min`, useful up to `max`, for the run alone or from preparing until released. */
export interface Demand {
  readonly pool: PoolId; readonly min: Resources; readonly max: Resources; readonly during: 'run' | 'stay';
  /** The session would be spread over so many hosts; one when left out. */
  readonly hosts?: number;
}

/** Each choice is one way to place the draft: all its demands together. Choices are alternatives, best first. */
export type Assessment =
  | { readonly fits: false; readonly reasons: readonly Reason[] }
  | {
      readonly fits: true; readonly choices: readonly (readonly Demand[])[];
      readonly preparing: Span; readonly queued: Span; readonly releasing: Span; readonly remarks?: readonly Reason[];
      /** True: {@link Platform.resize} works on this draft once it runs. */
      readonly resizable?: boolean;
    };

/** Opaque to the broker, which keeps it with the session across restarts and upgrades. Plain JSON, no secrets. */
export interface Handle { readonly session: SessionId; readonly version: number; readonly native: unknown }

/** Gone is knowledge (the broker moves on), unknown is the lack of it (the broker waits). */
export type Observation =
  | { readonly seen: 'preparing' | 'ready' | 'running'; readonly connectors?: readonly Connector[] }
  /** `reason`: what keeps it waiting, where that is more than its turn. */
  | { readonly seen: 'queued'; readonly reason?: Reason }
  | { readonly seen: 'ended'; readonly outcome: Outcome; readonly exitCode?: number; readonly reason?: Reason }
  | { readonly seen: 'gone' | 'unknown' };

export interface PlatformPlugin<Config> {
  /** Word in the configuration's `type`. */
  readonly name: string;
  readonly schema: ConfigSchema;
  /** Fills defaults into what the schema has accepted, and checks what a schema can't say; throws ConfigFault. */
  parseConfig(raw: unknown): Config;
  create(config: Config, host: PlatformHost): Platform;
  /** The most of each resource that one pool has, where the configuration alone tells it: other keys are judged by it before a start. */
  largest?(config: Config): Resources | undefined;
}

/** All I/O of a plugin comes through here, so that it can be driven by recorded answers and counted. */
export interface PlatformHost {
  /** Name of this instance in the configuration; pools are `name/pool`. */
  readonly instance: string;
  /** Whom it works for; left out where no node is behind it. */
  readonly node?: NodeOfPlatform;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch: typeof fetch;
  readonly run: RunCommand;
  /** Folder of this instance's own, kept over restarts; created on first use. */
  readonly folder: string;
  /** Writes into the audit record that a credential is about to be used for a session. What can't be written down must not be done. */
  readonly recordUse: RecordUse;
  /** Brings one data resource into a folder as `data.fileName`, size and checksum verified. Safe to repeat. */
  readonly stage: Stage;
}

/** `name`: of the configuration. `identity`: shared by all replicas of a node, and no other node's; unknown to who only looks at the configuration. */
export interface NodeOfPlatform { readonly name: string; readonly identity?: string }

export type RecordUse = (use: CredentialUse) => Promise<void>;
export type Stage = (data: ResolvedData, folder: string, work: Work) => Promise<{ readonly path: string; readonly bytes: number }>;
/** What has not come to its end within the limit is killed, with all that it started, and has no answer: ETIMEDOUT. */
export type RunCommand = (argv: readonly string[], stdin?: string, limit?: Milliseconds) => Promise<{ code: number; stdout: string; stderr: string }>;
