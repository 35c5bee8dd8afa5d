/**
 * The calendar of one node, and the only way to change it. Commands queue; a pump decides on all that wait in memory, has one
 * commit under way at a time, and answers only after it. Whoever decided on an old version is told by the commit itself.
 */
import type { Instant, Interval, Milliseconds, OfferSetId, PoolId, PoolReport, Resources, SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { Claim } from './booking.js';
import type { Booking, SessionSeed, StoredOfferSet } from './booking-store.js';
import type { AcceptResult, OfferQuestionOfSet, PoolResult, RejectResult } from './commands.js';
import { accept, definePool, expireDue, offer, reject, release } from './commands.js';
import type { Command, Outcome } from './decide.js';
import type { Profile } from './profile.js';
import type { Prolongation, ProlongResult } from './prolong.js';
import { prolong } from './prolong.js';
import type { RebookOptions, RebookResult } from './rebook.js';
import { rebook } from './rebook.js';
import type { LedgerOptions } from './replica.js';
import { Replica } from './replica.js';

interface Waiting { readonly command: Command<unknown>; settle(outcome: Outcome<unknown>): void }

const mostPerBatch = 64;

export class Ledger {
  private readonly queue: Waiting[] = [];
  private pumping: Promise<void> | undefined;
  private isClosed = false;

  private constructor(private readonly options: LedgerOptions, private readonly replica: Replica) {}

  static async open(options: LedgerOptions): Promise<Ledger> {
    return new Ledger(options, await Replica.load(options));
  }

  /** Sets totals; pools that are as they should be cost nothing. One result for each, in order. */
  definePools(pools: readonly { readonly pool: PoolId; readonly total: Resources }[]): Promise<readonly PoolResult[]> {
    return Promise.all(pools.map(({ pool, total }) => this.submit(definePool(pool, total))));
  }

  /** Chooses and holds in one decision; what is offered is held when the promise resolves. */
  offer(question: OfferQuestionOfSet): Promise<StoredOfferSet> {
    return this.submit(offer(question));
  }

  accept(set: OfferSetId, index: number, seed: SessionSeed): Promise<AcceptResult> {
    return this.submit(accept(set, index, seed));
  }

  reject(set: OfferSetId, index: number): Promise<RejectResult> {
    return this.submit(reject(set, index));
  }

  /** Expires what is due and tells how much that was. Also how a replica hears of the others when nothing else happens. */
  expireDue(): Promise<number> {
    return this.submit(expireDue());
  }

  /** Gives back a booking from the grain of `from` on; repeating it, or an unknown session, frees nothing. */
  release(session: SessionId, from: Instant): Promise<readonly Claim[]> {
    return this.submit(release(session, from));
  }

  /** Sets what a firm booking occupies: makes, extends, shrinks, resizes or removes it (no claims). Refused, it changes nothing. */
  rebook(id: SessionId, claims: readonly Claim[], options?: RebookOptions): Promise<RebookResult> {
    return this.submit(rebook(id, claims, options));
  }

  /** Moves the expiry of an open offer set; what it holds stays held all the while. Refused, it changes nothing. */
  prolong(set: OfferSetId, prolongation: Prolongation): Promise<ProlongResult> {
    return this.submit(prolong(set, prolongation));
  }

  /** Looks at the calendar without holding anything. */
  preview<Result>(look: (profile: Profile) => Result): Result {
    return look(this.current());
  }

  report(window: Interval, step: Milliseconds): readonly PoolReport[] {
    return this.current().report(window, step);
  }

  nextExpiry(): Instant | undefined {
    return this.replica.profile.nextExpiry();
  }

  bookingOf(session: SessionId): Booking | undefined {
    return this.replica.profile.bookingOf(session);
  }

  /** Firm bookings that have something in the window. */
  bookings(window: Interval): readonly Booking[] {
    return this.current().bookingsDuring(window);
  }

  /** Finishes what is queued, unless the store is away: that is given up. Later commands are refused. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.replica.close();
    await this.pumping;
  }

  private current(): Profile {
    this.replica.profile.moveTo(this.options.clock.now());
    return this.replica.profile;
  }

  private submit<Result>(command: Command<Result>): Promise<Result> {
    if (this.isClosed) return Promise.reject(unavailable('the node is closing', undefined));
    return new Promise((resolve, fail) => {
      const settle = (outcome: Outcome<unknown>): void => { if (outcome.ok) resolve(outcome.value as Result); else fail(outcome.error as Error); };
      this.queue.push({ command, settle });
      this.pumping ??= this.pump();
    });
  }

  private async pump(): Promise<void> {
    await Promise.resolve();
    while (this.queue.length > 0) await this.serve(this.take());
    this.pumping = undefined;
  }

  /** As many as fit in a batch, up to the first that changes an offer set which is changed already. */
  private take(): readonly Waiting[] {
    const sets = new Set<OfferSetId>();
    let count = 0;
    for (const { command: { set } } of this.queue) {
      if (count === mostPerBatch || (set !== undefined && sets.has(set))) break;
      if (set !== undefined) sets.add(set);
      count++;
    }
    return this.queue.splice(0, count);
  }

  private async serve(waiting: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.replica.commit(waiting.map((one) => one.command), (cause) => { fail(this.queue.splice(0), cause); });
      for (const [index, one] of waiting.entries()) one.settle(outcomes[index] ?? { ok: false, error: unavailable('no decision was made', undefined) });
    } catch (cause) {
      await this.afterFailure(waiting, cause);
    }
  }

  /**
   * A refusal by the store means that memory or a command is wrong: memory is read again, and what waited together is tried
   * one by one, so that only the culprit fails.
   */
  private async afterFailure(waiting: readonly Waiting[], cause: unknown): Promise<void> {
    const isRefusal = cause instanceof BrokerError && (cause.word === 'defect' || cause.word === 'conflict');
    this.options.log.error(isRefusal ? 'the store refused a commit to the ledger' : 'a commit to the ledger failed', { cause, commands: waiting.length });
    if (!isRefusal) return fail(this.isClosed ? [...waiting, ...this.queue.splice(0)] : waiting, cause);
    try {
      await this.replica.reload();
    } catch (away) {
      return fail(waiting, away);
    }
    if (waiting.length === 1) return fail(waiting, cause);
    for (const one of waiting) await this.serve([one]);
  }
}

function fail(waiting: readonly Waiting[], cause: unknown): void {
  const error = cause instanceof BrokerError ? cause : unavailable(cause instanceof Error ? cause.message : String(cause), cause);
  for (const one of waiting) one.settle({ ok: false, error });
}

function unavailable(why: string, cause: unknown): BrokerError {
  return new BrokerError('unavailable', 'time', [reason('ledger-unavailable', 'The calendar cannot be changed now: {why}', { why }, { level: 'ERROR' })], { cause });
}
