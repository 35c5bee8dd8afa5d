import type { RequesterId } from './ids.js';
import type { Instant } from './interval.js';
import type { Role, Scope } from './requester.js';

/** A personal access token as it is kept: the token itself is nowhere, only its SHA-256. */
export interface AccessToken {
  readonly id: string;
  readonly hash: string;
  readonly owner: RequesterId;
  /** What its owner calls it. */
  readonly name: string;
  /** Left out: everything that its roles allow. */
  readonly scopes?: readonly Scope[];
  /** Of those that its owner has when it is used; a token has no others. */
  readonly roles: readonly Role[];
  /** Of owners without an account here, as their issuer told when the token was made. */
  readonly groups: readonly string[];
  readonly ownerName: string;
  readonly realm: string;
  readonly created: Instant;
  readonly expires: Instant;
  readonly lastUsed?: Instant;
}

/** Port: where personal access tokens are kept. */
export interface AccessTokenStore {
  /** By the hash of the token. */
  find(hash: string): Promise<AccessToken | undefined>;
  listOf(owner: RequesterId): Promise<readonly AccessToken[]>;
  add(token: AccessToken): Promise<void>;
  used(id: string, at: Instant): Promise<void>;
  /** The token that was removed; undefined when `owner` has none of this identifier. */
  remove(id: string, owner: RequesterId): Promise<AccessToken | undefined>;
  /** Those of an account that is gone. */
  removeAllOf(owner: RequesterId): Promise<void>;
}

/** Port: which assertions were used. */
export interface ReplayGuard {
  /** False when it was claimed before. Kept until `expires`. */
  claim(id: string, expires: Instant): Promise<boolean>;
}
