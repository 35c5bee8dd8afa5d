/** Brings the ledger in line with the calendar by and by: at the end of a grace at once, else every few seconds. */
import type { Clock, Instant, Log, Milliseconds } from '#model';
import { Periodic } from '#runtime';
import type { Calendar } from './calendar.js';
import { nextChange } from './wanted.js';

/** Other replicas change the calendar too, and what a forced entry waits for becomes free at any time. */
const longestWait: Milliseconds = 10_000;

export class CalendarKeeper {
  private readonly looks: Periodic;

  constructor(private readonly parts: { calendar: Calendar; clock: Clock; log: Log }) {
    const { calendar, clock, log } = parts;
    const pause = (): Milliseconds => Math.max(1, Math.min(longestWait, (this.nextLook() ?? Infinity) - clock.now()));
    this.looks = new Periodic({ pause, begins: 'after-a-pause', failed: 'the calendar could not be followed; tried again in a moment', clock, log }, () => calendar.refresh());
  }

  start(): void {
    this.looks.start();
  }

  stop(): Promise<void> {
    return this.looks.stop();
  }

  /** When it looks again because of an entry; for tests that move a clock by hand. */
  nextLook(): Instant | undefined {
    return nextChange(this.parts.calendar.entries, this.parts.clock.now());
  }
}
