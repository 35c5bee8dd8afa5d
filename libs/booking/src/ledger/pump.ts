/**
 * Serves what waits: decides in memory, has one commit under way at a time, and decides the next batch meanwhile on what that
 * one will have done. Nobody is answered before his commit. Whoever decided on an old version is told by the commit itself;
 * then everything not committed is taken back and decided again.
 */
import { BrokerError, reason } from '#model';
import type { BatchDraft, Outcome } from './decide.js';
import { Lanes, mostPerBatch } from './lanes.js';
import type { Waiting } from './lanes.js';
import type { LedgerOptions, Replica } from './replica.js';

/** From so many on, half goes first and the other half is decided meanwhile; of fewer, two commits would cost more than that saves. */
const worthHalving = 24;

/** Commands that are decided together, in their order. */
class Round {
  readonly waiting: Waiting[] = [];
  readonly outcomes: Outcome<unknown>[] = [];
  private asks = 0;

  constructor(readonly draft: BatchDraft) {}

  /** Decides as many as have room, at most `most`. */
  fillFrom(lanes: Lanes, now: () => number, most = mostPerBatch): void {
    const taken = lanes.take(Math.min(most, mostPerBatch - this.waiting.length), { asks: this.asks, named: this.draft.named });
    for (const { command: { set } } of taken) if (set !== undefined) this.draft.named.add(set);
    for (const one of taken) {
      this.waiting.push(one);
      if (one.isAsk) this.asks += 1;
      this.outcomes.push(this.draft.decide(one.command, now()));
    }
  }

  answer(): void {
    for (const [index, one] of this.waiting.entries()) one.settle(this.outcomes[index] ?? { ok: false, error: unavailable('no decision was made', undefined) });
  }
}

export class Pump {
  private readonly lanes = new Lanes();
  /** Waited together with one that the store refused: each is tried by itself. */
  private suspects: Waiting[] = [];
  /** Decided while a commit is under way, on what that one will have done. */
  private ahead: Round | undefined;
  private isUnderWay = false;
  private running: Promise<void> | undefined;
  private isClosed = false;

  constructor(private readonly options: LedgerOptions, private readonly replica: Replica) {}

  submit(waiting: Waiting): void {
    if (this.isClosed) return waiting.settle({ ok: false, error: unavailable('the node is closing', undefined) });
    this.lanes.put(waiting);
    if (this.isUnderWay) this.lookAhead();
    this.running ??= this.run();
  }

  /** Finishes what is queued, unless the store is away: that is given up. Later commands are refused. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.replica.close();
    await this.running;
  }

  private async run(): Promise<void> {
    await Promise.resolve();
    let done: Round | undefined;
    while (done || this.isWaitedFor) {
      const round = this.ahead ?? (done ? undefined : await this.begin());
      this.ahead = undefined;
      const committing = round && this.commit(round);
      // Only now, so that the store has work while they are answered.
      done?.answer();
      done = await committing;
      if (!done && !this.isWaitedFor) await this.rest();
    }
    this.running = undefined;
  }

  private get isWaitedFor(): boolean {
    return this.ahead !== undefined || this.lanes.size + this.suspects.length > 0;
  }

  /** A round on what is committed; undefined when the store can't be reached, and then those who waited know. */
  private async begin(): Promise<Round | undefined> {
    try {
      await this.replica.makeReady();
    } catch (cause) {
      this.failAll(cause);
      return undefined;
    }
    const round = new Round(this.replica.draft());
    const [suspect] = this.suspects.splice(0, 1);
    const lanes = suspect ? new Lanes() : this.lanes;
    if (suspect) lanes.put(suspect);
    round.fillFrom(lanes, this.now, lanes.size >= worthHalving ? Math.ceil(lanes.size / 2) : mostPerBatch);
    return round;
  }

  /** The round when it is committed, or undefined: then its commands wait again, or failed. */
  private async commit(round: Round): Promise<Round | undefined> {
    const batch = round.draft.batch();
    try {
      const committing = this.replica.commit(batch);
      this.isUnderWay = this.suspects.length === 0;
      if (this.isUnderWay) this.lookAhead();
      if (await committing) return round;
      this.takeBack(round);
      await this.replica.catchUp();
      this.lanes.putBack(round.waiting);
    } catch (cause) {
      this.takeBack(round);
      if (await this.replica.wasCommitted(batch, cause, () => { fail(this.lanes.takeAll(), cause); })) return round;
      await this.afterFailure(round.waiting, cause);
    } finally {
      this.isUnderWay = false;
    }
    return undefined;
  }

  private lookAhead(): void {
    if (!this.replica.mayLookAhead || this.lanes.size === 0) return;
    this.ahead ??= new Round(this.replica.draft());
    this.ahead.fillFrom(this.lanes, this.now);
  }

  /** Takes everything that is not committed out of memory, newest first. */
  private takeBack(round: Round): void {
    this.isUnderWay = false;
    const { ahead } = this;
    this.ahead = undefined;
    ahead?.draft.undo();
    round.draft.undo();
    if (ahead) this.lanes.putBack(ahead.waiting);
  }

  /**
   * A refusal by the store means that memory or a command is wrong: memory is read again, and what waited together is tried
   * one by one, so that only the culprit fails.
   */
  private async afterFailure(waiting: readonly Waiting[], cause: unknown): Promise<void> {
    const isRefusal = cause instanceof BrokerError && (cause.word === 'defect' || cause.word === 'conflict');
    this.options.log.error(isRefusal ? 'the store refused a commit to the ledger' : 'a commit to the ledger failed', { cause, commands: waiting.length });
    if (!isRefusal) return fail(this.isClosed ? [...waiting, ...this.suspects.splice(0), ...this.lanes.takeAll()] : waiting, cause);
    try {
      await this.replica.reload();
    } catch (away) {
      return fail(waiting, away);
    }
    if (waiting.length === 1) fail(waiting, cause);
    else this.suspects = [...waiting, ...this.suspects];
  }

  private async rest(): Promise<void> {
    try {
      await this.replica.rest();
    } catch (cause) {
      this.options.log.warn('a turn of the ledger could not be left; it ends by itself', { cause });
    }
  }

  private failAll(cause: unknown): void {
    this.options.log.error('the ledger cannot be read', { cause });
    fail([...this.suspects.splice(0), ...this.lanes.takeAll()], cause);
  }

  private readonly now = (): number => this.options.clock.now();
}

function fail(waiting: readonly Waiting[], cause: unknown): void {
  const error = cause instanceof BrokerError ? cause : unavailable(cause instanceof Error ? cause.message : String(cause), cause);
  for (const one of waiting) one.settle({ ok: false, error });
}

function unavailable(why: string, cause: unknown): BrokerError {
  return new BrokerError('unavailable', 'time', [reason('ledger-unavailable', 'The calendar cannot be changed now: {why}', { why }, { level: 'ERROR' })], { cause });
}
