/**
 * A ledger's profile at a version of the store's log, and how it moves on: by own commits, first tried on what is known, and
 * under the store's lock for a while after a conflict, and by following what others committed.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Log, Milliseconds } from '#model';
import type { LedgerEvent } from './booking.js';
import type { CommitBatch, CommitResult, LedgerStore } from './booking-store.js';
import { isCommitUnknown, isLogPruned } from './booking-store.js';
import type { Command, Decision, Outcome } from './decide.js';
import { decide } from './decide.js';
import type { Overbooking } from './profile.js';
import { historyStart, Profile } from './profile.js';

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

type Missed = readonly { readonly version: number; readonly events: readonly LedgerEvent[] }[];
type Outcomes = readonly Outcome<unknown>[];

/** After a conflict, so many batches are decided under the store's lock, so that nobody starves. */
const lockedAfterConflict = 64;
const pauseInDoubt: Milliseconds = 1000;

export class Replica {
  private lockedBatches = 0;
  private isClosing = false;

  private constructor(private readonly options: LedgerOptions, private own: Profile, private version: number) {}

  static async load(options: LedgerOptions): Promise<Replica> {
    const { profile, version } = await read(options);
    return new Replica(options, profile, version);
  }

  get profile(): Profile {
    return this.own;
  }

  /** Decides and commits. Throws when the store refuses or can't be reached; then nothing of it is in the profile. */
  async commit(commands: readonly Command<unknown>[], whileInDoubt: (cause: unknown) => void): Promise<Outcomes> {
    for (;;) {
      if (!this.own.isWholeAt(this.options.clock.now())) await this.reload();
      const outcomes = await this.tryOnce(commands, whileInDoubt);
      if (outcomes) return outcomes;
    }
  }

  private async tryOnce(commands: readonly Command<unknown>[], whileInDoubt: (cause: unknown) => void): Promise<Outcomes | undefined> {
    try {
      return await (this.lockedBatches > 0 ? this.tryLocked(commands, whileInDoubt) : this.tryFirst(commands, whileInDoubt));
    } catch (cause) {
      if (!isLogPruned(cause)) throw cause;
      this.options.log.warn('this replica slept longer than the log is kept; it reads the ledger anew', { version: this.version });
      await this.reload();
      return undefined;
    }
  }

  /** From now on a commit whose fate is unknown is no longer asked after. */
  close(): void {
    this.isClosing = true;
  }

  /** Forgets what is in memory and reads the store again. */
  async reload(): Promise<void> {
    const { profile, version } = await read(this.options);
    this.own = profile;
    this.version = version;
  }

  /** An empty batch still asks the store whether anything was missed, so that no refusal is stale. */
  private async tryFirst(commands: readonly Command<unknown>[], whileInDoubt: (cause: unknown) => void): Promise<Outcomes | undefined> {
    const decision = this.decide(commands);
    if (!decision.batch) {
      const missed = await this.options.store.since(this.version);
      this.follow(missed);
      return missed.length === 0 ? decision.outcomes : undefined;
    }
    return this.conclude(() => decision, this.options.store.commit(this.version, decision.batch), whileInDoubt);
  }

  private tryLocked(commands: readonly Command<unknown>[], whileInDoubt: (cause: unknown) => void): Promise<Outcomes | undefined> {
    let decision: Decision | undefined;
    const committing = this.options.store.commitLocked(this.version, (missed) => {
      this.follow(missed);
      decision = this.decide(commands);
      return decision.batch;
    });
    this.lockedBatches--;
    return this.conclude(() => decision, committing, whileInDoubt);
  }

  /** Undefined: somebody else was first, decide again. */
  private async conclude(made: () => Decision | undefined, committing: Promise<CommitResult>, whileInDoubt: (cause: unknown) => void): Promise<Outcomes | undefined> {
    let result: CommitResult;
    try {
      result = await committing;
    } catch (cause) {
      const decision = made();
      decision?.undo();
      if (decision?.batch && isCommitUnknown(cause) && await this.wasCommitted(decision.batch, () => { whileInDoubt(cause); })) return decision.outcomes;
      throw cause;
    }
    const decision = made();
    if (result.kind === 'committed' && decision) {
      this.version = result.version;
      return decision.outcomes;
    }
    decision?.undo();
    this.lockedBatches = lockedAfterConflict;
    this.follow(await this.options.store.since(this.version));
    return undefined;
  }

  /** Waits for the store and looks in the log, under its lock so that a commit still on its way is seen. */
  private async wasCommitted(batch: CommitBatch, waiting: () => void): Promise<boolean> {
    const events: unknown = JSON.parse(JSON.stringify(batch.events));
    for (;;) {
      let isThere = false;
      try {
        await this.options.store.commitLocked(this.version, (missed) => {
          isThere = missed.some((one) => isDeepStrictEqual(one.events, events));
          this.follow(missed);
          return undefined;
        });
        return isThere;
      } catch (cause) {
        if (isThere) return true;
        // The log can't tell any more: it stays unknown.
        if (isLogPruned(cause)) return false;
        this.options.log.warn('it is unknown whether a commit to the ledger was made; asking again', { cause });
        waiting();
        if (this.isClosing) return false;
        await this.options.clock.sleep(pauseInDoubt);
      }
    }
  }

  private follow(missed: Missed): void {
    for (const { version, events } of missed) {
      for (const event of events) {
        this.own.apply(event);
        for (const overbooking of this.own.overbookedBy(event)) this.options.alarm(overbooking, version);
      }
      this.version = version;
    }
  }

  private decide(commands: readonly Command<unknown>[]): Decision {
    return decide(this.own, commands, this.options.clock.now());
  }
}

async function read({ store, clock, grain, horizon, memory = 0 }: LedgerOptions): Promise<{ profile: Profile; version: number }> {
  const now = clock.now();
  const snapshot = await store.snapshot(historyStart({ horizon, memory }, now));
  return { profile: Profile.from(snapshot, { grain, horizon, memory }, now), version: snapshot.version };
}
