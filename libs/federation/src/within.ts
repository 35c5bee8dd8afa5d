import { ClientError } from '#client';
import type { Clock, Milliseconds } from '#model';

/** Runs `work` with a signal that aborts after `length`. */
export async function within<T>(clock: Clock, length: Milliseconds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const done = new AbortController();
  // The sleep rejects when the work was done before: that is how it is ended.
  clock.sleep(length, done.signal).then(() => { limit.abort(new ClientError('unreachable', 'no answer in time')); }, () => undefined);
  try {
    return await work(limit.signal);
  } finally {
    done.abort();
  }
}
