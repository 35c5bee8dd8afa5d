import { ClientError } from '#client';
import { BrokerError, isAdmin, readsEverything, reason } from '#model';
import type { Reason, Requester, RequesterId, Session } from '#model';

export function notFound(what: string, id: string): BrokerError {
  return new BrokerError('not-found', 'caller', [reason('not-found', 'there is no {what} {id} here', { what, id })]);
}

/** Owners and admins only: members know us alone, so who owns what is kept here. */
export function requireOwner(owner: RequesterId, requester: Requester, what: string): void {
  if (owner === requester.id || isAdmin(requester)) return;
  throw new BrokerError('forbidden', 'caller', [reason('forbidden', 'this {what} belongs to somebody else', { what })]);
}

/** Owners, admins and auditors. */
export function requireReader(owner: RequesterId, requester: Requester, what: string): void {
  if (!readsEverything(requester)) requireOwner(owner, requester, what);
}

export function conflict(reasons: readonly Reason[], session: Session): BrokerError {
  return new BrokerError('conflict', 'caller', reasons, { session });
}

export function memberAway(member: string, cause?: unknown): BrokerError {
  const fix = 'try again later';
  return new BrokerError('unavailable', 'time', [reason('member-away', '{member} does not answer now; {fix}', { member, fix }, { level: 'ERROR' })], { cause });
}

/** What is told of a member's fault: never its address. The log has the rest. */
export function faultWords(error: unknown): string {
  if (!(error instanceof ClientError)) return 'its answer could not be used';
  if (error.fault === 'refused') return `it answered ${error.status ?? 'with an error'}`;
  return error.fault === 'unreachable' ? (error.message === 'no answer in time' ? error.message : 'no answer') : 'its answer is not one of an execution broker';
}

/** True when the member has decided against it; false when it may or may not have happened. */
export function isRefusal(error: unknown): error is ClientError {
  return error instanceof ClientError && error.fault === 'refused' && (error.status ?? 500) < 500 && ![401, 408, 425, 429].includes(error.status ?? 0);
}

const noSuchPath: readonly (number | undefined)[] = [404, 405, 406, 501];

/** Plain v1.0 servers have no such path: that is no fault of theirs, and does not pass. */
export function outputFault(member: string, error: ClientError): BrokerError {
  if (!noSuchPath.includes(error.status)) return memberAway(member, error);
  return new BrokerError('not-found', 'caller', [reason('no-output', 'there is no output of this session: {member} gives none out', { member })]);
}
