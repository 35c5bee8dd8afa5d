/** The calendar of one node, and the only way to change it. */
import type { Instant, Interval, Milliseconds, OfferSetId, PoolId, PoolReport, Resources, SessionId } from '#model';
import type { Claim } from '../booking.js';
import type { Booking, SessionSeed, StoredOfferSet } from '../booking-store.js';
import type { AcceptResult, OfferQuestionOfSet, PoolResult, RejectResult } from './commands.js';
import { accept, definePool, expireDue, offer, reject, release } from './commands.js';
import type { Command, Outcome } from './decide.js';
import type { Profile } from '../profile/profile.js';
import { Pump } from './pump.js';
import type { Prolongation, ProlongResult } from './prolong.js';
import { prolong } from './prolong.js';
import type { RebookOptions, RebookResult, WantedClaims } from './rebook.js';
import { rebook } from './rebook.js';
import type { LedgerOptions } from './replica.js';
import { Replica } from './replica.js';

export class Ledger {
  private readonly pump: Pump;

  private constructor(private readonly options: LedgerOptions, private readonly replica: Replica) {
    this.pump = new Pump(options, replica);
  }

  static async open(options: LedgerOptions): Promise<Ledger> {
    return new Ledger(options, await Replica.load(options));
  }

  /** Sets totals; pools that are as they should be cost nothing. One result for each, in order. */
  definePools(pools: readonly { readonly pool: PoolId; readonly total: Resources }[]): Promise<readonly PoolResult[]> {
    return Promise.all(pools.map(({ pool, total }) => this.submit(definePool(pool, total))));
  }

  /** Chooses and holds in one decision; what is offered is held when the promise resolves. */
  offer(question: OfferQuestionOfSet): Promise<StoredOfferSet> {
    return this.submit(offer(question), true);
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
  rebook(id: SessionId, wanted: WantedClaims, options?: RebookOptions): Promise<RebookResult> {
    return this.submit(rebook(id, wanted, options));
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
  close(): Promise<void> {
    return this.pump.close();
  }

  private current(): Profile {
    this.replica.profile.moveTo(this.options.clock.now());
    return this.replica.profile;
  }

  private submit<Result>(command: Command<Result>, isAsk = false): Promise<Result> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome<unknown>): void => { if (outcome.ok) resolve(outcome.value as Result); else reject(outcome.error as Error); };
      this.pump.submit({ command, isAsk, settle });
    });
  }
}
