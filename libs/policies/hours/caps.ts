/**
 * Caps by time of day as alternatives. A session has one size for its whole run, so whoever wants more than the tightest cap
 * must stay clear of its hours; more than the two tightest, of both; and so on. One alternative for each such step, the
 * freest last. Where caps can be ordered (each resource smaller by day than by night) nothing allowed is left out.
 */
import type { Interval, Milliseconds, Resources } from '#model';
import { fitsIn } from '#model';
import type { Ask, LimitSpan } from '#plugin-sdk';
import type { CapRule } from './config.js';
import { inBoth, outside } from './local-hours.js';

/** Caps of one size, with all their hours. */
export interface Cap { readonly most: Resources; readonly longest: Milliseconds; readonly hours: readonly Interval[] }

/** True when not even the least that is asked for is within the cap. */
export function isClosedTo(ask: Pick<Ask, 'need' | 'duration'>, cap: Pick<CapRule, 'most' | 'longest'>): boolean {
  return !fitsIn(limited(ask.need.min, cap), cap.most) || ask.duration.min > cap.longest;
}

/** True when the most that is asked for is within the cap, so that it says nothing to this request. */
export function isIdleFor(ask: Pick<Ask, 'need' | 'duration'>, cap: Pick<CapRule, 'most' | 'longest'>): boolean {
  return fitsIn(limited(ask.need.max, cap), cap.most) && ask.duration.max <= cap.longest;
}

/** The alternatives within `allowed`; `caps` are such that the least that is asked for keeps each of them. */
export function spansOf(caps: readonly Cap[], allowed: readonly Interval[], window: Interval): readonly LimitSpan[] {
  const tightestFirst = [...caps].sort((a, b) => tightness(a, caps) - tightness(b, caps));
  let runs = allowed;
  const spans: LimitSpan[] = [];
  for (let avoided = 0; avoided <= tightestFirst.length && runs.length > 0; avoided += 1) {
    spans.push({ runs, ...limitsOf(tightestFirst.slice(avoided)) });
    const next = tightestFirst[avoided];
    if (next) runs = inBoth(runs, outside(next.hours, window));
  }
  return spans;
}

function limitsOf(kept: readonly Cap[]): Pick<LimitSpan, 'resources' | 'longest'> {
  const names = new Set(kept.flatMap((cap) => Object.keys(cap.most)));
  const resources = Object.fromEntries([...names].map((name) => [name, Math.min(...kept.map((cap) => cap.most[name] ?? Infinity))]));
  const longest = Math.min(Infinity, ...kept.map((cap) => cap.longest));
  return { ...(names.size > 0 ? { resources } : {}), ...(Number.isFinite(longest) ? { longest } : {}) };
}

/** Grows with every amount of a cap, so that of two caps that can be ordered the smaller one comes first. */
function tightness(cap: Cap, all: readonly Cap[]): number {
  const names = [...new Set(all.flatMap((one) => Object.keys(one.most)))];
  const share = (of: (one: Cap) => number): number => {
    const largest = Math.max(0, ...all.map(of).filter(Number.isFinite));
    return Math.min(of(cap), largest + 1) / (largest + 1);
  };
  return names.reduce((sum, name) => sum + share((one) => one.most[name] ?? Infinity), share((one) => one.longest));
}

/** Only what the cap is about; it says nothing of other resources. */
function limited(amounts: Resources, cap: Pick<CapRule, 'most'>): Resources {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => name in cap.most));
}
