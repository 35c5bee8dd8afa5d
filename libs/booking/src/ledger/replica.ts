/**
 * A ledger's profile at a version of the store's log, and how it moves on: by own commits, first tried on what is known, and
 * in turns for a while after a conflict, and by following what others committed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Instant, Log, Milliseconds } from '#model';
import type { CommitBatch, Committed, CommitResult, LedgerStore, Turn } from '../booking-store.js';
import { isCommitUnknown, isLogPruned } from '../booking-store.js';
import { BatchDraft } from './decide.js';
import type { Overbooking } from '../profile/profile.js';
import { historyStart, Profile } from '../profile/profile.js';

export interface LedgerOptions {
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Times are rounded outward to it for accounting; the same as the store's. */
  readonly grain: Milliseconds;
  /** How far ahead anything is offered. */
  readonly horizon: Milliseconds;
  /** How far back accounts are counted; default: not further than reports look. */
  readonly memory?: Milliseconds;
  /** Called when another replica has overbooked: a bug or a foreign writer, for the operator. */
  alarm(overbooking: Overbooking, version: number): void;
}

/** After a conflict, so many batches are committed in turns, so that nobody starves. */
const inTurnsAfterConflict = 64;
/** A turn ends with the batch that reaches one of these: in it the others wait. */
const mostPerTurn = 16;
const longestTurn: Milliseconds = 100;
const pauseInDoubt: Milliseconds = 1000;

interface OwnTurn { readonly turn: Turn; readonly begun: Instant; batches: number }

export class Replica {
  private inTurns = 0;
  private own: OwnTurn | undefined;
  private isClosing = false;

  private constructor(private readonly options: LedgerOptions, private known: Profile, private version: number) {}

  static async load(options: LedgerOptions): Promise<Replica> {
    const { profile, version } = await read(options);
    return new Replica(options, profile, version);
  }

  get profile(): Profile {
    return this.known;
  }

  /** False after the clock was set back far, until {@link makeReady}. */
  get isWhole(): boolean {
    return this.known.isWholeAt(this.options.clock.now());
  }

  /** A batch on what is known and what was decided before. */
  draft(): BatchDraft {
    const { store, clock } = this.options;
    return new BatchDraft(this.known, clock.now(), (row) => { store.prepare?.(row); });
  }

  /** Knows what a decision has to stand on: to be awaited when nothing is decided that is not committed. */
  async makeReady(): Promise<void> {
    if (!this.isWhole) await this.reload();
    if (this.inTurns === 0 || this.own) return;
    await this.orReload(async () => {
      const turn = await this.options.store.takeTurn(this.version);
      this.own = { turn, begun: this.options.clock.now(), batches: 0 };
      this.follow(turn.missed);
    });
  }

  /**
   * Commits on the version that is known. False: somebody else was first; everything that is not committed has to be taken
   * back then, and {@link catchUp} called. Without a batch it asks whether anything was missed, so that no refusal is stale.
   */
  async commit(batch: CommitBatch | undefined): Promise<boolean> {
    if (!batch) return (await this.options.store.since(this.version)).length === 0;
    const result = await this.send(batch);
    if (result.kind === 'conflict') return false;
    this.version = result.version;
    return true;
  }

  /** True while nobody else can commit before the next batch, or nobody seems to want to. */
  get mayLookAhead(): boolean {
    return this.isWhole && (this.inTurns === 0 || this.own !== undefined);
  }

  /** After a conflict. */
  async catchUp(): Promise<void> {
    this.inTurns = inTurnsAfterConflict;
    await this.rest();
    await this.orReload(async () => { this.follow(await this.options.store.since(this.version)); });
  }

  /** Nothing more to do: the others need not wait. */
  async rest(): Promise<void> {
    const { own } = this;
    this.own = undefined;
    await own?.turn.leave();
  }

  /** From now on a commit whose fate is unknown is no longer asked after. */
  close(): void {
    this.isClosing = true;
  }

  /** Forgets what is in memory and reads the store again. */
  async reload(): Promise<void> {
    const { profile, version } = await read(this.options);
    this.known = profile;
    this.version = version;
  }

  /**
   * After a commit whose answer was lost, taken back in memory: waits for the store and looks in the log, in a turn so that a
   * commit still on its way is seen. What is found there is followed.
   */
  async wasCommitted(batch: CommitBatch | undefined, cause: unknown, waiting: () => void): Promise<boolean> {
    if (!batch || !isCommitUnknown(cause)) return false;
    const events: unknown = JSON.parse(JSON.stringify(batch.events));
    for (;;) {
      try {
        await this.rest();
        const turn = await this.options.store.takeTurn(this.version);
        const isThere = turn.missed.some((one) => isDeepStrictEqual(one.events, events));
        this.follow(turn.missed);
        this.own = { turn, begun: this.options.clock.now(), batches: 0 };
        return isThere;
      } catch (again) {
        // The log can't tell any more: it stays unknown.
        if (isLogPruned(again)) return false;
        this.options.log.warn('it is unknown whether a commit to the ledger was made; asking again', { cause: again });
        waiting();
        if (this.isClosing) return false;
        await this.options.clock.sleep(pauseInDoubt);
      }
    }
  }

  private send(batch: CommitBatch): Promise<CommitResult> {
    const { own } = this;
    if (!own) return this.options.store.commit(this.version, batch);
    own.batches += 1;
    this.inTurns = Math.max(0, this.inTurns - 1);
    const isLast = own.batches >= mostPerTurn || this.inTurns === 0 || this.options.clock.now() - own.begun >= longestTurn;
    if (isLast) this.own = undefined;
    return own.turn.commit(this.version, batch, isLast);
  }

  private async orReload(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      if (!isLogPruned(cause)) throw cause;
      this.options.log.warn('this replica slept longer than the log is kept; it reads the ledger anew', { version: this.version });
      await this.reload();
    }
  }

  private follow(missed: Committed): void {
    for (const { version, events } of missed) {
      for (const event of events) {
        this.known.apply(event);
        for (const overbooking of this.known.overbookedBy(event)) this.options.alarm(overbooking, version);
      }
      this.version = version;
    }
  }
}

async function read({ store, clock, grain, horizon, memory = 0 }: LedgerOptions): Promise<{ profile: Profile; version: number }> {
  const now = clock.now();
  const snapshot = await store.snapshot(historyStart({ horizon, memory }, now));
  return { profile: Profile.from(snapshot, { grain, horizon, memory }, now), version: snapshot.version };
}
