/** A dry run of the policies: every verdict by itself, and what comes of them together. Nothing is searched, nothing is held. */
import type { AcceleratorType, ComponentId, ExecutionRequest, Instant, PlatformName, PolicyTrial, PolicyVerdict, Reason, Requester, TrialVerdict } from '#model';
import { acceleratorNamed, kindsOf, mergeAccelerators, offerSetIdFrom, reason } from '#model';
import type { Ask, Platform, Verdict } from '#plugin-sdk';
import { beyondLimits, combine, reasonsOf, unbound } from '../judging/judgement.js';
import type { BoundPolicy } from '../judging/judgement.js';
import type { DividedPool } from '../pools/pledges.js';
import { drawableBy } from '../pools/pledges.js';
import { readRequest } from '../request/read-request.js';
import type { NodeSettings } from '../settings.js';
import { boundTo } from '../pools/shares.js';
import { numbersOf } from './trail.js';

export interface TrialParts {
  readonly settings: NodeSettings;
  readonly policies: readonly BoundPolicy[];
  readonly policyVersion?: string;
  readonly dividedPools?: readonly DividedPool[];
  /** Tell which words mean which accelerator; without them each word stands for itself. */
  readonly platforms?: ReadonlyMap<PlatformName, Platform>;
  now(): Instant;
  newUuid(): string;
}

interface Judged { readonly policy: BoundPolicy; readonly verdict: Verdict; readonly pool?: string }

export async function tryPolicies(parts: TrialParts, request: ExecutionRequest, requester: Requester): Promise<PolicyTrial> {
  const version = parts.policyVersion ?? '';
  const ask = await askOf(parts, request, requester);
  if ('reasons' in ask) return { version, result: 'deny', reasons: ask.reasons, verdicts: [], pools: {} };
  const general = await judgeAll(unbound(parts.policies), ask);
  const pools = await Promise.all((parts.dividedPools ?? []).flatMap((divided) => divided.pledges.map((pledge) => poolTrial(parts, divided, pledge, ask))));
  const { result, reasons } = together(general.map(({ verdict }) => verdict), ask);
  return {
    version, result, reasons, verdicts: [...general, ...pools.flatMap(({ judged }) => judged)].map(shown),
    pools: Object.fromEntries(pools.map(({ name, verdict }) => [name, verdict])),
  };
}

/** As a node with every platform would read it. */
async function askOf({ settings, platforms, now, newUuid }: TrialParts, request: ExecutionRequest, requester: Requester): Promise<Ask | { readonly reasons: readonly Reason[] }> {
  const all = request.executable ? [...kindsOf('executable'), request.executable.kind] : kindsOf('executable');
  const offerings = { executables: new Set(all), storage: new Set(kindsOf('storage')), brought: new Set(kindsOf('data')), accelerators: await acceleratorsFor(request, platforms) };
  const read = readRequest(request, { now: now(), settings, offerings, newId: () => offerSetIdFrom(newUuid()) as string as ComponentId });
  if ('reasons' in read) return read;
  const { need, times } = read.meaning;
  const window = { start: now(), end: Math.max(...times.windows.map((one) => one.end)) + times.duration.max };
  return { requester, request, need, duration: times.duration, window, moment: 'offer' };
}

async function acceleratorsFor({ compute }: ExecutionRequest, platforms: TrialParts['platforms']): Promise<readonly AcceleratorType[]> {
  const capabilities = await Promise.all([...platforms?.values() ?? []].map((platform) => platform.capabilities()));
  const known = mergeAccelerators(capabilities.flatMap(({ accelerators = [] }) => accelerators));
  const unknown = (compute?.accelerators ?? []).flatMap(({ type = '' }) => (acceleratorNamed(type, known) ? [] : [{ type, aliases: [] }]));
  return [...known, ...unknown];
}

function judgeAll(policies: readonly BoundPolicy[], ask: Ask): Promise<readonly Judged[]> {
  return Promise.all(policies.map(async (policy) => ({ policy, verdict: await policy.judge?.(ask) ?? { kind: 'allow' as const }, ...(ask.pool === undefined ? {} : { pool: ask.pool }) })));
}

async function poolTrial(parts: TrialParts, divided: DividedPool, pledge: DividedPool['pledges'][number], ask: Ask): Promise<{ name: string; verdict: TrialVerdict; judged: readonly Judged[] }> {
  const { name } = pledge;
  if (!drawableBy(divided, ask.requester).some((one) => one.pledge === pledge)) {
    return { name, verdict: 'deny', judged: [{ policy: { name: 'pools' }, pool: name, verdict: { kind: 'deny', reason: reason('pool-membership', 'the requester may not draw on pool {pool}', { pool: name }) } }] };
  }
  const judged = await judgeAll(boundTo(parts.policies, pledge), { ...ask, pool: name });
  return { name, verdict: together(judged.map(({ verdict }) => verdict), ask).result, judged };
}

function together(verdicts: readonly Verdict[], ask: Ask): { readonly result: TrialVerdict; readonly reasons: readonly Reason[] } {
  const judgement = combine(verdicts);
  if (judgement.kind === 'deny') return { result: 'deny', reasons: judgement.reasons };
  const beyond = beyondLimits(judgement, ask);
  if (beyond.length > 0) return { result: 'deny', reasons: beyond };
  const isLimited = verdicts.some(({ kind }) => kind === 'limit');
  return { result: isLimited ? 'limit' : judgement.warnings.length > 0 ? 'warn' : 'allow', reasons: [...judgement.reasons, ...judgement.warnings] };
}

function shown({ policy, verdict, pool }: Judged): PolicyVerdict {
  return { policy: policy.name ?? '', verdict: verdict.kind, reasons: verdict.kind === 'allow' ? verdict.others ?? [] : reasonsOf(verdict), facts: numbersOf(verdict), ...(pool === undefined ? {} : { pool }) };
}
