/** Storage that outlives sessions: what is kept already, and what more may be promised where a platform keeps any. */
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

/** `promises`: undefined where no platform keeps any, so that asks and sessions have nothing to do with it then. */
export interface Kept { readonly keeper: KeptStorageKeeper; readonly promises: { readonly book: KeptStorageBook; readonly keeper: KeptStorageKeeper } | undefined }

/** What a platform kept that is configured otherwise now is still shown, and can be removed when that is back. */
export async function openKept({ platforms, persistence, ledger, clock, log }: KeptGround): Promise<Kept> {
  const store = persistence.keptStorage;
  const book = new KeptStorageBook({ store, ledger, platforms, now: () => clock.now(), newUuid: randomUUID });
  const keeper = new KeptStorageKeeper({ book, store, sessions: persistence.sessions, platforms, clock, log });
  // One that does not answer is told among the node's faults, and offers nothing.
  const able = await Promise.allSettled([...platforms.values()].map((platform) => platform.capabilities()));
  const isAble = able.some((one) => one.status === 'fulfilled' && one.value.keeps !== undefined);
  return { keeper, promises: isAble ? { book, keeper } : undefined };
}
