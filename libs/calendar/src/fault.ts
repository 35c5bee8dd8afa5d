import { reason } from '#model';
import type { Reason } from '#model';

/** What is wrong with an entry as it was written, and how to write it. */
export function fault(path: string, what: string, fix: string): Reason {
  return reason('malformed', '{path}: {fault}; {fix}', { fault: what, fix }, { path });
}
