/** What the reconcilers need of a database. */
import type { ExplanationStep, Instant, OfferSetId, Plan, RequesterId, Session, SessionEvent, SessionId, SessionPhase } from '#model';
import type { Claim } from '#booking';
import type { Handle } from '#plugin-sdk';

/**
 * A session with what only the broker knows of it. `revision` grows with every save: a save names the revision it read,
 * so that two writers can't overwrite each other.
 */
export interface SessionRecord {
  readonly session: Session;
  readonly plan: Plan;
  readonly revision: number;
  /** When a reconciler shall look again; undefined: never (nothing is left to do). */
  readonly due?: Instant;
  readonly handle?: Handle;
  readonly work: SessionWork;
}

/** Progress of the native side, apart from the phase that clients see. */
export interface SessionWork {
  /** How far the platform was driven. `releasing` and later: nothing is started any more. */
  readonly stage: 'booked' | 'preparing' | 'prepared' | 'starting' | 'running' | 'stopping' | 'releasing' | 'settled';
  /** When what its start takes time for is to be done ahead (see the platform's `approach`); absent once it was tried. */
  readonly approachAt?: Instant;
  /** Why it is being stopped by us, from when. */
  readonly stop?: { readonly why: 'cancelled' | 'time-limit' | 'failed'; readonly at: Instant };
  /** When the payload was first seen running. */
  readonly started?: Instant;
  readonly bookingReleased?: boolean;
  /** What the booking has at least: what the offer held, or what a client has changed that to. */
  readonly claims?: readonly Claim[];
  /** What the policies of that moment said when it was accepted. */
  readonly judged?: readonly ExplanationStep[];
  /** Failed tries of the current step. */
  readonly failures: number;
  /** Since when the platform could not tell where the session is. */
  readonly unknownSince?: Instant;
  /** Phases that listeners were not told of yet; kept so that each is told at least once. */
  readonly untold?: readonly { readonly phase: SessionPhase; readonly at: Instant }[];
}

export interface SessionQueryByOwner { readonly owner?: RequesterId; readonly phases?: readonly SessionPhase[]; readonly limit: number; readonly before?: SessionId }

export interface SessionStore {
  find(id: SessionId): Promise<SessionRecord | undefined>;
  /** The session that came of an offer set, if one was accepted. */
  ofOfferSet(set: OfferSetId): Promise<SessionRecord | undefined>;
  /** Newest first. */
  list(query: SessionQueryByOwner): Promise<readonly SessionRecord[]>;
  /** Takes a lease on sessions that are due and that nobody holds (the claimant's own leases included); oldest due first. */
  claimDue(now: Instant, claimant: string, until: Instant, limit: number): Promise<readonly SessionRecord[]>;
  /** When the next session becomes due (or its lease ends), if any. */
  nextDue(): Promise<Instant | undefined>;
  /** Saves `next` if the stored revision is `next.revision - 1`, appends the events, ends the lease. False: somebody else was first. */
  save(next: SessionRecord, events: readonly Omit<SessionEvent, 'number'>[]): Promise<boolean>;
  events(id: SessionId, after: number, limit: number): Promise<readonly SessionEvent[]>;
  /** Keeps a finished session's output; the longest stays: a replica that comes late may find only a part, or nothing any more. */
  keepLog(id: SessionId, text: string): Promise<void>;
  keptLog(id: SessionId): Promise<string | undefined>;
}
