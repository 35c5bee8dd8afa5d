/**
 * Storage that outlives sessions (docs/decisions/0039): who has it when is decided by the ledger, by a charge on an account of its
 * own; that it is there, and how much a platform keeps, by the rows of the store.
 */
import { createHash } from 'node:crypto';
import type { Draft, Instant, KeptStorage, KeptStorageId, KeptStorageStore, Plan, PlannedStorage, PlatformName, Reason, Requester, RequesterId, StorageResource } from '#model';
import { BrokerError, anonymous, reason } from '#model';
import type { Ask, Charge, Keeps, Platform, Verdict } from '#plugin-sdk';
import { accountPool } from '#booking';
import type { Ledger } from '#booking';
import { quoted } from '../faults.js';
import type { Faults } from '../faults.js';
import type { BoundPolicy } from '../judging/judgement.js';
import { isPersistent, modeOf, readKeptWishes } from './kept-wishes.js';
import type { KeptWish } from './kept-wishes.js';
import type { LinkedRequest } from '../request/linked-request.js';

export interface KeptParts {
  readonly store: KeptStorageStore;
  readonly ledger: Pick<Ledger, 'preview'>;
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  now(): Instant;
  newUuid(): string;
}

/** As many sessions may read at a time, or one may write. */
const everybody = 1000;

export class KeptStorageBook {
  constructor(private readonly parts: KeptParts) {}

  /** One session at a time writes to it; several read where the platform lets them. Counted by the ledger, so that bookings of later times count too. */
  readonly policy: BoundPolicy = { name: 'persistent-storage', judge: (ask) => this.judge(ask) };

  /** The planned storage, with what of it is kept. What can't be had goes to `faults`. */
  async resolve(requester: Requester, linked: LinkedRequest, planned: readonly PlannedStorage[], faults: Faults): Promise<readonly PlannedStorage[]> {
    const wishes = readKeptWishes(linked, faults);
    if (wishes.length === 0 || faults.any) return planned;
    const [{ index }] = wishes as [KeptWish];
    if (requester.id === anonymous.id) faults.add('anonymous', `storage[${index}].kind`, 'storage is kept for its owner, and nobody said who asks', 'log in, or ask for storage that goes with the session');
    const found = await Promise.all(wishes.map(async (wish) => [wish.index, await this.resolveOne(requester.id, wish, planned, faults)] as const));
    const resolved = new Map(found);
    return planned.map((one, at) => resolved.get(at) ?? one);
  }

  /** Why the platform can't have what the draft wants kept; empty where it can. */
  async refusalsOf(draft: Draft, name: PlatformName, keeps: Keeps | undefined): Promise<readonly Reason[]> {
    const kept = draft.storage.flatMap((one, index) => (one.kept ? [{ ...one, kept: one.kept, at: `storage[${index}]` }] : []));
    if (kept.length === 0) return [];
    if (!keeps) return kept.map(({ at }) => reason('unsupported-kind', 'platform {platform} keeps no storage', { platform: name }, { path: `${at}.kind` }));
    const elsewhere = kept.filter(({ kept: { platform } }) => platform !== undefined && platform !== name);
    if (elsewhere.length > 0) return elsewhere.map(({ at, kept: { name: called, platform } }) => reason('kept-elsewhere', "'{name}' lies on platform {there}, not on {platform}", { name: called, there: platform ?? '', platform: name }, { path: `${at}.name` }));
    const tooLong = kept.filter(({ kept: { lifetime = 0 } }) => lifetime > keeps.longest);
    if (tooLong.length > 0) return tooLong.map(({ at }) => reason('limit', 'platform {platform} keeps storage for at most {seconds} s after its last session', { platform: name, seconds: keeps.longest / 1000 }, { path: `${at}.lifetime` }));
    const wanted = kept.filter(({ kept: { platform } }) => platform === undefined);
    const [first] = wanted;
    if (!first) return [];
    const [gib, used] = [wanted.reduce((sum, one) => sum + one.gib, 0), await this.parts.store.used(name)];
    return used + gib <= keeps.gib ? [] : [full({ gib, used, platform: name, total: keeps.gib, path: `${first.at}.size` })];
  }

  /** Promises it to the session that is about to be accepted. Throws 'conflict' where others were faster. */
  async secure(plan: Plan): Promise<Plan> {
    if (plan.storage.every(({ kept }) => kept === undefined)) return plan;
    const { keeps } = await this.parts.platforms.get(plan.platform)?.capabilities() ?? {};
    const storage: PlannedStorage[] = [];
    for (const one of plan.storage) storage.push(one.kept && keeps ? await this.secureOne(plan, one, keeps) : one);
    return { ...plan, storage };
  }

