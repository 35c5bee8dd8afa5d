import type { RequesterId } from './ids.js';

/**
 * `user` asks and runs; `operator` also drains the node and keeps its calendar; `auditor` reads everything and changes nothing
 * that isn't their own; `admin` may do all of it.
 */
export const allRoles = ['user', 'admin', 'operator', 'auditor'] as const;
export type Role = (typeof allRoles)[number];

/** What a token may allow, named as the WLCG profile does. */
export const allScopes = ['compute.read', 'compute.create', 'compute.modify', 'compute.cancel'] as const;
export type Scope = (typeof allScopes)[number];

/** The realm of the node's own accounts. */
export const localRealm = 'local';

/** How somebody was recognised and where they called from. For the audit record; nothing is decided by it. */
export interface RequestOrigin {
  readonly address: string;
  readonly credential: 'none' | 'password' | 'token' | 'bearer' | 'assertion';
  /** Which one, where it has a name: of a personal access token, a token of an issuer (jti), an assertion. Never a secret. */
  readonly credentialId?: string;
  /** The aggregator that spoke for them. */
  readonly through?: string;
}

/** What of a request tells who sends it. */
export interface Sender {
  readonly authorization: string | undefined;
  /** An aggregator's assertion for whom it speaks: the header EB-On-Behalf-Of. */
  readonly onBehalfOf?: string | undefined;
  readonly address: string;
}

/** The authenticated person or service that asks. */
export interface Requester {
  readonly id: RequesterId;
  /** For people; never used to decide. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly groups: readonly string[];
  /** Where they are known: `local` (also when left out), or as the configuration names the issuer. */
  readonly realm?: string;
  /** Of the token that they came with; left out: everything that their roles allow. */
  readonly scopes?: readonly string[];
  /** Who vouches for them and under which name; both or none. */
  readonly issuer?: string;
  readonly subject?: string;
  readonly origin?: RequestOrigin;
}

/** Who asks when nobody said who: only where the configuration allows it. */
export const anonymous: Requester = { id: 'anonymous:' as RequesterId, name: 'anonymous', roles: ['user'], groups: [], realm: 'anonymous' };

export function realmOf(requester: Requester): string {
  return requester.realm ?? localRealm;
}

export function isAdmin(requester: Requester): boolean {
  return requester.roles.includes('admin');
}

/** May see what belongs to others. */
export function readsEverything(requester: Requester): boolean {
  return isAdmin(requester) || requester.roles.includes('auditor');
}

/** May drain the node and change its calendar. */
export function operates(requester: Requester): boolean {
  return isAdmin(requester) || requester.roles.includes('operator');
}

export function hasScope(requester: Requester, scope: Scope): boolean {
  return requester.scopes === undefined || requester.scopes.includes(scope);
}
