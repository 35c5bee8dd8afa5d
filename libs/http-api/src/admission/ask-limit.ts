import type { Milliseconds } from '#model';

/** Never fewer than this at a time, however slow each is. */
const least = 8;

/**
 * How many asks may be under way: grows by one for each round of answers in time, shrinks, to half at most, when answers come late.
 * So the queue before the ledger stays as short as the aim asks, whatever the machine and the database can do.
 */
export class AskLimit {
  private running = 0;
  private limit: number;
  private shrunkAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly most: number, private readonly aim: Milliseconds) {
    this.limit = most;
  }

  get underWay(): number {
    return this.running;
  }

  get current(): number {
    return Math.floor(this.limit);
  }

  /** False: too many are under way. True: call {@link leave} when it is answered. */
  enter(): boolean {
    if (this.running >= this.current) return false;
    this.running += 1;
    return true;
  }

  /** `began` and `now` by a clock that never goes back. */
  leave(began: number, now: number): void {
    const wasFull = this.running >= this.current / 2;
    this.running -= 1;
    if (now - began > this.aim) this.shrink(now, this.aim / (now - began));
    else if (wasFull) this.limit = Math.min(this.most, this.limit + 1 / this.limit);
  }

  /** Once for each aim: what was let in before the last cut says nothing about the cut. */
  private shrink(now: number, part: number): void {
    if (now - this.shrunkAt < this.aim) return;
    this.shrunkAt = now;
    this.limit = Math.max(Math.min(least, this.most), this.limit * Math.min(0.9, Math.max(0.5, part)));
  }
}