  /** True while a session is booked with it, or an open offer has it. */
  isWanted({ owner, name }: Pick<KeptStorage, 'owner' | 'name'>): boolean {
    const pool = accountPool(accountOf(owner, name));
    return this.parts.ledger.preview((profile) => profile.accounts.mostAtOnce(pool, 'sessions', { start: this.parts.now(), end: Number.POSITIVE_INFINITY })) > 0;
  }

  private async judge({ requester, request }: Ask): Promise<Verdict> {
    const wanted = (request.storage ?? []).filter((one) => isPersistent(one) && one.name !== undefined);
    return { kind: 'allow', charges: await Promise.all(wanted.map((one) => this.chargeOf(requester.id, one))) };
  }

  private async chargeOf(owner: RequesterId, spec: StorageResource): Promise<Charge> {
    const { name = '' } = spec;
    const weight = modeOf(spec) === 'READONLY' && await this.isShared(owner, name) ? 1 : everybody;
    return {
      account: accountOf(owner, name), counts: 'sessions', weight, limits: [{ kind: 'at-once', most: { sessions: everybody } }],
      reason: reason('storage-in-use', "another session or offer of yours has '{name}' in that time, and only readers share it", { name }, { path: 'storage' }),
    };
  }

  private async isShared(owner: RequesterId, name: string): Promise<boolean> {
    const there = await this.parts.store.find(owner, name);
    return there !== undefined && (await this.parts.platforms.get(there.platform)?.capabilities())?.keeps?.sharing === true;
  }

  private async resolveOne(owner: RequesterId, wish: KeptWish, planned: readonly PlannedStorage[], faults: Faults): Promise<PlannedStorage | undefined> {
    const one = planned[wish.index];
    const there = await this.parts.store.find(owner, wish.name);
    if (!one) return undefined;
    const at = `storage[${wish.index}]`;
    const lifetime = wish.lifetime === undefined ? {} : { lifetime: wish.lifetime };
    if (!there) {
      if (one.spec.size === undefined) return faults.add('not-found', `${at}.name`, `you keep nothing called ${quoted(wish.name)} here`, 'correct the name, or write a size and it is made');
      if (wish.mode === 'READONLY') return faults.add('not-found', `${at}.mode`, `${quoted(wish.name)} has yet to be made, so there is nothing to read`, 'leave out the mode');
      return { ...one, kept: { id: this.parts.newUuid() as KeptStorageId, name: wish.name, make: true, ...lifetime } };
    }
    if (there.state === 'leaving') return faults.add('leaving', `${at}.name`, `${quoted(wish.name)} is being removed`, 'ask again in a minute');
    if ((one.spec.size?.min ?? 0) > there.gib) return faults.add('storage', `${at}.size.min`, `${quoted(wish.name)} has ${there.gib} GiB and does not grow`, `ask for at most ${there.gib} GiB, or another name`);
    return { ...one, gib: there.gib, kept: { id: there.id, name: wish.name, make: there.state !== 'kept', platform: there.platform, ...lifetime } };
  }

  private async secureOne(plan: Plan, one: PlannedStorage, keeps: Keeps): Promise<PlannedStorage> {
    const { kept, gib } = one;
    if (!kept) return one;
    const { owner, platform, session } = plan;
    const now = this.parts.now();
    const until = plan.run.end + Math.min(kept.lifetime ?? Infinity, keeps.longest);
    const promised: KeptStorage = { id: kept.id, owner, name: kept.name, platform, gib, state: 'promised', session, created: now, until };
    const added = kept.platform === undefined ? await this.parts.store.add(promised, keeps.gib) : 'taken';
    if (added === 'added') return one;
    if (added === 'full') throw lost(full({ gib, used: await this.parts.store.used(platform), platform, total: keeps.gib, path: 'storage' }));
    const there = await this.parts.store.find(owner, kept.name);
    if (there?.platform !== platform || there.gib < gib || !await this.parts.store.use(there.id, session, until)) {
      throw lost(reason('kept-elsewhere', "'{name}' is not as it was when this was offered", { name: kept.name }, { path: 'storage' }));
    }
    return { ...one, gib: there.gib, kept: { ...kept, id: there.id, platform, make: there.state !== 'kept' } };
  }
}

/** Nothing of who owns it, or how they call it, is told by its account. */
function accountOf(owner: RequesterId, name: string): string {
  return `storage/${createHash('sha256').update(`${owner}\n${name}`).digest('hex').slice(0, 32)}`;
}

interface Full { readonly gib: number; readonly used: number; readonly platform: PlatformName; readonly total: number; readonly path: string }

function full({ path, ...values }: Full): Reason {
  return reason('kept-full', '{gib} GiB are wanted; of {total} GiB that platform {platform} keeps, {used} are taken. Remove what you do not need any more, or ask for less', values, { path });
}

function lost(why: Reason): BrokerError {
  const advice = reason('ask-again', 'the storage of this offer is not to be had any more; send the request again', {});
  return new BrokerError('conflict', 'caller', [why, advice]);
}
