import type { Requester, RequesterId } from '#model';
import { BrokerError, isAdmin, readsEverything, reason } from '#model';

/** Owners and admins only; a stranger learns nothing but that it isn't theirs. */
export function requireOwner(owner: RequesterId, requester: Requester, what: string): void {
  if (owner === requester.id || isAdmin(requester)) return;
  throw new BrokerError('forbidden', 'caller', [reason('forbidden', 'this {what} belongs to somebody else', { what })]);
}

/** Owners, admins and auditors. */
export function requireReader(owner: RequesterId, requester: Requester, what: string): void {
  if (!readsEverything(requester)) requireOwner(owner, requester, what);
}

/** The identifier leads nowhere. */
export function notFound(what: string, id: string): BrokerError {
  return new BrokerError('not-found', 'caller', [reason('not-found', 'there is no {what} {id} here', { what, id })]);
}
