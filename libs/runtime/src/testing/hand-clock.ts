import type { Clock, Instant, Milliseconds } from '#model';

interface Sleeper { readonly wake: Instant; readonly resolve: () => void }

/** A clock that stands still until it is moved by hand. */
export class HandClock implements Clock {
  private sleepers: Sleeper[] = [];

  constructor(private instant: Instant) {}

  /** A clock that shows an ISO 8601 instant. */
  static at(iso: string): HandClock {
    return new HandClock(Date.parse(iso));
  }

  now(): Instant {
    return this.instant;
  }

  /** How many are asleep; a test that waits for work to be over can look at it. */
  get asleep(): number {
    return this.sleepers.length;
  }

  sleep(length: Milliseconds, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (length <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { wake: this.instant + length, resolve: wake };
      const abort = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason as Error);
      };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Moves on by `length`, waking sleepers in order at their own instants; each gets a turn of the event loop. */
  async advance(length: Milliseconds): Promise<void> {
    await this.moveTo(this.instant + length);
  }

  /** Moves on to an instant. Moving back is allowed (clock jumps) and wakes nobody. */
  async moveTo(target: Instant): Promise<void> {
    for (let next = this.firstDue(target); next; next = this.firstDue(target)) {
      this.instant = Math.max(this.instant, next.wake);
      this.sleepers = this.sleepers.filter((other) => other !== next);
      next.resolve();
      await turn();
    }
    this.instant = target;
    await turn();
  }

  private firstDue(until: Instant): Sleeper | undefined {
    return this.sleepers.filter((sleeper) => sleeper.wake <= until).sort((a, b) => a.wake - b.wake)[0];
  }
}

/** One full turn of the event loop, so that what was woken can run. */
function turn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
