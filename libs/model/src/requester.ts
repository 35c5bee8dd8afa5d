import type { RequesterId } from './ids.js';

export type Role = 'user' | 'admin';

/** The authenticated person or service that asks. */
export interface Requester {
  readonly id: RequesterId;
  /** For people; never used to decide. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly groups: readonly string[];
}

/** Who asks when nobody said who: only where the configuration allows it. */
export const anonymous: Requester = { id: 'anonymous:' as RequesterId, name: 'anonymous', roles: ['user'], groups: [] };

export function isAdmin(requester: Requester): boolean {
  return requester.roles.includes('admin');
}
