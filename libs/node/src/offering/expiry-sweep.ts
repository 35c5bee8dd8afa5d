import type { Clock, Log, Milliseconds } from '#model';
import type { Ledger } from '#booking';
import { Periodic } from '#runtime';

/** Sets of other replicas may expire too: look at least this often. */
const longestWait: Milliseconds = 5_000;

/** Makes expired offers give their capacity back without any call: the offers end by themselves (UC-20). */
export function expirySweep({ ledger, clock, log }: { ledger: Pick<Ledger, 'expireDue' | 'nextExpiry'>; clock: Clock; log: Log }): Periodic {
  const pause = (): Milliseconds => Math.max(1, Math.min(longestWait, (ledger.nextExpiry() ?? Infinity) - clock.now()));
  return new Periodic({ pause, begins: 'after-a-pause', failed: 'expired offers could not be swept; their capacity stays held until the next try', clock, log }, () => ledger.expireDue());
}
