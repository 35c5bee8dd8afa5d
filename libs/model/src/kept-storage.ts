/** Storage that its owner finds again by name after the session that made it (docs/decisions/0039). */
import type { KeptStorageId, PlatformName, RequesterId, SessionId } from './ids.js';
import type { Instant } from './interval.js';
import type { Requester } from './requester.js';

export interface KeptStorage {
  readonly id: KeptStorageId;
  readonly owner: RequesterId;
  /** One of its owner's own: others may use the same. */
  readonly name: string;
  readonly platform: PlatformName;
  readonly gib: number;
  /** Promised: a session that makes it is booked. Kept: one has run with it. Leaving: it is being removed, and nobody gets it any more. */
  readonly state: 'promised' | 'kept' | 'leaving';
  /** The session that was booked with it last. */
  readonly session: SessionId;
  readonly created: Instant;
  /** Removed then, unless a session has it. */
  readonly until: Instant;
}

/** Port: what is kept, for all replicas of a node. */
export interface KeptStorageStore {
  find(owner: RequesterId, name: string): Promise<KeptStorage | undefined>;
  /** Of one owner, or of all; by name. */
  list(owner?: RequesterId): Promise<readonly KeptStorage[]>;
  /** GiB that a platform keeps, with what is promised and what is leaving. */
  used(platform: PlatformName): Promise<number>;
  /** Adds it while the platform keeps at most `limit` GiB with it. Taken: its owner has one of this name. One decision, whoever asks at the same time. */
  add(storage: KeptStorage, limit: number): Promise<'added' | 'taken' | 'full'>;
  /** Another session is booked with it: it is kept at least until then. False when it is leaving or gone. */
  use(id: KeptStorageId, session: SessionId, until: Instant): Promise<boolean>;
  /** A session runs with what was promised, so from now on it stays. */
  keep(id: KeptStorageId): Promise<void>;
  /** False when it is not in that state any more, or belongs to another session by now. */
  change(from: Pick<KeptStorage, 'id' | 'state' | 'session'>, to: KeptStorage['state']): Promise<boolean>;
  remove(id: KeptStorageId): Promise<void>;
}

/** Port: what owners, and the site, do about it. */
export interface KeptStorages {
  /** One's own. */
  list(requester: Requester): Promise<readonly KeptStorage[]>;
  listAll(): Promise<readonly KeptStorage[]>;
  /** With all that is in it. Throws 'not-found', and 'conflict' while a session or an offer has it. */
  remove(requester: Requester, name: string): Promise<void>;
  removeById(id: string): Promise<void>;
}
