/** Lets go together what comes soon after each other, so that it is gathered; what comes alone goes at once. */
import type { Clock, Instant, Milliseconds } from '#model';

export class Waves {
  private last: Instant = Number.NEGATIVE_INFINITY;
  private next: Promise<void> | undefined;

  constructor(private readonly clock: Pick<Clock, 'now' | 'sleep'>, private readonly apart: Milliseconds) {}

  /** Resolves with the next wave, at most one wave's distance from now. */
  join(): Promise<void> {
    if (this.next !== undefined) return this.next;
    const now = this.clock.now();
    const since = now - this.last;
    // A clock that was set back begins anew.
    if (since >= this.apart || since < 0) {
      this.last = now;
      return Promise.resolve();
    }
    return this.next = this.clock.sleep(this.apart - since).then(() => {
      this.next = undefined;
      this.last = this.clock.now();
    });
  }
}
