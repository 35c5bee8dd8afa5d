/** What policies and owned shares say of a session that shall be changed. */
import type { Milliseconds, Requester, Resources } from '#model';
import type { Ask, Charge, Verdict } from '#plugin-sdk';
import type { Claim } from '#booking';
import type { SessionRecord } from '#sessions';
import type { Alternative, BoundPolicy } from '../judging/judgement.js';
import { alternativesOf, judge, unbound } from '../judging/judgement.js';
import type { DividedPool } from '../pools/pledges.js';
import { openShares } from '../pools/shares.js';
import type { Shares } from '../pools/shares.js';

export interface ChangeTerms {
  readonly requester: Requester;
  /** The ways to keep all policies; none: it may not grow. */
  readonly alternatives: readonly Alternative[];
  /** Of policies that are bound to no share. */
  readonly charges: readonly Charge[];
  readonly shares: Shares;
}

interface Parts { readonly policies: readonly BoundPolicy[]; readonly dividedPools?: readonly DividedPool[] }

/** At most so big and so long; at least as it is. */
export interface Wider { readonly requester: Requester; readonly need: Resources; readonly longest: Milliseconds }

export async function changeTerms(parts: Parts, record: SessionRecord, claims: readonly Claim[], { requester, need, longest }: Wider): Promise<ChangeTerms> {
  const { executable, granted, run, storage } = record.plan;
  const ask: Ask = {
    requester, request: { executable, storage: storage.map(({ spec }) => spec) }, need: { min: granted, max: need }, duration: { min: run.end - run.start, max: longest },
    window: { start: run.start, end: run.start + longest }, moment: 'change',
  };
  const policies = parts.policies.map(withoutOpenSets);
  const judgement = await judge(unbound(policies), ask);
  const concerned = (parts.dividedPools ?? []).filter((divided) => claims.some(({ pool }) => pool === divided.pool));
  const shares = await openShares(concerned, policies, ask);
  if (judgement.kind === 'deny') return { requester, alternatives: [], charges: [], shares };
  return { requester, alternatives: alternativesOf(judgement, ask), charges: judgement.charges, shares };
}

/** A change opens no offer set: how many are open does not matter to it. */
function withoutOpenSets(policy: BoundPolicy): BoundPolicy {
  return { ...policy, judge: async (ask) => withoutOpenSetsIn(await policy.judge?.(ask) ?? { kind: 'allow' }) };
}

function withoutOpenSetsIn(verdict: Verdict): Verdict {
  if (verdict.kind === 'deny' || !verdict.charges) return verdict;
  const charges = verdict.charges.map((charge) => ({ ...charge, limits: charge.limits.filter(({ kind }) => kind !== 'open-sets') }));
  return { ...verdict, charges: charges.filter(({ limits }, index) => limits.length > 0 || verdict.charges?.[index]?.limits.length === 0) };
}
