/** Looks after what is kept: what was promised and never used goes, what is over goes, and what its owner removes. */
import type { Clock, KeptStorage, KeptStorages, KeptStorageStore, Log, PlatformName, Requester } from '#model';
import { BrokerError, isFinal, isUuid, reason } from '#model';
import type { Platform, SessionFact } from '#plugin-sdk';
import { Periodic } from '#runtime';
import type { SessionStore } from '#sessions';
import type { KeptStorageBook } from './kept-storage.js';
import { isKeptName } from './kept-wishes.js';

export interface KeeperParts {
  readonly book: Pick<KeptStorageBook, 'isWanted'>;
  readonly store: KeptStorageStore;
  readonly sessions: Pick<SessionStore, 'find'>;
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly clock: Clock;
  readonly log: Log;
}

const lookEvery = 30_000;
/** An acceptance that has not come to a session by then never will. */
const acceptedWithin = 600_000;

export class KeptStorageKeeper implements KeptStorages {
  private readonly sweeps: Periodic;

  constructor(private readonly parts: KeeperParts) {
    const { clock, log } = parts;
    this.sweeps = new Periodic({ pause: lookEvery, failed: 'kept storage could not be looked at; it is tried again', clock, log }, () => this.sweep());
  }

  start(): void {
    this.sweeps.start();
  }

  stop(): Promise<void> {
    return this.sweeps.stop();
  }

  list(requester: Requester): Promise<readonly KeptStorage[]> {
    return this.parts.store.list(requester.id);
  }

  listAll(): Promise<readonly KeptStorage[]> {
    return this.parts.store.list();
  }

  async remove(requester: Requester, name: string): Promise<void> {
    await this.removeNow(isKeptName(name) ? await this.parts.store.find(requester.id, name) : undefined, name);
  }

  async removeById(id: string): Promise<void> {
    const all = isUuid(id) ? await this.parts.store.list() : [];
    await this.removeNow(all.find((one) => one.id === id), id);
  }

  /** Told of each phase: what a session runs with stays, whatever becomes of the sessions that are booked with it too. */
  readonly record = async ({ session, phase }: Pick<SessionFact, 'session' | 'phase'>): Promise<void> => {
    if (phase !== 'RUNNING') return;
    const record = await this.parts.sessions.find(session);
    for (const { kept } of record?.plan.storage ?? []) if (kept) await this.parts.store.keep(kept.id);
  };

  /** One look at everything; safe to repeat, on several replicas at once too. */
  async sweep(): Promise<void> {
    for (const one of await this.parts.store.list()) {
      const next = await this.nextOf(one);
      if (next === 'leaving') await this.discard({ ...one, state: next });
    }
  }

  private async nextOf(one: KeptStorage): Promise<KeptStorage['state']> {
    if (one.state === 'leaving') return one.state;
    const isOver = one.state === 'promised' ? await this.isPromiseOver(one) : one.until <= this.parts.clock.now();
    if (!isOver || await this.isWanted(one)) return one.state;
    return await this.parts.store.change(one, 'leaving') ? 'leaving' : one.state;
  }

  /** What no session has run with goes with the last one that might have. */
  private async isPromiseOver({ session, created }: KeptStorage): Promise<boolean> {
    const record = await this.parts.sessions.find(session);
    if (record) return isFinal(record.session.phase) && record.work.stage === 'settled' && record.work.started === undefined;
    return this.parts.clock.now() - created > acceptedWithin;
  }

  /** The session is asked too: another replica may have booked it a moment ago. */
  private async isWanted(one: KeptStorage): Promise<boolean> {
    if (this.parts.book.isWanted(one)) return true;
    const record = await this.parts.sessions.find(one.session);
    return record !== undefined && record.work.stage !== 'settled';
  }

  private async removeNow(one: KeptStorage | undefined, called: string): Promise<void> {
    if (!one) throw new BrokerError('not-found', 'caller', [reason('not-found', 'there is no {what} {id} here', { what: 'kept storage', id: called.slice(0, 64) })]);
    if (one.state !== 'leaving' && (await this.isWanted(one) || !await this.parts.store.change(one, 'leaving'))) {
      throw new BrokerError('conflict', 'caller', [reason('storage-in-use', "a session or an open offer has '{name}'; cancel it, or wait until it is over", { name: one.name })]);
    }
    await this.discard({ ...one, state: 'leaving' });
  }

  private async discard({ id, name, platform }: KeptStorage): Promise<void> {
    try {
      const place = this.parts.platforms.get(platform);
      if (!place?.discard) throw new BrokerError('unavailable', 'operator', [reason('platform-missing', "platform '{platform}' is not there to remove it", { platform })]);
      await place.discard(id);
      await this.parts.store.remove(id);
    } catch (error) {
      // It is tried again at each look; until then it takes its room.
      this.parts.log.warn('kept storage could not be removed yet', { id, name, platform, error: String(error) });
    }
  }
}
