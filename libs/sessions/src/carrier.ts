/** What the steps of a session work with. */
import type { Clock, Log, PlatformName } from '#model';
import type { Platform } from '#plugin-sdk';
import type { Bookings, Timing } from './ports.js';
import type { RecordChange } from './record-change.js';
import type { SessionRecord, SessionStore } from './session-store.js';

export interface Carrier {
  readonly store: SessionStore;
  readonly bookings: Bookings;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing: Timing;
  platform(name: PlatformName): Platform;
  /** Saves; undefined when somebody else was first. */
  save(change: RecordChange): Promise<SessionRecord | undefined>;
  /** Prepares as long as it takes, keeping the session for this replica; undefined when it was taken away meanwhile. */
  prepare(record: SessionRecord): Promise<SessionRecord | undefined>;
}
