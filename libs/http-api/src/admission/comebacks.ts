import type { Milliseconds } from '#model';
import type { LineGauges } from './ask-line.js';

/**
 * Clients that were sent away and come back sooner than they were told. They are answered when the time is over: to send the same ones
 * away again and again would be most of the work just when there is most of it, and accepts would wait behind it.
 */
export class Comebacks {
  /** By connection: when it may be answered again. */
  private readonly rests = new WeakMap<object, Milliseconds>();

  constructor(private readonly rest: Milliseconds, private readonly gauges: LineGauges) {}

  /** Call it when the client on this connection is told to come back later. */
  note(connection: object): void {
    this.rests.set(connection, this.gauges.steady() + this.rest);
  }

  /** Resolves when the client is to be answered. */
  async wait(connection: object): Promise<void> {
    const left = (this.rests.get(connection) ?? Number.NEGATIVE_INFINITY) - this.gauges.steady();
    if (left > 0) await new Promise<void>((resolve) => { this.gauges.later(left, resolve); });
  }
}
