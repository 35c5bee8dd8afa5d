/** Errors of the runtime, in the words of the broker. */
import { BrokerError, reason } from '#model';

interface NativeFault extends Error { readonly statusCode?: number; readonly code?: string; readonly reason?: string }

/** HTTP status of the runtime's answer; undefined when there was none. */
export function statusOf(fault: unknown): number | undefined {
  return (fault as NativeFault).statusCode;
}

/** True when the runtime itself could not be reached. */
export function isUnreachable(fault: unknown): boolean {
  return statusOf(fault) === undefined && ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH'].includes((fault as NativeFault).code ?? '');
}

/** 4xx: what was asked is wrong. 5xx, or no answer: the machine is. */
export function asBrokerError(fault: unknown, what: string): BrokerError {
  if (fault instanceof BrokerError) return fault;
  const status = statusOf(fault);
  const why = reason('runtime-fault', 'the container runtime could not {what}: {fault}', { what, fault: (fault as Error).message }, { level: 'ERROR', path: 'executable' });
  if (isUnreachable(fault)) return new BrokerError('unavailable', 'time', [why], { cause: fault });
  return new BrokerError('unavailable', status === 400 || status === 404 ? 'caller' : 'operator', [why], { cause: fault });
}

/** Undefined where the runtime says 404: what should go is gone, what should be there is not. */
export async function unlessMissing<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (fault) {
    if (statusOf(fault) === 404) return undefined;
    throw fault;
  }
}
