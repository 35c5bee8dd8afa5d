import type { CalendarEntryId, PoolId } from './ids.js';
import type { Instant, Milliseconds } from './interval.js';
import type { Resources } from './resources.js';

export type CalendarKind = 'maintenance' | 'growth' | 'block';

/** From `start` on; without an end for good. */
export interface Stretch { readonly start: Instant; readonly end?: Instant }

/** Whose block it is. `grace`: after so long the unused part of each time goes back to the general pool. */
export interface BlockTerms {
  readonly group: string;
  readonly grace?: Milliseconds;
  /** What its group gets when the block is full: slots of the general pool, or NO while the block lasts. */
  readonly whenFull: 'general' | 'refuse';
}

/** A change of capacity that the site entered in its calendar. */
export interface CalendarEntry {
  readonly id: CalendarEntryId;
  /** Unique; an entry of the configuration is known by it over restarts. */
  readonly name?: string;
  readonly kind: CalendarKind;
  readonly pool: PoolId;
  /** Absent: all of the pool (maintenance only). */
  readonly amounts?: Resources;
  /** In order, apart from each other; only the last may be without an end. */
  readonly times: readonly Stretch[];
  readonly note?: string;
  /** A cut below what is promised: takes what is free, and the rest when it becomes free. */
  readonly forced: boolean;
  readonly block?: BlockTerms;
  readonly created: Instant;
  /** A block that was given up: what is unused goes back at once. */
  readonly ended?: Instant;
}

/** An entry and how far the calendar could follow it. */
export interface CalendarView {
  readonly entry: CalendarEntry;
  /** False while something of a forced entry is still in use. */
  readonly isWhole: boolean;
  /** The pool of a block, and what of it is free in the current or next of its times. */
  readonly block?: { readonly pool: PoolId; readonly free: Resources };
}

/** Port: where entries are kept. */
export interface CalendarStore {
  list(): Promise<readonly CalendarEntry[]>;
  /** Creates or replaces; throws 'conflict' when another entry has the name. */
  put(entry: CalendarEntry): Promise<void>;
  /** False when there was none. */
  remove(id: CalendarEntryId): Promise<boolean>;
}

/** Port: what administrators do with the calendar. Throws 'malformed', 'not-found', or 'conflict' with a reason for each promise in the way. */
export interface CalendarAdministration {
  list(): Promise<readonly CalendarView[]>;
  /** `raw` as it was sent. `dry`: nothing is changed, but the answer is the same. */
  add(raw: unknown, dry: boolean): Promise<CalendarView>;
  /** `force`: a block in use is given up as far as it is unused. */
  remove(id: CalendarEntryId, options: { readonly dry: boolean; readonly force: boolean }): Promise<void>;
}
