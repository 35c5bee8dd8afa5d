/** Policies combined: any denial denies (with all reasons), limits intersect, one that throws denies. */
import type { Interval, Milliseconds, Reason, Resources } from '#model';
import { intersection, isAcceleratorName, pathOfResource, reason } from '#model';
import type { Ask, Charge, LimitSpan, Policy, Verdict } from '#plugin-sdk';

/** A policy as it is configured: its name, and the owned share of a pool that it is bound to. */
export interface BoundPolicy extends Policy { readonly name?: string; readonly pool?: string }

export type Judgement =
  | { readonly kind: 'deny'; readonly reasons: readonly Reason[] }
  | {
      readonly kind: 'allow'; readonly atMost?: Resources; readonly longest?: Milliseconds; readonly runs?: readonly Interval[];
      /** An offer has to keep one of these besides; each costs a search. */
      readonly spans?: readonly LimitSpan[];
      readonly reasons: readonly Reason[];
      /** To be said with what is offered. */
      readonly warnings: readonly Reason[];
      readonly charges: readonly Charge[];
    };

/** One way to keep all limits at once. */
export type Alternative = Pick<Allowed, 'atMost' | 'longest' | 'runs'>;

/** Leaving alternatives out only narrows what is offered, so a product of many policies stays bounded. */
export const mostSpans = 16;

/** Asks every policy side by side. Policies are guarded: one that throws comes here as a denial. */
export async function judge(policies: readonly Policy[], ask: Ask): Promise<Judgement> {
  return combine(await Promise.all(policies.flatMap((policy) => (policy.judge ? [policy.judge(ask)] : []))));
}

/** Policies of the node itself; those of owned shares are asked share by share. */
export function unbound(policies: readonly BoundPolicy[]): readonly BoundPolicy[] {
  return policies.filter(({ pool }) => pool === undefined);
}

export function combine(verdicts: readonly Verdict[]): Judgement {
  const denials = verdicts.flatMap((verdict) => (verdict.kind === 'deny' ? reasonsOf(verdict) : []));
  if (denials.length > 0) return { kind: 'deny', reasons: denials };
  return verdicts.reduce<Allowed>(narrow, { kind: 'allow', reasons: [], warnings: [], charges: [] });
}

export type Allowed = Judgement & { readonly kind: 'allow' };

export function reasonsOf({ reason: first, others = [] }: Exclude<Verdict, { kind: 'allow' }>): readonly Reason[] {
  return [first, ...others];
}

function narrow(before: Allowed, verdict: Verdict): Allowed {
  if (verdict.kind === 'deny') return before;
  const { charges = [], warnings = [] } = verdict;
  const charged = { ...before, charges: [...before.charges, ...charges], warnings: [...before.warnings, ...warnings] };
  if (verdict.kind === 'allow') return charged;
  if (verdict.kind === 'warn') return { ...charged, warnings: [...charged.warnings, ...reasonsOf(verdict)] };
  const limits = both(before, { ...(verdict.resources ? { atMost: verdict.resources } : {}), ...verdict });
  const spans = combineSpans(before.spans, verdict.spans);
  return { ...charged, reasons: [...before.reasons, ...reasonsOf(verdict)], ...limits, ...(spans ? { spans } : {}) };
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
export function alternativesOf(judgement: Allowed, wish: Pick<Ask, 'need' | 'duration'>): readonly Alternative[] {
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
export function beyondLimits(judgement: Allowed, ask: Pick<Ask, 'need' | 'duration'>): readonly Reason[] {
  if (alternativesOf(judgement, ask).length > 0) return [];
  const sizes = tooBig(judgement, ask).map(([name, amount]) => reason('policy', 'a policy allows at most {limit} {name}, {amount} are asked for', { name, amount, limit: judgement.atMost?.[name] ?? 0 }, { path: minimumPath(name) }));
  return [...sizes, ...judgement.reasons];
}

function minimumPath(name: string): string {
  return isAcceleratorName(name) ? pathOfResource(name) : `compute.${name}.min`;
}
