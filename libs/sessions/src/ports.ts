import type { Instant, Milliseconds, SessionId } from '#model';
import type { SessionFact } from '#plugin-sdk';

/** Gives capacity back from an instant on. Idempotent; called at least once for each session. */
export interface Bookings { release(session: SessionId, from: Instant): Promise<void> }

/** Is told each phase change at least once. A rejection is reported and told again later. */
export interface SessionListener { record(fact: SessionFact): Promise<void> }

/** Spans in milliseconds; the defaults suit a node with a database. */
export interface Timing {
  /** Preparing begins this much earlier than its estimate asks for. */
  readonly margin: Milliseconds;
  /** Sessions that are about to start are taken into memory this long before. */
  readonly lead: Milliseconds;
  /** After a crash another replica goes on with a session after at most this long. */
  readonly lease: Milliseconds;
  /** Between two looks at a session that runs. */
  readonly poll: Milliseconds;
  /** Between two looks for sessions that other replicas changed. */
  readonly idle: Milliseconds;
  /** First pause before a failed step is tried again; doubles up to `longestPause`. */
  readonly firstPause: Milliseconds;
  readonly longestPause: Milliseconds;
  /** Bytes of a payload's output that are kept: the first half and the last. */
  readonly keptLog: number;
  /** Sessions that are prepared, and that are otherwise worked on, at a time. */
  readonly preparing: number;
  readonly working: number;
}

export const defaultTiming: Timing = {
  margin: 2_000, lead: 3_000, lease: 20_000, poll: 1_000, idle: 1_000, firstPause: 1_000, longestPause: 60_000,
  keptLog: 1_048_576, preparing: 256, working: 64,
};

/** Pause after the n-th failure (1 …). */
export function pauseAfter(failures: number, timing: Timing): Milliseconds {
  return Math.min(timing.longestPause, timing.firstPause * 2 ** Math.min(20, failures - 1));
}
