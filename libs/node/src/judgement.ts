/** Policies combined: any denial denies (with all reasons), limits intersect, one that throws denies. */
import type { Interval, Milliseconds, Reason, Resources } from '#model';
import { intersection, reason } from '#model';
import type { Ask, Policy, Verdict } from '#plugin-sdk';

export type Judgement =
  | { readonly kind: 'deny'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'allow'; readonly atMost?: Resources; readonly longest?: Milliseconds; readonly runs?: readonly Interval[]; readonly reasons: readonly Reason[] };

/** Asks every policy side by side. Policies are guarded: one that throws comes here as a denial. */
export async function judge(policies: readonly Policy[], ask: Ask): Promise<Judgement> {
  const verdicts = await Promise.all(policies.flatMap((policy) => (policy.judge ? [policy.judge(ask)] : [])));
  const denials = verdicts.flatMap((verdict) => (verdict.kind === 'deny' ? [verdict.reason] : []));
  if (denials.length > 0) return { kind: 'deny', reasons: denials };
  return verdicts.reduce<Judgement & { kind: 'allow' }>(narrow, { kind: 'allow', reasons: [] });
}

function narrow(before: Judgement & { kind: 'allow' }, verdict: Verdict): Judgement & { kind: 'allow' } {
  if (verdict.kind !== 'limit') return before;
  const longest = Math.min(before.longest ?? Infinity, verdict.longest ?? Infinity);
  const runs = verdict.runs === undefined ? before.runs : before.runs === undefined ? verdict.runs : common(before.runs, verdict.runs);
  const atMost = smallest(before.atMost, verdict.resources);
  return {
    kind: 'allow', reasons: [...before.reasons, verdict.reason],
    ...(Number.isFinite(longest) ? { longest } : {}), ...(runs ? { runs } : {}), ...(atMost ? { atMost } : {}),
  };
}

function smallest(a: Resources | undefined, b: Resources | undefined): Resources | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, Math.min(a[name] ?? Infinity, b[name] ?? Infinity)]));
}

function common(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  return a.flatMap((one) => b.flatMap((other) => {
    const both = intersection(one, other);
    return both && both.start < both.end ? [both] : [];
  })).sort((x, y) => x.start - y.start);
}

/** What the limits say about a request that can't shrink below them; empty when it fits. */
export function beyondLimits(judgement: Judgement & { kind: 'allow' }, ask: Pick<Ask, 'need' | 'duration'>): readonly Reason[] {
  const tooBig = Object.entries(ask.need.min).filter(([name, amount]) => amount > (judgement.atMost?.[name] ?? Infinity));
  const tooLong = judgement.longest !== undefined && ask.duration.min > judgement.longest;
  const nowhere = judgement.runs?.length === 0;
  const sizes = tooBig.map(([name, amount]) => reason('policy', 'a policy allows at most {limit} {name}, {amount} are asked for', { name, amount, limit: judgement.atMost?.[name] ?? 0 }, { path: `compute.${name}.min` }));
  return tooBig.length > 0 || tooLong || nowhere ? [...sizes, ...judgement.reasons] : [];
}
