/**
 * Pools with owners: the capacity of one pool divided into pledges. A session claims the physical pool as ever, and of each
 * pledge what it draws from it; pledges are pools of the ledger, so that fence and guard keep them like any capacity.
 */
import type { Milliseconds, PoolId, Requester, Resources } from '#model';
import type { Who } from '#plugin-sdk';
import { isMeant } from '#plugin-sdk';

export interface Pledge {
  readonly name: string;
  readonly amounts: Resources;
  /** Whoever one of these means may draw; empty: everybody. */
  readonly who: readonly Who[];
  /** Most that one requester, and the members of a group together, have of it at any moment. */
  readonly perUser?: Resources;
  readonly perGroup?: Readonly<Record<string, Resources>>;
  readonly lending?: Lending;
  readonly fairShare?: FairShare;
}

/** What the owners do not use may be drawn by those of other pledges. Nothing is taken back: it comes back because loans are short. */
export interface Lending {
  /** Names of the pledges whose drawers may borrow. */
  readonly to: readonly string[];
  /** Stays for the owners, whatever is free. */
  readonly keep: Resources;
  /** Longest run on a loan. As loans may follow each other until {@link ahead}, the owners have everything back within both together. */
  readonly longest: Milliseconds;
  /** A loan begins at most so long from now. */
  readonly ahead: Milliseconds;
}

/** Whoever used more than the mean of all users within `period` leaves `reserve` free for the others. */
export interface FairShare { readonly period: Milliseconds; readonly reserve: Resources }

export interface DividedPool {
  readonly pool: PoolId;
  /** In the order in which they are drawn on. */
  readonly pledges: readonly Pledge[];
}

const prefix = 'pledge:';

/** The pool of the ledger that stands for a pledge. */
export function pledgePool({ pool }: Pick<DividedPool, 'pool'>, { name }: Pick<Pledge, 'name'>): PoolId {
  return `${prefix}${name}@${pool}` as PoolId;
}

export function isPledge(pool: PoolId): boolean {
  return pool.startsWith(prefix);
}

/** True for what is drawn of this pool from one of its pledges. */
export function isDrawnFrom(pledge: PoolId, pool: PoolId): boolean {
  return isPledge(pledge) && pledge.endsWith(`@${pool}`);
}

/** What a requester may draw on: owned shares first, in order, then what others lend. */
export interface Drawable { readonly pledge: Pledge; readonly pool: PoolId; readonly isLoan: boolean }

export function drawableBy(divided: DividedPool, requester: Requester): readonly Drawable[] {
  const own = divided.pledges.filter(({ who }) => who.length === 0 || who.some((one) => isMeant(one, requester)));
  const names = own.map(({ name }) => name);
  const lent = divided.pledges.filter((pledge) => !own.includes(pledge) && pledge.lending?.to.some((name) => names.includes(name)));
  const of = (isLoan: boolean) => (pledge: Pledge): Drawable => ({ pledge, pool: pledgePool(divided, pledge), isLoan });
  return [...own.map(of(false)), ...lent.map(of(true))];
}
