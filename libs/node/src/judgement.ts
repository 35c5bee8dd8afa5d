/** Policies combined: any denial denies (with all reasons), limits intersect, one that throws denies. */
import type { Interval, Milliseconds, Reason, Resources } from '#model';
import { intersection, reason } from '#model';
import type { Ask, LimitSpan, Policy, Verdict } from '#plugin-sdk';

export type Judgement =
  | { readonly kind: 'deny'; readonly reasons: readonly Reason[] }
  | {
      readonly kind: 'allow'; readonly atMost?: Resources; readonly longest?: Milliseconds; readonly runs?: readonly Interval[];
      /** An offer has to keep one of these besides; each costs a search. */
      readonly spans?: readonly LimitSpan[];
      readonly reasons: readonly Reason[];
    };

/** One way to keep all limits at once. */
export type Alternative = Pick<Judgement & { kind: 'allow' }, 'atMost' | 'longest' | 'runs'>;

/** Leaving alternatives out only narrows what is offered, so a product of many policies stays bounded. */
export const mostSpans = 16;

/** Asks every policy side by side. Policies are guarded: one that throws comes here as a denial. */
export async function judge(policies: readonly Policy[], ask: Ask): Promise<Judgement> {
  const verdicts = await Promise.all(policies.flatMap((policy) => (policy.judge ? [policy.judge(ask)] : [])));
  const denials = verdicts.flatMap((verdict) => (verdict.kind === 'deny' ? [verdict.reason] : []));
  if (denials.length > 0) return { kind: 'deny', reasons: denials };
  return verdicts.reduce<Judgement & { kind: 'allow' }>(narrow, { kind: 'allow', reasons: [] });
}

function narrow(before: Judgement & { kind: 'allow' }, verdict: Verdict): Judgement & { kind: 'allow' } {
  if (verdict.kind !== 'limit') return before;
  const limits = both(before, { ...(verdict.resources ? { atMost: verdict.resources } : {}), ...verdict });
  const spans = combineSpans(before.spans, verdict.spans);
  return { kind: 'allow', reasons: [...before.reasons, verdict.reason], ...limits, ...(spans ? { spans } : {}) };
}

/** Every pair of alternatives whose times meet keeps both policies; undefined: nobody limits by time. */
export function combineSpans(a: readonly LimitSpan[] | undefined, b: readonly LimitSpan[] | undefined): readonly LimitSpan[] | undefined {
  if (a === undefined || b === undefined) return (a ?? b)?.slice(0, mostSpans);
  const pairs = a.flatMap((one) => b.map((other): LimitSpan => {
    const { runs = [], atMost, longest } = both(alternativeOf(one), alternativeOf(other));
    return { runs, ...(atMost ? { resources: atMost } : {}), ...(longest === undefined ? {} : { longest }) };
  }));
  return pairs.filter((one) => one.runs.length > 0).slice(0, mostSpans);
}

/** Every way in which a request that wants at least this can keep the judgement; one search each. Empty: none. */
export function alternativesOf(judgement: Judgement & { kind: 'allow' }, wish: Pick<Ask, 'need' | 'duration'>): readonly Alternative[] {
  const all = judgement.spans === undefined ? [both(judgement, {})] : judgement.spans.map((span) => both(judgement, alternativeOf(span)));
  return all.filter((one) => one.runs?.length !== 0 && wish.duration.min <= (one.longest ?? Infinity) && tooBig(one, wish).length === 0);
}

/** The alternative, inside some hours only. */
export function duringRuns(alternative: Alternative, runs: readonly Interval[] | undefined): Alternative {
  return runs === undefined ? alternative : both(alternative, { runs });
}

function alternativeOf({ runs, resources, longest }: LimitSpan): Alternative {
  return { runs, ...(resources ? { atMost: resources } : {}), ...(longest === undefined ? {} : { longest }) };
}

function both(a: Alternative, b: Alternative): Alternative {
  const longest = Math.min(a.longest ?? Infinity, b.longest ?? Infinity);
  const runs = a.runs === undefined || b.runs === undefined ? a.runs ?? b.runs : common(a.runs, b.runs);
  const atMost = smallest(a.atMost, b.atMost);
  return { ...(Number.isFinite(longest) ? { longest } : {}), ...(runs ? { runs } : {}), ...(atMost ? { atMost } : {}) };
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

function tooBig(limits: Alternative, { need }: Pick<Ask, 'need'>): readonly (readonly [string, number])[] {
  return Object.entries(need.min).filter(([name, amount]) => amount > (limits.atMost?.[name] ?? Infinity));
}

/** What the limits say about a request that can't shrink below them; empty when it fits. */
export function beyondLimits(judgement: Judgement & { kind: 'allow' }, ask: Pick<Ask, 'need' | 'duration'>): readonly Reason[] {
  if (alternativesOf(judgement, ask).length > 0) return [];
  const sizes = tooBig(judgement, ask).map(([name, amount]) => reason('policy', 'a policy allows at most {limit} {name}, {amount} are asked for', { name, amount, limit: judgement.atMost?.[name] ?? 0 }, { path: `compute.${name}.min` }));
  return [...sizes, ...judgement.reasons];
}
