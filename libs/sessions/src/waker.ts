import type { Clock, Instant } from '#model';

/** A sleep by the clock that can be ended early; a wake that comes before the sleep is not lost. */
export class Waker {
  private woken = false;
  private end: (() => void) | undefined;

  get isWoken(): boolean {
    return this.woken;
  }

  wake(): void {
    this.woken = true;
    this.end?.();
  }

  async sleepUntil(clock: Clock, at: Instant): Promise<void> {
    if (!this.woken) {
      const early = new AbortController();
      const ended = new Promise<void>((resolve) => { this.end = resolve; });
      // Being aborted is the other way for this sleep to end well.
      const slept = clock.sleep(Math.max(0, at - clock.now()), early.signal).catch((error: unknown) => { if (!early.signal.aborted) throw error; });
      try {
        await Promise.race([ended, slept]);
      } finally {
        this.end = undefined;
        early.abort(new Error('woken'));
      }
    }
    this.woken = false;
  }
}
