/** Steps on capacity: accounts are none, they have no place in the grid. */
import type { Milliseconds } from '#model';
import { isAccount } from '../accounts/accounts.js';
import type { Claim, Hold } from '../booking.js';
import { stepsOf, stepsOfAlternatives } from '../times/steps.js';
import type { Step } from '../times/steps.js';

export function capacitySteps(claims: readonly Claim[], grain: Milliseconds): readonly Step[] {
  return stepsOf(onCapacity(claims), grain);
}

export function capacityStepsOfAlternatives(holds: readonly Hold[], grain: Milliseconds): readonly Step[] {
  const hasAccounts = holds.some(({ claims }) => claims.some(({ pool }) => isAccount(pool)));
  return stepsOfAlternatives(hasAccounts ? holds.map(({ index, claims }) => ({ index, claims: onCapacity(claims) })) : holds, grain);
}

/** The offers of a set that can still be accepted. */
export function liveHolds({ holds, rejected }: { readonly holds: readonly Hold[]; readonly rejected: readonly number[] }): readonly Hold[] {
  return rejected.length === 0 ? holds : holds.filter((one) => !rejected.includes(one.index));
}

function onCapacity(claims: readonly Claim[]): readonly Claim[] {
  return claims.some(({ pool }) => isAccount(pool)) ? claims.filter(({ pool }) => !isAccount(pool)) : claims;
}
