/** A controller that is restarted is away for some seconds; what it is asked meanwhile is asked again. */
import type { Clock, Milliseconds } from '#model';
import { BrokerError } from '#model';

/** Between two tries. */
const pause: Milliseconds = 1_000;

export interface Patience { readonly clock: Clock; readonly most: Milliseconds }

/** Tries again, for at most so long, what time can mend. Rejects with the last fault. */
export async function patiently<T>({ clock, most }: Patience, call: () => Promise<T>): Promise<T> {
  const end = clock.now() + most;
  for (;;) {
    try {
      return await call();
    } catch (fault) {
      if (!(fault instanceof BrokerError) || fault.fixer !== 'time' || clock.now() + pause > end) throw fault;
      await clock.sleep(pause);
    }
  }
}
