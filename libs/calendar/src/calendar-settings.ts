import type { CalendarStore, Clock, Instant, Interval, Log, Milliseconds, PoolId, Reason, RequesterId, Resources, SessionId } from '#model';
import type { Claim, Ledger, Profile } from '#booking';

/** What the calendar needs of the ledger. */
export type CalendarLedger = Pick<Ledger, 'definePools' | 'rebook' | 'bookingOf'> & { preview<Result>(look: (profile: Profile) => Result): Result };

/** Whose session it is, and when it runs. */
export interface SessionFacts { readonly owner: RequesterId; readonly run: Interval }

export interface CalendarParts {
  readonly ledger: CalendarLedger;
  readonly store: CalendarStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined for what is no session. */
  sessionFacts(id: SessionId): Promise<SessionFacts | undefined>;
  /** Attaches reasons to a session and tells its followers. Repeats say nothing new. */
  tellSession(id: SessionId, reasons: readonly Reason[]): Promise<void>;
  /** A random UUID (version 4). */
  newUuid(): string;
  /** How far ahead anything is offered. */
  readonly horizon: Milliseconds;
}

/** One entry as it stands: what it should have in the ledger now. */
export interface Standing { readonly claims: readonly Claim[]; readonly isWhole: boolean; readonly at: Instant }

export interface PoolTotal { readonly pool: PoolId; readonly total: Resources }
