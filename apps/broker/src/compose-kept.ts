/** Storage that outlives sessions, where a platform keeps any. */
import { randomUUID } from 'node:crypto';
import type { Clock, Log, PlatformName } from '#model';
import type { Ledger } from '#booking';
import { KeptStorageBook, KeptStorageKeeper } from '#node';
import type { Persistence } from '#persistence';
import type { Platform } from '#plugin-sdk';

export interface KeptGround {
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly persistence: Pick<Persistence, 'keptStorage' | 'sessions'>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Kept { readonly book: KeptStorageBook; readonly keeper: KeptStorageKeeper }

/** Undefined where no platform keeps any, so that nothing is asked of the database then. */
export async function openKept({ platforms, persistence, ledger, clock, log }: KeptGround): Promise<Kept | undefined> {
  // One that does not answer is told among the node's faults, and offers nothing.
  const able = await Promise.allSettled([...platforms.values()].map((platform) => platform.capabilities()));
  if (!able.some((one) => one.status === 'fulfilled' && one.value.keeps !== undefined)) return undefined;
  const store = persistence.keptStorage;
  const book = new KeptStorageBook({ store, ledger, platforms, now: () => clock.now(), newUuid: randomUUID });
  return { book, keeper: new KeptStorageKeeper({ book, store, sessions: persistence.sessions, platforms, clock, log }) };
}
