import type { SessionId } from './ids.js';
import type { Instant } from './interval.js';
import type { RequestOrigin, Role } from './requester.js';

/** What was done. Names of administration begin with `admin.`. */
export type AuditAction =
  | 'ask' | 'direct' | 'accept' | 'reject' | 'cancel' | 'change' | 'read' | 'credential' | 'token.create' | 'token.revoke' | 'token.use' | 'delegate' | 'storage.remove' | 'audit.prune' | `admin.${string}`;

/** One line of the audit record: who did what, when, from where, on which grounds, and what came of it. Never a secret. */
export interface AuditEntry {
  readonly at: Instant;
  readonly action: AuditAction;
  /** RequesterId, `broker` for what the node did of itself, or `unknown` of credentials that were refused. */
  readonly who: string;
  readonly name?: string;
  readonly realm?: string;
  readonly origin: RequestOrigin;
  /** What it was done to: UUID of an offer set or session, name of an account. */
  readonly subject?: string;
  readonly outcome: 'done' | 'no' | 'refused' | 'failed';
  /** Why not, or on which terms. */
  readonly reasons?: readonly string[];
  readonly grounds?: { readonly roles?: readonly Role[]; readonly groups?: readonly string[]; readonly scopes?: readonly string[] };
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}

/** What the node does for a session with a credential: `mark` tells one from another and shows nothing of it, `what` is in the words of the native system. */
export interface CredentialUse { readonly session: SessionId; readonly account: string; readonly mark: string; readonly what: string }

/** As it is kept: `hash` covers this entry and, through the hash before, all before it. */
export interface KeptAuditEntry { readonly number: number; readonly entry: AuditEntry; readonly hash: string }

export interface AuditQuery {
  readonly from?: Instant;
  readonly to?: Instant;
  readonly who?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly outcome?: string;
  /** Entries after this number; oldest first. */
  readonly after?: number;
  /** Entries before this number, newest first, where `after` is left out. */
  readonly before?: number;
  readonly limit: number;
}

/** An entry by its place in the chain, as operators note it: NUMBER:HASH. */
export interface AuditMark { readonly number: number; readonly hash: string }

/** What a look at the whole chain found; `fault` names the first entry that is not as it was written. */
export interface AuditVerdict {
  /** How many there are, without those that were pruned. */
  readonly entries: number;
  readonly head: AuditMark;
  /** The last entry that was pruned, and when; an entry of the chain says so. */
  readonly pruned?: AuditMark & { readonly at: Instant };
  /** Of a known head: whether it is still there to be compared. */
  readonly noted?: 'found' | 'pruned';
  readonly fault?: { readonly number: number; readonly what: string };
}

/** Which entries may go: those before an instant, and those beyond a number of newer ones. Where both are given, either is enough. */
export interface AuditPruning { readonly before?: Instant; readonly most?: number }

/** Port: the audit record. */
export interface AuditLog {
  /** Resolves when it is durable. */
  append(entry: AuditEntry): Promise<void>;
  find(query: AuditQuery): Promise<readonly KeptAuditEntry[]>;
  /** Reads all of it. `known`: a head noted earlier, which must still be in the chain. */
  verify(known?: AuditMark): Promise<AuditVerdict>;
  /**
   * Removes the oldest entries, after an entry of action `audit.prune` that names the last of them: the rest verifies from there.
   * Answers that one; undefined when nothing was to go. Safe to repeat, and on several replicas at once.
   */
  prune(rule: AuditPruning, at: Instant): Promise<AuditMark | undefined>;
}
