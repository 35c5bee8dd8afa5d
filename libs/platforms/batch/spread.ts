/** How a session is spread over hosts, and what it then asks of its pool: pure. */
import type { Draft, PoolId, Resources, Spread } from '#model';
import { fitsIn } from '#model';
import type { Demand } from '#plugin-sdk';
import type { NativePool } from './dialect.js';

type Hosts = Pick<NativePool, 'largestHost' | 'mostHosts'>;

/** Fewest hosts, of those that are wanted, that have the amounts in equal parts; the most there may be when none have. */
export function hostsFor(amounts: Resources, { largestHost, mostHosts }: Hosts, { min, max }: Spread = anySpread): number {
  const most = Math.max(1, Math.min(mostHosts, max));
  for (let hosts = Math.max(1, min); hosts < most; hosts += 1) if (fitsIn(perHost(amounts, hosts), largestHost)) return hosts;
  return most;
}

const anySpread: Spread = { min: 1, max: Infinity };

/** What a draft asks of the pool. Where it gets whole hosts or several, it is of one size; on one host it may grow up to the host's. */
export function demandOf(draft: Draft, pool: NativePool, id: PoolId): Demand {
  const min = withoutStorage(draft.need.min);
  const hosts = hostsFor(min, pool, draft.spread);
  const fixed = pool.givesWholeHosts ? timesResources(pool.largestHost, hosts) : timesResources(perHost(min, hosts), hosts);
  if (pool.givesWholeHosts || hosts > 1) return { pool: id, min: fixed, max: fixed, during: 'run', ...(hosts > 1 ? { hosts } : {}) };
  const max = Object.fromEntries(Object.entries(withoutStorage(draft.need.max)).map(([name, amount]) => [name, Math.max(min[name] ?? 0, Math.min(amount, pool.largestHost[name] ?? 0))]));
  return { pool: id, min, max, during: 'run' };
}

/** Storage lies on the shared file system, which no pool counts. */
export function withoutStorage(amounts: Resources): Resources {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => name !== 'storage'));
}

export function timesResources(amounts: Resources, count: number): Resources {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount * count]));
}

function perHost(amounts: Resources, hosts: number): Resources {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, Math.ceil(amount / hosts)]));
}
