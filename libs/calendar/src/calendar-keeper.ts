/** Brings the ledger in line with the calendar by and by: at the end of a grace at once, else every few seconds. */
import type { Clock, Instant, Log, Milliseconds } from '#model';
import type { Calendar } from './calendar.js';
import { nextChange } from './wanted.js';

/** Other replicas change the calendar too, and what a forced entry waits for becomes free at any time. */
const longestWait: Milliseconds = 10_000;

export class CalendarKeeper {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly parts: { calendar: Calendar; clock: Clock; log: Log }) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** When it looks again because of an entry; for tests that move a clock by hand. */
  nextLook(): Instant | undefined {
    return nextChange(this.parts.calendar.entries, this.parts.clock.now());
  }

  private async run(): Promise<void> {
    const { calendar, clock, log } = this.parts;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const next = this.nextLook() ?? Infinity;
      // Being stopped is the other way for this sleep to end well.
      await clock.sleep(Math.max(1, Math.min(longestWait, next - clock.now())), signal).catch(() => undefined);
      if (signal.aborted) return;
      await calendar.refresh().catch((error: unknown) => { log.warn('the calendar could not be followed; tried again in a moment', { error }); });
    }
  }
}
