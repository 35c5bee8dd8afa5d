/** What accounts and owned shares leave to a session that shall become longer. */
import type { Milliseconds, PoolId, SessionId } from '#model';
import type { Ask, Charge } from '#plugin-sdk';
import { accountPool, isAccount } from '#booking';
import type { Claim, Ledger } from '#booking';
import { refusalOf } from './charging.js';
import type { BoundPolicy } from './judgement.js';
import type { DividedPool } from './pledges.js';
import { isPledge, pledgePool } from './pledges.js';
import { boundTo, openShares } from './shares.js';

export interface AccountRoomParts {
  readonly ledger: Pick<Ledger, 'preview'>;
  readonly policies: readonly BoundPolicy[];
  readonly dividedPools?: readonly DividedPool[];
}

/** True where size is bound to what was drawn and charged: such a session does not grow. */
export function isOwed(claims: readonly Claim[]): boolean {
  return claims.some(({ pool }) => isAccount(pool) || isPledge(pool));
}

/** The charges of the shares that the session is drawn from; undefined: one of them is closed to it now. */
export async function chargesOfShares({ policies, dividedPools = [] }: AccountRoomParts, claims: readonly Claim[], ask: Ask): Promise<readonly Charge[] | undefined> {
  const isDrawn = (divided: DividedPool, pledge: DividedPool['pledges'][number]): boolean => claims.some(({ pool }) => pool === pledgePool(divided, pledge));
  const concerned = dividedPools.filter((divided) => divided.pledges.some((pledge) => isDrawn(divided, pledge)));
  if (concerned.length === 0) return [];
  const asked = concerned.flatMap((divided) => divided.pledges.filter((pledge) => isDrawn(divided, pledge)).flatMap((pledge) => boundTo(policies, pledge)));
  const shares = await openShares(concerned, asked, ask);
  const isOpen = concerned.every((divided) => divided.pledges.every((pledge) => !isDrawn(divided, pledge) || shares.of(divided.pool).some((share) => share.pledge === pledge)));
  return isOpen ? shares.accounts().map(({ charge }) => charge) : undefined;
}

/** By how much the session may be longer, at most `most`: whole grains, as accounts count at once by them. */
export function longestCharged(ledger: Pick<Ledger, 'preview'>, booking: { readonly session: SessionId; readonly claims: readonly Claim[] }, charges: readonly Charge[], most: Milliseconds): Milliseconds {
  const byAccount = new Map<PoolId, Charge>(charges.map((charge) => [accountPool(charge.account), charge]));
  return ledger.preview((profile) => {
    const fits = (by: Milliseconds): boolean => booking.claims.every((claim) => {
      const charge = byAccount.get(claim.pool);
      const longer = { ...claim, interval: { start: claim.interval.start, end: claim.interval.end + by } };
      return charge === undefined || refusalOf(profile.accounts, charge, longer, { session: booking.session }) === undefined;
    });
    if (fits(most)) return most;
    let [low, high] = [0, Math.ceil(most / profile.grain)];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (fits(middle * profile.grain)) low = middle;
      else high = middle;
    }
    return low * profile.grain;
  });
}
