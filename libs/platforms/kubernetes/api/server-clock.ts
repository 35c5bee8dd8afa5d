/** How far the API server's clock is ahead of ours, by the `Date` of its answers: whole seconds, so that many answers tell more than one. */
import type { Instant, Milliseconds } from '#model';

const second: Milliseconds = 1_000;

export class ServerClock {
  /** The truth lies between these, as far as all answers so far tell. */
  private least = Number.NEGATIVE_INFINITY;
  private most = Number.POSITIVE_INFINITY;

  /** Zero where it can't be told from ours. */
  get ahead(): Milliseconds {
    const middle = Math.round((this.least + this.most) / 2);
    return Number.isFinite(middle) && Math.abs(middle) >= second ? middle : 0;
  }

  /** An answer that was written at some moment between these two of ours. What no longer fits the earlier ones counts alone: a clock was set. */
  note(date: string, asked: Instant, answered: Instant): void {
    const told = Date.parse(date);
    if (Number.isNaN(told)) return;
    const [least, most] = [told - answered, told + second - asked];
    const fits = least <= this.most && most >= this.least;
    this.least = fits ? Math.max(this.least, least) : least;
    this.most = fits ? Math.min(this.most, most) : most;
  }
}
