/**
 * Starts at which all demands of a query fit together. A candidate start is pushed on by windows, allowed runs and, in one
 * leap, to the end of the last violating grain: no start between can work, because its claims would cover that grain too.
 */
import type { Instant, Interval, Milliseconds, PoolId, Resources } from '#model';
import type { Demand } from '#plugin-sdk';
import type { Claim, Slot, SlotQuery } from '../booking.js';
import type { Headroom, Usage } from '../times/headroom.js';
import { endSlot, firstSlot } from '../times/steps.js';

/** Demands of one resource of one pool, added up. `stay` counts for the whole stay, `run` on top of it during the run. */
interface Need { readonly timeline: Usage; readonly total: number; readonly stay: number; readonly run: number }

export class SlotSearch {
  private readonly needs: readonly Need[];
  private readonly isHopeless: boolean;
  private readonly origin: number;
  private readonly grain: Milliseconds;

  constructor(private readonly profile: Headroom, readonly query: SlotQuery) {
    this.origin = profile.origin;
    this.grain = profile.grain;
    this.needs = needsOf(profile, query.demands);
    const knowsPools = query.demands.every(({ pool }) => profile.totalOf(pool) !== undefined);
    this.isHopeless = !knowsPools || this.needs.some((need) => need.stay + need.run > need.total) || isCapped(query);
  }

  /** The first start at or after `from` at which every demand has its minimum for `duration`. */
  first(from: Instant, duration: Milliseconds): Instant | undefined {
    if (this.isHopeless) return undefined;
    let start = this.permitted(Math.max(from, this.query.notBefore), duration);
    while (start !== undefined) {
      const next = this.afterViolation(start, duration);
      if (next === start) return start;
      start = this.permitted(next, duration);
    }
    return undefined;
  }

  /** The run ends so, also when it begins as late as an acceptance may let it. */
  endOf(start: Instant, duration: Milliseconds): Instant {
    return Math.max(start, this.query.settleBy ?? this.query.notBefore) + duration;
  }

  /** What a demand occupies when the run starts then. */
  intervalOf(demand: Demand, start: Instant, duration: Milliseconds): Interval {
    const end = this.endOf(start, duration);
    return demand.during === 'run' ? { start, end } : { start: start - this.query.lead, end: end + this.query.trail };
  }

  /** Highest use of a resource during what the demand would occupy. */
  usedDuring(demand: Demand, resource: string, interval: Interval): number {
    const [from, until] = this.range(interval.start, interval.end);
    return this.profile.timelineOf(demand.pool, resource).max(from, until);
  }

  /** A slot with the given amount for each demand. */
  slot(start: Instant, duration: Milliseconds, amounts: readonly Resources[]): Slot {
    const claims = this.query.demands.map((demand, index): Claim => ({ pool: demand.pool, interval: this.intervalOf(demand, start, duration), amount: amounts[index] ?? demand.min }));
    return { start, duration, granted: sumOf(claims.map((claim) => claim.amount)), claims };
  }

  /** The slot with every demand at its minimum. */
  leastSlot(start: Instant, duration: Milliseconds): Slot {
    return this.slot(start, duration, this.query.demands.map((demand) => demand.min));
  }

  /** The longest duration, at most the query's, for which the minimum fits at a start where it fits for `least`. */
  longest(start: Instant, least: Milliseconds): Milliseconds {
    const { duration, runs, trail, lead } = this.query;
    const base = this.endOf(start, 0);
    let longest = Math.min(duration.max, this.profile.limit - trail - base);
    const run = runs?.find((one) => one.start <= start && base + least <= one.end);
    if (run) longest = Math.min(longest, run.end - base);
    for (const { timeline, total, stay, run: more } of this.needs) {
      if (stay > 0) longest = Math.min(longest, this.freeUntil(timeline, { start: start - lead, end: base + longest + trail }, total - stay) - trail - base);
      if (more > 0) longest = Math.min(longest, this.freeUntil(timeline, { start, end: base + longest }, total - stay - more) - base);
    }
    return Math.max(least, longest);
  }

