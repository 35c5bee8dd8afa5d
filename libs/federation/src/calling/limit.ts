/** An end that many calls share. An AbortSignal would search its listeners one after the other, a thousand times a thousand. */
import { ClientError } from '#client';
import type { Clock, Milliseconds } from '#model';

/** What goes on under a limit. An object, not a function of its own for each of a thousand calls. */
export interface Underway { stop(why: Error): void }

export class Limit {
  private readonly underway = new Set<Underway>();
  private over: Error | undefined;

  /** Stops what goes on under this limit, and all that begins after. */
  end(why: Error): void {
    this.over ??= why;
    for (const one of this.underway) one.stop(this.over);
    this.underway.clear();
  }

  /** It is stopped once, when this ends; at once, when it has. */
  onEnd(one: Underway): void {
    if (this.over) one.stop(this.over);
    else this.underway.add(one);
  }

  forget(one: Underway): void {
    this.underway.delete(one);
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
