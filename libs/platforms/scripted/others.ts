/** Pretended others on a shared platform: `others.json` in the platform's folder says what they use, and what has become of a pool. */
import { BrokerError, parseInterval, reason } from '#model';
import type { Resources, SessionId } from '#model';
import type { PoolCapacity, Taken } from '#plugin-sdk';

/** By pool: `total` when it is not as configured, `taken` with `when` as an ISO 8601 interval, `endangered` sessions. */
interface Written {
  readonly total?: Resources;
  readonly taken?: readonly { readonly when: string; readonly resources: Resources; readonly session?: SessionId }[];
  readonly endangered?: readonly SessionId[];
}

export function othersOf(others: unknown, pool: string, configured: Resources): Omit<PoolCapacity, 'pool'> {
  const { total = configured, taken = [], endangered = [] } = (others as Record<string, Written> | undefined)?.[pool] ?? {};
  const danger = reason('at-risk', "'{note}' was said to be away", { note: pool });
  return { total, taken: taken.map(read), endangered: endangered.map((session) => ({ session, reason: danger })) };
}

function read({ when, resources, session }: NonNullable<Written['taken']>[number]): Taken {
  const interval = parseInterval(when);
  if (!interval.ok) throw new BrokerError('unavailable', 'operator', [reason('scripted', 'others.json: {when}: {fault}', { when, fault: interval.fault }, { level: 'ERROR' })]);
  return { interval: interval.value, resources, ...(session === undefined ? {} : { session }) };
}
