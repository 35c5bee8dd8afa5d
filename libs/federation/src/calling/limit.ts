/** An end that many calls share. An AbortSignal would search its listeners one after the other, a thousand times a thousand. */
import { ClientError } from '#client';
import type { Clock, Milliseconds } from '#model';

export class Limit {
  private readonly stops = new Set<(why: Error) => void>();
  private over: Error | undefined;

  /** Stops what goes on under this limit, and all that begins after. */
  end(why: Error): void {
    this.over ??= why;
    for (const stop of this.stops) stop(this.over);
    this.stops.clear();
  }

  /** `stop` is called once, when it ends; at once, when it has. */
  onEnd(stop: (why: Error) => void): void {
    if (this.over) stop(this.over);
    else this.stops.add(stop);
  }

  forget(stop: (why: Error) => void): void {
    this.stops.delete(stop);
  }
}

export function tooLate(): ClientError {
  return new ClientError('unreachable', 'no answer in time');
}

/** Runs `work` under a limit that ends after `length`. */
export async function within<T>(clock: Clock, length: Milliseconds, work: (limit: Limit) => Promise<T>): Promise<T> {
  const limit = new Limit();
  const done = new AbortController();
  // The sleep rejects when the work was done before: that is how it is ended.
  clock.sleep(length, done.signal).then(() => { limit.end(tooLate()); }, () => undefined);
  try {
    return await work(limit);
  } finally {
    done.abort();
  }
}
