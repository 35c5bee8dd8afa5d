import type { Interval, Reason } from '#model';
import { canonicalKind, formatDuration, formatInstant, reason } from '#model';
import type { Ask, LimitSpan, Policy, Verdict } from '#plugin-sdk';
import { isClosedTo, isIdleFor, spansOf } from './caps.js';
import type { Cap } from './caps.js';
import type { CapRule, HoursConfig, HoursRule } from './config.js';
import { hoursWithin, inBoth, joined, outside } from './local-hours.js';

const day = 86_400_000;
/** A run is not followed further than this beyond the window; hours repeat weekly, so nothing new would be learned. */
const farthest = 366 * day;

/** Allows runs in certain hours only, and caps sessions by time of day. */
export class HoursPolicy implements Policy {
  constructor(private readonly config: HoursConfig) {}

  judge(ask: Ask): Promise<Verdict> {
    return Promise.resolve(this.verdict(ask));
  }

  private verdict(ask: Ask): Verdict {
    const span = { start: ask.window.start - day, end: ask.window.end + Math.min(ask.duration.max, farthest) + day };
    const caps = this.config.caps.filter((cap) => appliesTo(cap, ask));
    const allowed = this.allowed(ask, caps.filter((cap) => isClosedTo(ask, cap)), span);
    const biting = this.bySize(caps.filter((cap) => !isClosedTo(ask, cap) && !isIdleFor(ask, cap)), span);
    if (allowed === undefined && biting.length === 0) return { kind: 'allow' };
    const spans = biting.length === 0 ? undefined : spansOf(biting, allowed ?? [span], span);
    return { kind: 'limit', reason: why(this.config.zone, allowed, spans), ...(allowed ? { runs: allowed } : {}), ...(spans ? { spans } : {}) };
  }

  /** The kind's hours without those of the caps that it can't live with; undefined: any time. */
  private allowed(ask: Ask, closed: readonly CapRule[], span: Interval): readonly Interval[] | undefined {
    const runs = this.runHours(ask, span);
    if (closed.length === 0) return runs;
    const open = outside(this.union(closed, span), span);
    return runs ? inBoth(runs, open) : open;
  }

  /** Undefined when no rule is about this kind: it may run at any time. */
  private runHours(ask: Ask, span: Interval): readonly Interval[] | undefined {
    const rules = this.config.runs.filter((rule) => appliesTo(rule, ask));
    return rules.length === 0 ? undefined : this.union(rules, span);
  }

  private union(rules: readonly HoursRule[], span: Interval): readonly Interval[] {
    return joined(rules.flatMap((rule) => hoursWithin(rule, span, this.config.zone)));
  }

  /** Rules of the same size are one cap; those without hours in the window are none. */
  private bySize(rules: readonly CapRule[], span: Interval): readonly Cap[] {
    const groups = new Map<string, CapRule[]>();
    for (const rule of rules) {
      const key = JSON.stringify([Object.entries(rule.most).sort(), rule.longest]);
      groups.set(key, [...(groups.get(key) ?? []), rule]);
    }
    const caps = [...groups.values()].map((same): Cap => ({ most: same[0]?.most ?? {}, longest: same[0]?.longest ?? Infinity, hours: this.union(same, span) }));
    return caps.filter((cap) => cap.hours.length > 0);
  }
}

function appliesTo(rule: HoursRule, ask: Ask): boolean {
  const kind = ask.request.executable?.kind;
  return rule.kinds === undefined || (kind !== undefined && rule.kinds.includes(canonicalKind(kind)));
}

function why(zone: string, runs: readonly Interval[] | undefined, spans: readonly LimitSpan[] | undefined): Reason {
  const [next] = runs ?? [];
  if (runs !== undefined && next === undefined) return reason('hours', 'the rules of this node leave no hours for it (zone {zone})', { zone }, { path: 'schedule.requested' });
  const hours = next && `runs of this kind or size stay within hours such as ${formatInstant(next.start)} to ${formatInstant(next.end)}`;
  const size = spans?.map(sizeOf).filter((text) => text !== undefined).join(', ');
  return reason('hours', '{rule} (zone {zone})', { rule: [hours, size && `a session has ${size}`].filter((text) => text).join('; '), zone }, { path: 'schedule.requested', level: 'INFO' });
}

function sizeOf({ runs, resources, longest }: LimitSpan): string | undefined {
  const parts = [...Object.entries(resources ?? {}).map(([name, most]) => `${most} ${name}`), ...(longest === undefined ? [] : [formatDuration(longest)])];
  const [first] = runs;
  return parts.length === 0 || !first ? undefined : `at most ${parts.join(' and ')} in hours such as ${formatInstant(first.start)} to ${formatInstant(first.end)}`;
}
