/** Credentials that people leave with the node, so that it can fetch data for them when their own token is over. */
import type { SessionId } from './ids.js';
import type { Instant } from './interval.js';
import type { Requester } from './requester.js';

/** As it is kept: encrypted; `key` names the key that opens it. */
export interface SealedCredential {
  /** Random; says nothing. Plans refer to a credential by it. */
  readonly handle: string;
  readonly session: SessionId;
  /** Name of the service that the credential is for. */
  readonly service: string;
  readonly key: string;
  readonly sealed: Uint8Array;
  readonly created: Instant;
}

/** Port: where credentials are kept. */
export interface CredentialStore {
  find(handle: string): Promise<SealedCredential | undefined>;
  /** Adds it, or replaces the one of its handle. */
  put(credential: SealedCredential): Promise<void>;
  /** How many there were. */
  removeOf(session: SessionId): Promise<number>;
  /** Those from before `before` whose session never came to be. */
  removeOrphans(before: Instant): Promise<number>;
}

/** Port: tokens of requesters for services that data comes from. */
export interface Delegations {
  /** For a look-up while they wait. Throws 'forbidden' with what they have to do, 'unavailable' when nobody gives tokens now. */
  tokenFor(service: string, requester: Requester): Promise<string>;
  /** Keeps one of its own for the session; its handle. Throws as {@link tokenFor}. */
  keep(service: string, session: SessionId, requester: Requester): Promise<string>;
  /** What is behind a handle, renewed where it is over. Throws 'unavailable'. */
  open(handle: string): Promise<string>;
  /** Forgets what was kept for the session. Safe to repeat. */
  erase(session: SessionId): Promise<void>;
}
