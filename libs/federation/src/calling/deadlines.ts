/** Limits that end by themselves after a time. All of them share one sleep: thousands of calls a second need no timers of their own. */
import type { Clock, Instant, Milliseconds } from '#model';
import { Limit, tooLate } from './limit.js';

export class Deadlines {
  private readonly waiting = new Map<Limit, Instant>();
  private readonly stopped = new AbortController();
  /** When the earliest sleep that is under way ends. */
  private wakes: Instant = Infinity;

  constructor(private readonly clock: Clock) {}

  /** Whoever asks for one gives it back with {@link done} when nothing goes on under it any more. */
  after(length: Milliseconds): Limit {
    const limit = new Limit();
    const until = this.clock.now() + length;
    this.waiting.set(limit, until);
    this.wakeAt(until);
    return limit;
  }

  done(limit: Limit): void {
    this.waiting.delete(limit);
  }

  /** Runs `work` under a limit that ends after `length`. */
  async within<T>(length: Milliseconds, work: (limit: Limit) => Promise<T>): Promise<T> {
    const limit = this.after(length);
    try {
      return await work(limit);
    } finally {
      this.done(limit);
    }
  }

  /** Nothing ends by itself any more. */
  stop(): void {
    this.stopped.abort();
    this.waiting.clear();
  }

  private wakeAt(at: Instant): void {
    if (at >= this.wakes || this.stopped.signal.aborted) return;
    this.wakes = at;
    // The sleep rejects only when we are stopped.
    this.clock.sleep(at - this.clock.now(), this.stopped.signal).then(() => { this.wake(at); }, () => undefined);
  }

  /** A sleep that an earlier one has overtaken wakes too, and finds nothing to do. */
  private wake(at: Instant): void {
    if (at === this.wakes) this.wakes = Infinity;
    const now = this.clock.now();
    let next = Infinity;
    for (const [limit, until] of this.waiting) {
      if (until > now) next = Math.min(next, until);
      else {
        this.waiting.delete(limit);
        limit.end(tooLate());
      }
    }
    if (next < Infinity) this.wakeAt(next);
  }
}
