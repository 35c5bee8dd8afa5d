import type { Interval, Reason } from '#model';
import { canonicalKind, formatDuration, formatInstant, reason } from '#model';
import type { Ask, LimitSpan, Policy, Verdict } from '#plugin-sdk';
import { isClosedTo, isIdleFor, spansOf } from './caps.js';
import type { Cap } from './caps.js';
import type { Blackout, CapRule, HoursConfig, HoursRule } from './config.js';
import { hoursWithin, inBoth, joined, localStretch, outside } from './local-hours.js';

const day = 86_400_000;
/** A run is not followed further than this beyond the window; hours repeat weekly, so nothing new would be learned. */
const farthest = 366 * day;
/** How far behind a blackout a start is looked for. */
const furtherAhead = 60 * day;

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
    const dark = this.darkWithin(ask, span);
    const biting = this.bySize(caps.filter((cap) => !isClosedTo(ask, cap) && !isIdleFor(ask, cap)), span);
    if (allowed === undefined && biting.length === 0) return { kind: 'allow' };
    const spans = biting.length === 0 ? undefined : spansOf(biting, allowed ?? [span], span);
    return { kind: 'limit', ...this.reasons(ask, dark, { allowed, spans }), ...(allowed ? { runs: allowed } : {}), ...(spans ? { spans } : {}) };
  }

  private reasons(ask: Ask, dark: readonly Dark[], { allowed, spans }: { readonly allowed: readonly Interval[] | undefined; readonly spans: readonly LimitSpan[] | undefined }): { readonly reason: Reason; readonly others: readonly Reason[] } {
    const hours = why(this.config.zone, allowed?.filter(({ end }) => end > ask.window.start), spans);
    const [first, ...others] = dark.map((one) => this.whyDark(ask, one));
    if (first === undefined) return { reason: hours, others: [] };
    return this.saysMore(ask, spans) ? { reason: hours, others: [first, ...others] } : { reason: first, others };
  }

  /** Whether there are limits besides dates at which nothing runs. */
  private saysMore(ask: Ask, spans: readonly LimitSpan[] | undefined): boolean {
    return spans !== undefined || this.config.runs.some((rule) => appliesTo(rule, ask));
  }

  /** Blackouts that the answer could touch. */
  private darkWithin(ask: Ask, span: Interval): readonly Dark[] {
    const all = this.config.blackouts.filter((one) => appliesTo(one, ask)).map((one) => ({ ...localStretch(one, this.config.zone), why: one.why }));
    return all.filter(({ start, end }) => start < end && start < span.end && end > span.start);
  }

  private whyDark(ask: Ask, { start, end, why: cause }: Dark): Reason {
    const next = this.nextStart(ask, Math.max(end, ask.window.start));
    const values = { from: formatInstant(start), to: formatInstant(end), why: cause, zone: this.config.zone, ...(next === undefined ? {} : { next: formatInstant(next) }) };
    return reason('blackout', `nothing runs from {from} to {to}: {why}${next === undefined ? '' : '; a run that long may start at {next}'}`, values, { path: 'schedule.requested', level: 'INFO' });
  }

  /** The first start from then on at which the hours leave room for the shortest run that is asked for. */
  private nextStart(ask: Ask, from: number): number | undefined {
    const span = { start: from, end: from + Math.min(ask.duration.min, farthest) + furtherAhead };
    const closed = this.config.caps.filter((cap) => appliesTo(cap, ask) && isClosedTo(ask, cap));
    const runs = this.allowed(ask, closed, span) ?? [span];
    const fitting = runs.find((run) => run.end > from && run.end - Math.max(run.start, from) >= ask.duration.min);
    return fitting && Math.max(fitting.start, from);
  }

  /** The kind's hours without those of the caps that it can't live with, and without blackouts; undefined: any time. */
  private allowed(ask: Ask, closed: readonly CapRule[], span: Interval): readonly Interval[] | undefined {
    const runs = this.runHours(ask, span);
    const dark = this.darkWithin(ask, span);
    if (closed.length === 0 && dark.length === 0) return runs;
    const open = outside(joined([...this.union(closed, span), ...dark.map(({ start, end }) => ({ start, end }))]), span);
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

/** A blackout in real time. */
interface Dark extends Interval, Pick<Blackout, 'why'> {}

function appliesTo(rule: Pick<HoursRule, 'kinds'>, ask: Ask): boolean {
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
