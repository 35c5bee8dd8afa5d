/** What the two ways of running on this machine have in common; the platform chooses one by the kind of the executable. */
import type { Draft, Executable, KeptStorageId, Kind, Milliseconds, Plan, Reason, SessionId } from '#model';
import type { Observation, Work } from '#plugin-sdk';

export type EngineName = 'process' | 'container';

export interface Engine {
  readonly name: EngineName;
  readonly kind: Kind;
  /** Why it can't run (none: it can), and how long it takes beside staging data. */
  assess(draft: Draft): Promise<EngineAssessment>;
  prepare(plan: Plan, work: Work): Promise<void>;
  start(session: SessionId): Promise<void>;
  observe(sessions: readonly SessionId[]): Promise<ReadonlyMap<SessionId, Observation>>;
  /** Ends the payload: politely, or at once. Does nothing when there is nothing to end. */
  signal(session: SessionId, how: 'ask' | 'force'): Promise<void>;
  /** Removes everything outside the session's folder. */
  release(session: SessionId): Promise<void>;
  logs(session: SessionId, options: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<string>;
  /** Removes what is kept after sessions, where that is not a folder of the platform. Safe to repeat. */
  discard?(kept: KeptStorageId): Promise<void>;
  /** Rings hints until the signal aborts; never rejects for another cause. */
  listen(signal: AbortSignal): Promise<void>;
  readonly stopGrace: Milliseconds;
}

export interface EngineAssessment { readonly reasons: readonly Reason[]; readonly preparing: Milliseconds; readonly releasing: Milliseconds }

/** Text of an executable's environment; values that came as numbers are shown as such. */
export function environmentOf(executable: Executable): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(executable.environment ?? {}).map(([name, value]) => [name, String(value)]));
}
