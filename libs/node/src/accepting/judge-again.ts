/** An offer is judged once more when it is accepted, as it is: by the policies of that moment, and with what its shares charge. */
import type { Draft, ExecutionRequest, ExplanationStep, Instant, Reason, Requester } from '#model';
import { BrokerError, reason } from '#model';
import type { Ask, Charge } from '#plugin-sdk';
import { accountPool } from '#booking';
import type { Claim, Ledger, StoredOfferSet } from '#booking';
import { claimOf, refusalOf } from '../pools/charging.js';
import { alternativesOf, beyondLimits, judge, unbound } from '../judging/judgement.js';
import type { BoundPolicy } from '../judging/judgement.js';
import type { Terms } from '../offering/offer-document.js';
import type { DividedPool } from '../pools/pledges.js';
import { pledgePool } from '../pools/pledges.js';
import { isWithinRuns, openShares } from '../pools/shares.js';
import { Trail, watched } from '../offering/trail.js';

export interface JudgingParts {
  readonly ledger: Pick<Ledger, 'preview'>;
  readonly policies: readonly BoundPolicy[];
  readonly dividedPools?: readonly DividedPool[];
  /** Hash of the policies in force; kept with what they decided. */
  readonly policyVersion?: string;
}

export interface Accepting { readonly set: StoredOfferSet; readonly index: number; readonly draft: Draft; readonly terms: Terms; readonly start: Instant; readonly now: Instant }

/** What the policies said, to be kept with the session. Throws 'forbidden' with every reason. */
export async function judgeAgain(asked: JudgingParts, accepting: Accepting, requester: Requester): Promise<readonly ExplanationStep[]> {
  if (asked.policies.length === 0 && (asked.dividedPools ?? []).length === 0) return [];
  const trail = new Trail();
  trail.add('policy', 'all policies', 'note', { facts: { version: asked.policyVersion ?? '' } });
  const parts = { ...asked, policies: watched(asked.policies, trail) };
  await requireAllowed(parts, accepting, requester);
  return trail.stored().steps.map((step) => ({ ...step, about: `${step.about}, at acceptance` }));
}

async function requireAllowed(parts: JudgingParts, accepting: Accepting, requester: Requester): Promise<void> {
  const ask = askOf(accepting, requester);
  const judgement = await judge(unbound(parts.policies), ask);
  if (judgement.kind === 'deny') throw forbidden(judgement.reasons);
  const { run, claims, granted } = shapeOf(accepting);
  const fits = alternativesOf(judgement, ask).some(({ runs }) => isWithinRuns(runs, run.start, run.end));
  if (!fits) throw forbidden([...beyondLimits(judgement, ask), ...judgement.reasons]);
  const reasons = [...overcharged(parts, accepting, judgement.charges, { claims, granted }), ...await sharesRefused(parts, accepting, ask)];
  if (reasons.length > 0) throw forbidden(reasons);
}

function askOf(accepting: Accepting, requester: Requester): Ask {
  const { draft, terms, start, now } = accepting;
  const { duration, granted } = terms;
  const request: ExecutionRequest = { executable: draft.executable, data: draft.data.map(({ spec }) => spec), storage: draft.storage.map(({ spec }) => spec) };
  return { requester, request, need: { min: granted, max: granted }, duration: { min: duration, max: duration }, window: { start: now, end: start + duration }, moment: 'accept' };
}

interface Shape { readonly run: { readonly start: Instant; readonly end: Instant }; readonly claims: readonly Claim[]; readonly granted: Terms['granted'] }

function shapeOf({ set, index, terms: { duration, granted }, start }: Accepting): Shape {
  return { run: { start, end: start + duration }, claims: set.holds.find((hold) => hold.index === index)?.claims ?? [], granted };
}

/** Limits may be tighter now; what the offer itself holds is not counted against it. */
function overcharged({ ledger }: JudgingParts, { set, terms }: Accepting, charges: readonly Charge[], { claims, granted }: Pick<Shape, 'claims' | 'granted'>): readonly Reason[] {
  const candidate = { ...terms, claims, query: 0 };
  return ledger.preview((profile) => charges.flatMap((charge) => {
    const held = claims.find(({ pool }) => pool === accountPool(charge.account));
    return refusalOf(profile.accounts, charge, held ?? claimOf(charge, candidate, { granted, price: 0 }), { set: set.id }) ?? [];
  }));
}

/** Of the shares that the offer is drawn from: none may be closed to its owner now. */
async function sharesRefused(parts: JudgingParts, accepting: Accepting, ask: Ask): Promise<readonly Reason[]> {
  const { claims, granted } = shapeOf(accepting);
  const drawn = (parts.dividedPools ?? []).map((divided) => ({ ...divided, pledges: divided.pledges.filter((pledge) => claims.some(({ pool }) => pool === pledgePool(divided, pledge))) }));
  const concerned = drawn.filter(({ pledges }) => pledges.length > 0);
  if (concerned.length === 0) return [];
  const shares = await openShares(concerned.map((one) => withLenders(one, parts.dividedPools ?? [])), parts.policies.filter(({ pool }) => concerned.some(({ pledges }) => pledges.some(({ name }) => name === pool))), ask);
  const charges = shares.accounts().filter(({ pledge }) => concerned.some(({ pledges }) => pledges.some(({ name }) => name === pledge.name))).map(({ charge }) => charge);
  const lost = concerned.flatMap(({ pool, pledges }) => pledges.filter(({ name }) => !shares.of(pool).some(({ pledge }) => pledge.name === name)));
  if (lost.length > 0) return shares.closedReasons.length > 0 ? shares.closedReasons : lost.map(({ name }) => reason('pool-membership', 'you may not draw on pool {pool} any more', { pool: name }));
  return overcharged(parts, accepting, charges.filter((charge) => claims.some(({ pool }) => pool === accountPool(charge.account))), { claims, granted });
}

/** Whoever borrows is known by what they own: all pledges of the pool are needed to tell. */
function withLenders(one: DividedPool, all: readonly DividedPool[]): DividedPool {
  return all.find(({ pool }) => pool === one.pool) ?? one;
}

function forbidden(reasons: readonly Reason[]): BrokerError {
  return new BrokerError('forbidden', 'caller', reasons);
}
