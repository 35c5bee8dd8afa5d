/** What policies charge for an offer, as claims on accounts; and whether the accounts have room for it. */
import type { Instant, Interval, PoolId, Reason, Resources } from '#model';
import type { Charge } from '#plugin-sdk';
import { accountPool, exceededBy } from '#booking';
import type { AccountBook, Candidate, Claim, Except, Exceeded, Ledger } from '#booking';

/** Money is counted in millionths, as accounts count whole amounts. */
export const moneyUnit = 1_000_000;
const hour = 3_600_000;

/** What a candidate counts for: all of it, or the part that is drawn from one pledge. */
export interface Counted { readonly granted: Resources; readonly price: number }

/** The claim of a charge; its amounts are per hour where money is counted. */
export function claimOf(charge: Charge, candidate: Candidate, counted: Counted): Claim {
  const run = { start: candidate.start, end: latestEnd(candidate) };
  const interval = isCountedBySlots(charge) ? occupied(candidate, run) : run;
  return { pool: accountPool(charge.account), interval, amount: amountOf(charge, counted, interval) };
}

/** What is counted at once is rounded to grains, as capacity is; what is counted in a period, not at all. */
export function isCountedBySlots({ limits }: Charge): boolean {
  return limits.some(({ kind }) => kind === 'at-once');
}

export function amountOf({ counts, weight = 1 }: Charge, { granted, price }: Counted, interval: Interval): Resources {
  switch (counts) {
    case 'granted': return granted;
    case 'sessions': return { sessions: weight };
    // Rounded up: a budget is never exceeded by what was cut off.
    case 'money': return { money: Math.ceil((price * moneyUnit) / ((interval.end - interval.start) / hour)) };
  }
}

/** When the run ends if it is accepted as late as may be; where it begins sooner, the rest is given back at its end. */
function latestEnd({ start, duration, claims }: Candidate): Instant {
  const ends = claims.map(({ interval }) => interval.end);
  return ends.length === 0 ? start + duration : Math.max(start + duration, Math.min(...ends));
}

/** From preparing until released, a late acceptance included. */
function occupied({ claims }: Candidate, run: Interval): Interval {
  return { start: Math.min(run.start, ...claims.map(({ interval }) => interval.start)), end: Math.max(run.end, ...claims.map(({ interval }) => interval.end)) };
}

/** Limits in the unit of the account. */
export function limitsOf({ counts, limits }: Charge): Charge['limits'] {
  if (counts !== 'money') return limits;
  return limits.map((limit) => (limit.kind === 'open-sets' ? limit : { ...limit, most: Object.fromEntries(Object.entries(limit.most).map(([name, amount]) => [name, amount * moneyUnit])) }));
}

/** Why the charge can't be made; undefined: it can. */
export function refusalOf(book: AccountBook, charge: Charge, claim: Claim, except: Except = {}): Reason | undefined {
  const found = exceededBy(book, claim, limitsOf(charge), except);
  return found && filledIn(charge, found);
}

function filledIn({ reason, counts }: Charge, { resource, used, most, wanted }: Exceeded): Reason {
  const shown = (amount: number): string => String(Math.round((counts === 'money' ? amount / moneyUnit : amount) * 100) / 100);
  return { ...reason, values: { ...reason.values, resource, used: shown(used), limit: shown(most), wanted: shown(wanted), left: shown(Math.max(0, most - used)) } };
}

/** More than anybody uses: what limits an account is asked each time, not its total. */
const boundless = 1e15;

/** Accounts have to be known to the ledger before they are claimed; costs nothing when they are. */
export async function openAccounts(ledger: Pick<Ledger, 'definePools' | 'preview'>, accounts: readonly { readonly pool: PoolId; readonly names: readonly string[] }[]): Promise<void> {
  const wanted = new Map<PoolId, Set<string>>();
  for (const { pool, names } of accounts) wanted.set(pool, new Set([...wanted.get(pool) ?? [], ...names]));
  const missing = ledger.preview((profile) => [...wanted].flatMap(([pool, names]) => {
    const known = Object.keys(profile.totalOf(pool) ?? {});
    const all = new Set([...known, ...names]);
    return all.size === known.length ? [] : [{ pool, total: Object.fromEntries([...all].map((name) => [name, boundless])) }];
  }));
  if (missing.length > 0) await ledger.definePools(missing);
}
