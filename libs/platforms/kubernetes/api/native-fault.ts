/** Answers of the API server that are no success, and who can mend them. https://kubernetes.io/docs/reference/using-api/api-concepts/ */
import { BrokerError, reason } from '#model';
import type { Fixer } from '#model';

/** `Status` as the server sends it, or what stands for it. */
export class NativeFault extends Error {
  constructor(readonly status: number, readonly word: string, message: string) {
    super(message);
    this.name = 'NativeFault';
  }
}

/** There was no answer at all. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? `${cause.message}${'code' in cause ? ` (${String(cause.code)})` : ''}` : String(cause), { cause });
    this.name = 'Unreachable';
  }
}

export function isStatus(fault: unknown, status: number): boolean {
  return fault instanceof NativeFault && fault.status === status;
}

/** Undefined where the server says 404: what should go is gone, what should be there is not. */
export async function unlessMissing<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (fault) {
    if (isStatus(fault, 404)) return undefined;
    throw fault;
  }
}

/** The server is overloaded or broken; the same request may succeed later. */
const passing = new Set([408, 409, 429, 500, 502, 503, 504]);

/** What the broker, its operators and its users are told. */
export function asBrokerError(fault: unknown, what: string): BrokerError {
  if (fault instanceof BrokerError) return fault;
  const said = fault instanceof Error ? fault.message : String(fault);
  if (!(fault instanceof NativeFault)) {
    const text = fault instanceof Unreachable ? 'the API server does not answer ({what}): {said}' : 'could not {what}: {said}';
    return new BrokerError('unavailable', fault instanceof Unreachable ? 'time' : 'us', [reason('cluster-unreachable', text, { what, said }, { level: 'ERROR' })], { cause: fault });
  }
  const { word, fixer } = kindOf(fault);
  return new BrokerError('unavailable', fixer, [reason(word, 'the cluster refuses to {what}: {said}', { what, said }, { level: 'ERROR' })], { cause: fault });
}

/** True when we may not ask for this at all. What admission refuses (quotas, limit ranges, webhooks, pod security, a namespace that goes) has the same status. */
export function isRightMissing(fault: unknown): boolean {
  return isStatus(fault, 403) && / cannot \w+ (?:resource|path) |cannot set blockOwnerDeletion/.test((fault as NativeFault).message);
}

/** Said by a server that has just begun, before its admission knows the cluster. */
export function isNotReady(fault: unknown): boolean {
  return isStatus(fault, 403) && (fault as NativeFault).message.includes('not yet ready to handle request');
}

function kindOf(fault: NativeFault): { readonly word: string; readonly fixer: Fixer } {
  if (fault.status === 403 && fault.message.includes('exceeded quota')) return { word: 'quota-exceeded', fixer: 'time' };
  if (fault.status === 401) return { word: 'not-authenticated', fixer: 'operator' };
  if (isRightMissing(fault)) return { word: 'right-missing', fixer: 'operator' };
  if (passing.has(fault.status) || isNotReady(fault)) return { word: 'cluster-busy', fixer: 'time' };
  if (fault.status === 403) return { word: 'not-admitted', fixer: 'operator' };
  return { word: 'cluster-refuses', fixer: 'operator' };
}
