import type { Interval, Reason, Resources } from '#model';
import { canonicalKind, fitsIn, formatInstant, reason } from '#model';
import type { Ask, Policy, Verdict } from '#plugin-sdk';
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
    const runs = this.runHours(ask, span);
    const caps = this.config.caps.filter((cap) => appliesTo(cap, ask));
    const closed = caps.filter((cap) => !fitsIn(limited(ask.need.min, cap), cap.most));
    const open = closed.length === 0 ? undefined : outside(this.union(closed, span), span);
    const resources = this.tightest(caps.filter((cap) => !closed.includes(cap)), ask, span);
    const allowed = runs && open ? inBoth(runs, open) : (runs ?? open);
    if (allowed === undefined && resources === undefined) return { kind: 'allow' };
    return {
      kind: 'limit', reason: why(this.config.zone, allowed, resources),
      ...(allowed ? { runs: allowed } : {}), ...(resources ? { resources } : {}),
    };
  }

  /** Undefined when no rule is about this kind: it may run at any time. */
  private runHours(ask: Ask, span: Interval): readonly Interval[] | undefined {
    const rules = this.config.runs.filter((rule) => appliesTo(rule, ask));
    return rules.length === 0 ? undefined : this.union(rules, span);
  }

  private union(rules: readonly HoursRule[], span: Interval): readonly Interval[] {
    return joined(rules.flatMap((rule) => hoursWithin(rule, span, this.config.zone)));
  }

  /**
   * A verdict has one size for all times, so of the caps that the smallest wish is within the tightest one holds throughout:
   * never too much at any time, at the price of less than the night would allow.
   */
  private tightest(caps: readonly CapRule[], ask: Ask, span: Interval): Resources | undefined {
    const biting = caps.filter((cap) => !fitsIn(limited(ask.need.max, cap), cap.most) && hoursWithin(cap, span, this.config.zone).length > 0);
    if (biting.length === 0) return undefined;
    const names = new Set(biting.flatMap((cap) => Object.keys(cap.most)));
    return Object.fromEntries([...names].map((name) => [name, Math.min(...biting.map((cap) => cap.most[name] ?? Number.POSITIVE_INFINITY))]));
  }
}

/** Only what the cap is about; it says nothing of other resources. */
function limited(amounts: Resources, cap: CapRule): Resources {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => name in cap.most));
}

function appliesTo(rule: HoursRule, ask: Ask): boolean {
  const kind = ask.request.executable?.kind;
  return rule.kinds === undefined || (kind !== undefined && rule.kinds.includes(canonicalKind(kind)));
}

function why(zone: string, runs: readonly Interval[] | undefined, resources: Resources | undefined): Reason {
  const amounts = Object.entries(resources ?? {}).map(([name, most]) => `${most} ${name}`).join(', ');
  const [next] = runs ?? [];
  if (runs !== undefined && next === undefined) return reason('hours', 'the rules of this node leave no hours for it (zone {zone})', { zone }, { path: 'schedule.requested' });
  const hours = next && `runs of this kind or size stay within hours such as ${formatInstant(next.start)} to ${formatInstant(next.end)}`;
  const size = amounts === '' ? undefined : `a session has at most ${amounts} at some of these times`;
  return reason('hours', '{rule} (zone {zone})', { rule: [hours, size].filter((text) => text !== undefined).join('; '), zone }, { path: 'schedule.requested', level: 'INFO' });
}
