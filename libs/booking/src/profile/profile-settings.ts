import type { Instant, Milliseconds } from '#model';

export interface ProfileSettings {
  readonly grain: Milliseconds;
  readonly horizon: Milliseconds;
  /** How far back accounts are counted. */
  readonly memory?: Milliseconds;
}

/** How much of the past is kept, so that a report of today is whole. */
const longestHistory: Milliseconds = 86_400_000;

/** Bookings that ended before this are forgotten. */
export function historyStart({ horizon, memory = 0 }: Pick<ProfileSettings, 'horizon' | 'memory'>, now: Instant): Instant {
  return now - Math.max(memory, Math.min(longestHistory, horizon));
}
