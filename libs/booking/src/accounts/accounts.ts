/**
 * Accounts: claims that stand for no capacity but count what somebody uses (of a quota, a budget, a share). They ride in holds and
 * bookings like any claim, so that they come and go with them, in the order in which the ledger decides. There may be one for
 * each user, and few claims on each: kept are the claims themselves, not a timeline.
 */
import type { Instant, Interval, Milliseconds, OfferSetId, PoolId, SessionId } from '#model';
import { intersection } from '#model';
import type { Claim, Hold } from '../booking.js';
import { endSlot, firstSlot, stepsOf, stepsOfAlternatives } from '../times/steps.js';
import type { Step } from '../times/steps.js';

const prefix = 'account:';
const hour: Milliseconds = 3_600_000;

export function accountPool(name: string): PoolId {
  return `${prefix}${name}` as PoolId;
}

export function isAccount(pool: PoolId): boolean {
  return pool.startsWith(prefix);
}

/** What is left out when it is counted: a set that is about to be accepted, a session that is about to be changed. */
export interface Except { readonly set?: OfferSetId; readonly session?: SessionId }

interface Account { readonly firm: Map<SessionId, readonly Claim[]>; readonly open: Map<OfferSetId, readonly Hold[]> }

export class AccountBook {
  private readonly accounts = new Map<PoolId, Account>();

  constructor(private readonly grain: Milliseconds) {}

  putBooking(session: SessionId, before: readonly Claim[] | undefined, next: readonly Claim[] | undefined): void {
    for (const pool of poolsIn(before)) this.of(pool).firm.delete(session);
    for (const pool of poolsIn(next)) this.of(pool).firm.set(session, (next ?? []).filter((claim) => claim.pool === pool));
    this.sweep(before);
  }

  /** `next`: the offers that can still be accepted. */
  putSet(set: OfferSetId, before: readonly Hold[] | undefined, next: readonly Hold[] | undefined): void {
    const claims = before?.flatMap((hold) => hold.claims);
    for (const pool of poolsIn(claims)) this.of(pool).open.delete(set);
    for (const pool of poolsIn(next?.flatMap((hold) => hold.claims))) {
      this.of(pool).open.set(set, (next ?? []).map(({ index, claims: all }) => ({ index, claims: all.filter((claim) => claim.pool === pool) })));
    }
    this.sweep(claims);
  }

  /** Forgets bookings that ended before. */
  prune(before: Instant): void {
    for (const [pool, account] of this.accounts) {
      for (const [session, claims] of account.firm) if (claims.every(({ interval }) => interval.end <= before)) account.firm.delete(session);
      if (account.firm.size + account.open.size === 0) this.accounts.delete(pool);
    }
  }

  /** Most that is used at any moment of the interval, by grains; of an open set the most that one of its offers takes. */
  mostAtOnce(pool: PoolId, resource: string, interval: Interval, except: Except = {}): number {
    const [from, until] = [firstSlot(interval.start, this.grain), endSlot(interval.end, this.grain)];
    const edges = this.stepsOn(pool, except).filter((step) => step.resource === resource && step.from < until && step.until > from)
      .flatMap((step) => [{ at: Math.max(from, step.from), change: step.amount }, { at: step.until, change: -step.amount }])
      .sort((a, b) => a.at - b.at || a.change - b.change);
    let [used, most] = [0, 0];
    for (const { at, change } of edges) {
      used += change;
      if (at < until) most = Math.max(most, used);
    }
    return most;
  }

  /** Amounts times hours in the window, by exact times; of an open set the most that one of its offers takes. */
  spent(pool: PoolId, resource: string, window: Interval, except: Except = {}): number {
    const account = this.accounts.get(pool);
    if (!account) return 0;
    let sum = 0;
    for (const [session, claims] of account.firm) if (session !== except.session) sum += hoursIn(claims, resource, window);
    for (const [set, holds] of account.open) if (set !== except.set) sum += Math.max(0, ...holds.map(({ claims }) => hoursIn(claims, resource, window)));
    return sum;
  }

  openSets(pool: PoolId, except: Except = {}): number {
    const { open } = this.accounts.get(pool) ?? {};
    return (open?.size ?? 0) - (except.set !== undefined && open?.has(except.set) === true ? 1 : 0);
  }

  /** Every time at which a claim of the account begins or ends. */
  edges(pool: PoolId): readonly Instant[] {
    const account = this.accounts.get(pool);
    const claims = account ? [...[...account.firm.values()].flat(), ...[...account.open.values()].flat().flatMap((hold) => hold.claims)] : [];
    return [...new Set(claims.flatMap(({ interval }) => [interval.start, interval.end]))].sort((a, b) => a - b);
  }

  /** Accounts with something on them whose names begin so. */
  named(start: string): readonly PoolId[] {
    return [...this.accounts.keys()].filter((pool) => pool.startsWith(`${prefix}${start}`));
  }

  private stepsOn(pool: PoolId, except: Except): readonly Step[] {
    const account = this.accounts.get(pool);
    if (!account) return [];
    const firm = [...account.firm].flatMap(([session, claims]) => (session === except.session ? [] : stepsOf(claims, this.grain)));
    const open = [...account.open].flatMap(([set, holds]) => (set === except.set ? [] : stepsOfAlternatives(holds, this.grain)));
    return [...firm, ...open];
  }

  private of(pool: PoolId): Account {
    let account = this.accounts.get(pool);
    if (!account) this.accounts.set(pool, account = { firm: new Map(), open: new Map() });
    return account;
  }

  private sweep(claims: readonly Claim[] | undefined): void {
    for (const pool of poolsIn(claims)) {
      const account = this.accounts.get(pool);
      if (account && account.firm.size + account.open.size === 0) this.accounts.delete(pool);
    }
  }
}

function poolsIn(claims: readonly Claim[] | undefined): ReadonlySet<PoolId> {
  const pools = new Set<PoolId>();
  for (const { pool } of claims ?? []) if (isAccount(pool)) pools.add(pool);
  return pools;
}

function hoursIn(claims: readonly Claim[], resource: string, window: Interval): number {
  let sum = 0;
  for (const { interval, amount } of claims) {
    const both = intersection(interval, window);
    if (both) sum += (amount[resource] ?? 0) * ((both.end - both.start) / hour);
  }
  return sum;
}
