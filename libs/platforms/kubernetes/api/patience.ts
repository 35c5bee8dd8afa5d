/** A control plane that is restarted is away, or not itself, for some seconds; what it is asked meanwhile is asked again. */
import type { Clock, Milliseconds } from '#model';
import { isNotReady, isRightMissing, isStatus, NativeFault, Unreachable } from './native-fault.js';

/** Between two tries. */
const pause = 1_000;
const broken: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * True when the same request may be answered otherwise in a moment, without anybody's doing: a server that has just begun does not know
 * yet whom it trusts, nor what they may, and tokens are renewed under running programs.
 */
export function mayPass(fault: unknown): boolean {
  if (fault instanceof Unreachable) return true;
  if (!(fault instanceof NativeFault)) return false;
  return broken.has(fault.status) || isStatus(fault, 401) || isRightMissing(fault) || isNotReady(fault);
}

export interface Patience { readonly clock: Clock; readonly most: Milliseconds; readonly signal?: AbortSignal }

/** Tries again, for at most so long, what may pass. Rejects with the last fault. */
export async function patiently<T>({ clock, most, signal }: Patience, call: () => Promise<T>): Promise<T> {
  const end = clock.now() + most;
  for (;;) {
    try {
      return await call();
    } catch (fault) {
      if (!mayPass(fault) || clock.now() + pause > end) throw fault;
      await clock.sleep(pause, signal);
    }
  }
}
