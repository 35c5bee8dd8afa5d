/** What the ledger needs of a database. One ledger per node; (ledger, version) of the log is the fence. */
import { BrokerError } from '#model';
import type { Instant, OfferSetId, PoolId, RequesterId, Resources, SessionId, SessionPhase } from '#model';
import type { Claim, Hold, LedgerEvent } from './booking.js';

/** A whole offer set, one row. `document` is the caller's own and opaque here. */
export interface OfferSetRow {
  readonly id: OfferSetId;
  readonly owner: RequesterId;
  readonly created: Instant;
  readonly expires: Instant;
  readonly holds: readonly Hold[];
  readonly document: unknown;
}

export type OfferSetState = 'OFFERED' | 'ACCEPTED' | 'REJECTED' | 'EXPIRED' | 'REFUSED';

/** An offer set as it stands now. REFUSED: an answer NO, which held nothing. */
export interface StoredOfferSet extends OfferSetRow {
  readonly state: OfferSetState;
  readonly accepted?: number;
  /** Indexes of offers that were rejected one by one. */
  readonly rejected: readonly number[];
  readonly modified: Instant;
}

/** First row of a session, written in the commit that accepts its offer. `due`: when reconcilers look at it first. */
export interface SessionSeed { readonly id: SessionId; readonly owner: RequesterId; readonly phase: SessionPhase; readonly due: Instant; readonly document: unknown }

/** A firm booking. */
export interface Booking { readonly session: SessionId; readonly set: OfferSetId; readonly claims: readonly Claim[] }

/** Everything one commit changes; applied whole or not at all. An offer set occurs at most once, in whichever list. */
export interface CommitBatch {
  readonly at: Instant;
  readonly events: readonly LedgerEvent[];
  readonly pools: readonly { readonly pool: PoolId; readonly total: Resources }[];
  readonly newSets: readonly (OfferSetRow & { readonly state: 'OFFERED' | 'REFUSED' })[];
  readonly accepts: readonly { readonly set: OfferSetId; readonly index: number; readonly booking: Booking; readonly seed: SessionSeed }[];
  readonly rejects: readonly { readonly set: OfferSetId; readonly index: number; readonly last: boolean }[];
  readonly expired: readonly OfferSetId[];
  /** Open sets with another expiry; holds and document only where they change. */
  readonly prolonged: readonly { readonly set: OfferSetId; readonly expires: Instant; readonly holds?: readonly Hold[]; readonly document?: unknown }[];
  /** Bookings cut short: the claims that remain (none: removed), and those that were given back. */
  readonly releases: readonly { readonly session: SessionId; readonly remaining: readonly Claim[]; readonly freed: readonly Claim[] }[];
  /** Bookings as they are from now on, whether they were there or not (no claims: removed). */
  readonly rebooked: readonly Booking[];
}

export interface LedgerSnapshot {
  readonly version: number;
  readonly pools: readonly { readonly pool: PoolId; readonly total: Resources }[];
  /** Firm bookings that end after the snapshot's instant. */
  readonly bookings: readonly Booking[];
  readonly open: readonly { readonly set: OfferSetId; readonly expires: Instant; readonly holds: readonly Hold[]; readonly rejected: readonly number[] }[];
}

export type CommitResult = { readonly kind: 'committed'; readonly version: number } | { readonly kind: 'conflict' };

/** What was committed, oldest first. */
export type Committed = readonly { readonly version: number; readonly events: readonly LedgerEvent[] }[];

/** A row with a document. */
export type PreparedRow = CommitBatch['newSets'][number] | CommitBatch['accepts'][number];

/** A time in which nobody else commits. */
export interface Turn {
  /** What was committed after the version that was told on taking it. */
  readonly missed: Committed;
  /** As that of the store. The turn ends with it if `isLast`. */
  commit(version: number, batch: CommitBatch, isLast: boolean): Promise<CommitResult>;
  /** Ends it. Safe to repeat. */
  leave(): Promise<void>;
}

/** Guard arithmetic needs the grain, so that database and profile round alike. */
export interface LedgerStore {
  /** One consistent view: open sets, bookings that end after `after`, and the version they belong to. */
  snapshot(after: Instant): Promise<LedgerSnapshot>;
  /**
   * Commits version + 1, only if nobody else did. Throws a BrokerError: `defect` or `conflict` when the guard or the
   * compare-and-set refuses, `unavailable` when nothing was committed; one named CommitUnknown when that can't be told.
   */
  commit(version: number, batch: CommitBatch): Promise<CommitResult>;
  /**
   * For contended times: waits for everybody who came before, and for a commit under way. Others wait then until the turn is left;
   * one that is not used ends by itself, so that whoever sleeps in it does not keep the others waiting, and conflicts later.
   */
  takeTurn(version: number): Promise<Turn>;
  /** May be told ahead of what a commit will write, so that its cost is not waited for. */
  prepare?(row: PreparedRow): void;
  /** Events committed after `version`, oldest first. */
  since(version: number): Promise<Committed>;
  offerSet(id: OfferSetId): Promise<StoredOfferSet | undefined>;
}

/** True for an error after which the commit may have been made or not; the log has to be asked. */
export function isCommitUnknown(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'CommitUnknown';
}

/** True for an error that says that a replica slept so long that the log no longer has what it missed. */
export function isLogPruned(cause: unknown): boolean {
  return cause instanceof BrokerError && cause.reasons.some(({ kind }) => kind.endsWith(':log-pruned'));
}