  private freeUntil(timeline: Usage, interval: Interval, room: number): Instant {
    const [from, until] = this.range(interval.start, interval.end);
    const slot = timeline.firstAbove(from, until, room);
    return slot < 0 ? interval.end : (slot + this.origin) * this.grain;
  }

  private permitted(from: Instant, duration: Milliseconds): Instant | undefined {
    const { windows, runs, trail } = this.query;
    for (let start = from; ;) {
      const wanted = start;
      const window = windows.find((one) => one.end >= wanted);
      if (!window) return undefined;
      start = Math.max(start, window.start);
      if (this.endOf(start, duration) + trail > this.profile.limit) return undefined;
      if (!runs) return start;
      const inWindow = start;
      const run = runs.find((one) => this.endOf(Math.max(inWindow, one.start), duration) <= one.end);
      if (!run) return undefined;
      if (run.start <= start) return start;
      start = run.start;
    }
  }

  private afterViolation(start: Instant, duration: Milliseconds): Instant {
    const { lead, trail } = this.query;
    const end = this.endOf(start, duration);
    let next = start;
    for (const { timeline, total, stay, run } of this.needs) {
      if (stay > 0) {
        const slot = timeline.lastAbove(firstSlot(start - lead, this.grain) - this.origin, endSlot(end + trail, this.grain) - this.origin, total - stay);
        if (slot >= 0) next = Math.max(next, (slot + 1 + this.origin) * this.grain + lead);
      }
      if (run > 0) {
        const slot = timeline.lastAbove(firstSlot(start, this.grain) - this.origin, endSlot(end, this.grain) - this.origin, total - stay - run);
        if (slot >= 0) next = Math.max(next, (slot + 1 + this.origin) * this.grain);
      }
    }
    return next;
  }

  private range(start: Instant, end: Instant): readonly [number, number] {
    return [firstSlot(start, this.grain) - this.origin, endSlot(end, this.grain) - this.origin];
  }
}

/** At most `most` starts, each at least `spacing` after the one before. */
export function findStarts(search: SlotSearch, rules: { readonly most: number; readonly spacing: Milliseconds }): readonly Instant[] {
  const { notBefore, duration } = search.query;
  const starts: Instant[] = [];
  for (let from = notBefore; starts.length < rules.most; from = (starts.at(-1) ?? from) + Math.max(1, rules.spacing)) {
    const start = search.first(from, duration.min);
    if (start === undefined) break;
    starts.push(start);
  }
  return starts;
}

function needsOf(profile: Headroom, demands: readonly Demand[]): readonly Need[] {
  const byUsage = new Map<Usage, Need>();
  for (const { pool, min, during } of demands) {
    for (const [resource, amount] of Object.entries(min)) {
      if (amount === 0) continue;
      const timeline = profile.timelineOf(pool, resource);
      const known = byUsage.get(timeline) ?? { timeline, total: totalOf(profile, pool, resource), stay: 0, run: 0 };
      byUsage.set(timeline, { ...known, [during]: known[during] + amount });
    }
  }
  return [...byUsage.values()];
}

function totalOf(profile: Headroom, pool: PoolId, resource: string): number {
  return profile.totalOf(pool)?.[resource] ?? 0;
}

/** True when policy grants less than the least that is wanted. */
function isCapped({ demands, atMost }: SlotQuery): boolean {
  if (!atMost) return false;
  return Object.entries(sumOf(demands.map((demand) => demand.min))).some(([name, amount]) => amount > (atMost[name] ?? Infinity));
}

export function sumOf(all: readonly Resources[]): Resources {
  const sum: Record<string, number> = {};
  for (const one of all) for (const name in one) sum[name] = (sum[name] ?? 0) + (one[name] ?? 0);
  return sum;
}
