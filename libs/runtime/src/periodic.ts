import type { Clock, Instant, Log, Milliseconds } from '#model';

export interface Rhythm {
  /** From the end of one turn to the next; a function is asked each time. */
  readonly pause: Milliseconds | (() => Milliseconds);
  /** When the first turn comes; left out: at once. */
  readonly begins?: 'at-once' | 'after-a-pause';
  /** What the log says of a turn that fails; the next one comes as usual. */
  readonly failed: string;
  /** How loud that is; left out: a warning. */
  readonly level?: 'warn' | 'error';
  readonly clock: Clock;
  readonly log: Log;
}

/** Does something again and again, one turn after the other, until it is stopped. */
export class Periodic {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  private turn: Promise<void> = Promise.resolve();
  private next: Instant | undefined;

  constructor(private readonly rhythm: Rhythm, private readonly work: () => Promise<unknown>) {}

  /** Once; repeats change nothing. */
  start(): void {
    this.running ??= this.run();
  }

  /** Waits for the turn that is under way; it can't be started again. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** When the next turn comes by itself; undefined before the first pause. */
  nextTurn(): Instant | undefined {
    return this.next;
  }

  /** Resolves when no turn is under way. */
  settled(): Promise<void> {
    return this.turn;
  }

  private async run(): Promise<void> {
    if (this.rhythm.begins !== 'after-a-pause') await this.takeTurn();
    while (await this.rest()) await this.takeTurn();
  }

  private takeTurn(): Promise<void> {
    this.turn = this.once();
    return this.turn;
  }

  private async once(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      const { log, level = 'warn', failed } = this.rhythm;
      log[level](failed, { error: String(error) });
    }
  }

  /** False when it was stopped, which is the other way for this sleep to end well. */
  private async rest(): Promise<boolean> {
    const { signal } = this.stopped;
    if (signal.aborted) return false;
    const { clock, pause } = this.rhythm;
    const length = typeof pause === 'number' ? pause : pause();
    this.next = clock.now() + length;
    await clock.sleep(length, signal).catch((error: unknown) => { if (!signal.aborted) throw error; });
    return !signal.aborted;
  }
}
