import type { Clock, Log, Milliseconds } from '#model';

export interface Rhythm { readonly what: string; readonly every: Milliseconds; readonly clock: Clock; readonly log: Log }

/** Does something again and again, one time after the other; a time that fails is logged, and the next one comes as usual. */
export class Periodic {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly rhythm: Rhythm, private readonly work: () => Promise<unknown>) {}

  /** The first time is at once. */
  start(): void {
    this.running ??= this.run();
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { what, every, clock, log } = this.rhythm;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.work().catch((error: unknown) => { log.warn(`${what}: it did not work this time`, { error: String(error) }); });
      // Rejects only when it is stopped, which the loop sees.
      await clock.sleep(every, signal).catch(() => undefined);
    }
  }
}
