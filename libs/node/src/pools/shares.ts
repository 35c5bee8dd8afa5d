/** The shares of divided pools as one requester finds them for one request: which are open, within what limits, and why others are not. */
import type { Instant, Interval, Milliseconds, PoolId, Reason, Requester, Resources } from '#model';
import { reason } from '#model';
import { tellWho } from '#plugin-sdk';
import type { Ask, Charge } from '#plugin-sdk';
import { accountPool } from '#booking';
import type { Ledger } from '#booking';
import { openAccounts } from './charging.js';
import { judge } from '../judging/judgement.js';
import type { Allowed, BoundPolicy } from '../judging/judgement.js';
import { drawableBy } from './pledges.js';
import type { DividedPool, Drawable, Pledge } from './pledges.js';

export interface OpenShare extends Drawable {
  /** Limits of the policies that are bound to the share; they hold for what is drawn from it. */
  readonly atMost: Resources;
  readonly longest: Milliseconds;
  readonly runs: readonly Interval[] | undefined;
  /** Of those policies, and for the caps of users and groups. */
  readonly charges: readonly Charge[];
}

/** `pool`: that of the account; `share`: that of the pledge. */
export interface ShareAccount { readonly pool: PoolId; readonly charge: Charge; readonly pledge: Pledge; readonly share: PoolId }

export class Shares {
  constructor(private readonly divided: readonly DividedPool[], private readonly open: ReadonlyMap<PoolId, readonly OpenShare[]>, readonly closedReasons: readonly Reason[], readonly warnings: readonly Reason[]) {}

  of(pool: PoolId): readonly OpenShare[] {
    return this.open.get(pool) ?? [];
  }

  /** Resources that the pool is divided in; empty for one that is not divided. */
  namesOf(pool: PoolId): readonly string[] {
    const pledges = this.divided.find((one) => one.pool === pool)?.pledges ?? [];
    return [...new Set(pledges.flatMap(({ amounts }) => Object.keys(amounts)))];
  }

  get isEmpty(): boolean {
    return this.divided.length === 0;
  }

  /** Every account that a draw may charge. */
  accounts(): readonly ShareAccount[] {
    return [...this.open.values()].flat().flatMap(({ charges, pledge, pool }) => charges.map((charge) => ({ pool: accountPool(charge.account), charge, pledge, share: pool })));
  }
}

/** Asks the policies of every share that the requester may draw on. A share that is denied is closed; the others are not concerned. */
export async function openShares(divided: readonly DividedPool[], policies: readonly BoundPolicy[], ask: Ask): Promise<Shares> {
  const open = new Map<PoolId, readonly OpenShare[]>();
  const [closed, warnings]: [Reason[], Reason[]] = [[], []];
  for (const one of divided) {
    const drawable = drawableBy(one, ask.requester);
    const judged = await Promise.all(drawable.map(async (share) => ({ share, judgement: await judge(boundTo(policies, share.pledge), { ...ask, pool: share.pledge.name }) })));
    const usable: OpenShare[] = [];
    for (const { share, judgement } of judged) {
      if (judgement.kind === 'deny') closed.push(...judgement.reasons.map((why) => closedReason(share.pledge, why)));
      else {
        usable.push(openShare(share, judgement, ask.requester));
        warnings.push(...judgement.warnings);
      }
    }
    if (drawable.length === 0) closed.push(reason('pool-membership', 'nobody but {who} may draw on {pool}', { who: one.pledges.flatMap(({ who }) => who.map(tellWho)).join('; or '), pool: one.pool }));
    open.set(one.pool, usable);
  }
  return new Shares(divided, open, closed, warnings);
}

export function boundTo(policies: readonly BoundPolicy[], { name }: Pledge): readonly BoundPolicy[] {
  return policies.filter(({ pool }) => pool === name);
}

/** The reason itself, with the share that it closes. */
function closedReason({ name }: Pledge, why: Reason): Reason {
  return { ...why, level: 'WARN', template: `pool {pool} is closed for this: ${why.template}`, values: { ...why.values, pool: name } };
}

function openShare(share: Drawable, { atMost = {}, longest = Infinity, runs, spans, charges }: Allowed, requester: Requester): OpenShare {
  // Limits by time narrow a share to the hours and sizes of the first alternative: a split has one size for its whole run.
  const [span] = spans ?? [];
  const limited = span ? { atMost: { ...atMost, ...span.resources }, longest: Math.min(longest, span.longest ?? Infinity), runs: span.runs } : { atMost, longest, runs };
  return { ...share, ...limited, charges: [...charges, ...capsOf(share, requester)] };
}

function capsOf({ pledge, pool }: Drawable, { id, groups }: Requester): readonly Charge[] {
  const cap = (account: string, whose: string, most: Resources | undefined): Charge => ({
    account, counts: 'granted', limits: most ? [{ kind: 'at-once', most }] : [],
    reason: reason('pool-cap', 'of pool {pool} {whose} may have at most {limit} {resource} at once, {used} are in use', { pool: pledge.name, whose }),
  });
  const own = pledge.perUser || pledge.fairShare ? [cap(userAccount(pool, id), 'you', pledge.perUser)] : [];
  const shared = Object.entries(pledge.perGroup ?? {}).filter(([group]) => groups.includes(group)).map(([group, most]) => cap(`${pool}/group/${group}`, `group ${group}`, most));
  return [...own, ...shared];
}

/** Makes every account known to the ledger that an answer may charge; `granted`: all that a session may be given. */
export async function prepareAccounts(ledger: Pick<Ledger, 'definePools' | 'preview'>, owed: { readonly charges: readonly Charge[]; readonly shares: Shares }, granted: readonly Resources[]): Promise<void> {
  const charged = [...owed.charges.map((charge) => ({ pool: accountPool(charge.account), charge })), ...owed.shares.accounts()];
  if (charged.length === 0) return;
  const resources = [...new Set(granted.flatMap((one) => Object.keys(one)))];
  await openAccounts(ledger, charged.map(({ pool, charge: { counts } }) => ({ pool, names: counts === 'granted' ? resources : [counts] })));
}

/** Counts what one requester has of a pledge. */
export function userAccount(pledge: PoolId, id: string): string {
  return `${pledge}/user/${id}`;
}

export function isWithinRuns(runs: readonly Interval[] | undefined, start: Instant, end: Instant): boolean {
  return runs === undefined || runs.some((one) => one.start <= start && end <= one.end);
}
