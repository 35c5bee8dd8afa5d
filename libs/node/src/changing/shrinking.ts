/** What a session that becomes smaller gives back: capacity, what it drew from shares for it, and what that was charged. */
import type { Instant, Interval, Milliseconds, PoolId } from '#model';
import type { Charge } from '#plugin-sdk';
import { accountPool, claimsBeyond } from '#booking';
import type { Claim } from '#booking';
import type { ChangeTerms } from './change-terms.js';
import { isCountedBySlots, moneyUnit } from '../pools/charging.js';
import { claimsOfSize, isCapacity, joined, lessened } from '../pools/claim-shapes.js';
import { isDrawnFrom } from '../pools/pledges.js';
import { partOf } from '../pools/share-room.js';

export interface Shrinking {
  readonly before: readonly Claim[];
  readonly run: Interval;
  readonly name: string;
  /** How much less it shall have. */
  readonly by: number;
  /** Of what is given back. */
  readonly price: number;
  readonly now: Instant;
  readonly grain: Milliseconds;
}

const hour: Milliseconds = 3_600_000;

/**
 * Never refused. Accounts that no policy of today speaks of keep what they count until the session ends: it is not known what of it
 * was for the part that is given back.
 */
export function smallerClaims(shrinking: Shrinking, { charges, shares }: Pick<ChangeTerms, 'charges' | 'shares'>): readonly Claim[] {
  const { before, name, by, now, run, grain } = shrinking;
  const capacity = claimsOfSize(before.filter(isCapacity), name, -by, { from: now, end: run.end, grain });
  const [freed] = claimsBeyond(before.filter(isCapacity), capacity);
  const owed = before.filter((one) => !isCapacity(one));
  if (!freed) return [...capacity, ...owed];
  const pledges = new Set(owed.map(({ pool }) => pool).filter((pool) => isDrawnFrom(pool, freed.pool)));
  const drawn = lessened(owed, pledges, { name, by, during: freed.interval });
  const given = claimsBeyond(owed, drawn);
  const toEnd = ({ end }: Interval): boolean => end >= freed.interval.end;
  const ofNode = charges.map((charge) => ({ charge, amount: by, interval: freed.interval, isToEnd: true }));
  const ofShares = shares.accounts().flatMap(({ charge, share }) => given.filter(({ pool }) => pool === share).map(({ amount, interval }) => ({ charge, amount: amount[name] ?? 0, interval, isToEnd: toEnd(interval) })));
  const left = [...ofNode, ...ofShares].reduce((claims, one) => lessCharged(claims, one, shrinking), drawn);
  return [...capacity, ...joined(left)];
}

/** `isToEnd`: until the session ends, whenever that is for the account. */
interface GivenBack { readonly charge: Charge; readonly amount: number; readonly interval: Interval; readonly isToEnd: boolean }

function lessCharged(claims: readonly Claim[], { charge, amount, interval, isToEnd }: GivenBack, { name, by, price, now, run }: Shrinking): readonly Claim[] {
  const pool = accountPool(charge.account);
  const account = new Set<PoolId>([pool]);
  const start = isCountedBySlots(charge) ? interval.start : Math.max(now, run.start, interval.start);
  const lasts = isToEnd ? claims.filter((one) => one.pool === pool).map((one) => one.interval.end) : [];
  const during = { start, end: Math.max(interval.end, ...lasts) };
  if (charge.counts === 'granted') return lessened(claims, account, { name, by: amount, during });
  if (charge.counts === 'sessions' || during.end <= start) return claims;
  // Rounded down: not more comes back than was paid.
  const rate = Math.floor((price * partOf({ [name]: amount }, { [name]: by }) * moneyUnit) / ((during.end - start) / hour));
  return lessened(claims, account, { name: 'money', by: rate, during });
}
