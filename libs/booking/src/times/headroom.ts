/**
 * What a search of the calendar looks at: totals, and what is used when. A profile is one; with an overlay, what others than this
 * broker use counts as used too. That is kept beside the ledger and not in it: nobody has promised it, and it changes by itself.
 */
import type { Instant, Milliseconds, PoolId, Resources } from '#model';
import type { Claim } from '../booking.js';
import { endSlot, firstSlot } from './steps.js';
import type { Timeline } from './timeline.js';

/** Use of one resource of one pool over the grid; slots are counted from the grid's first. */
export type Usage = Pick<Timeline, 'max' | 'firstAbove' | 'lastAbove' | 'shape'>;

export interface Headroom {
  readonly grain: Milliseconds;
  /** Nothing is offered that would end after this. */
  readonly limit: Instant;
  readonly origin: number;
  totalOf(pool: PoolId): Resources | undefined;
  timelineOf(pool: PoolId, resource: string): Usage;
}

/** A constant use from slot `from` until slot `until`, counted from the epoch. */
interface Stretch { readonly from: number; readonly until: number; readonly amount: number }

/** What others use, as it was read at one time. Claims of one pool add up; times are rounded outward, an end may be infinite. */
export class Overlay {
  private readonly stretches = new Map<string, readonly Stretch[]>();

  constructor(claims: readonly Claim[], private readonly grain: Milliseconds) {
    const byResource = new Map<string, Stretch[]>();
    for (const { pool, interval, amount } of claims) {
      for (const [resource, wanted] of Object.entries(amount)) {
        const [from, until] = [firstSlot(interval.start, grain), endSlot(interval.end, grain)];
        if (wanted <= 0 || from >= until) continue;
        const key = keyOf(pool, resource);
        const all = byResource.get(key) ?? [];
        all.push({ from, until, amount: wanted });
        byResource.set(key, all);
      }
    }
    for (const [key, all] of byResource) this.stretches.set(key, summed(all));
  }

  get isEmpty(): boolean {
    return this.stretches.size === 0;
  }

  /** The same calendar with less room. */
  over(below: Headroom): Headroom {
    if (this.isEmpty) return below;
    const known = new Map<string, Usage>();
    return {
      grain: below.grain, limit: below.limit, origin: below.origin, totalOf: (pool) => below.totalOf(pool),
      timelineOf: (pool, resource) => {
        const key = keyOf(pool, resource);
        const usage = known.get(key) ?? this.usageOver(below, pool, resource);
        known.set(key, usage);
        return usage;
      },
    };
  }

  /** Most that is used during the interval. */
  mostDuring(pool: PoolId, resource: string, interval: { readonly start: Instant; readonly end: Instant }): number {
    const [from, until] = [firstSlot(interval.start, this.grain), endSlot(interval.end, this.grain)];
    return this.of(pool, resource).reduce((most, one) => (one.from < until && one.until > from ? Math.max(most, one.amount) : most), 0);
  }

  /** The first instant from `start` on at which no more than `amount` is used; undefined: there is none that is known. */
  firstBelow(pool: PoolId, resource: string, at: { readonly start: Instant; readonly amount: number }): Instant | undefined {
    let slot = firstSlot(at.start, this.grain);
    for (const { from, until, amount } of this.of(pool, resource)) {
      if (from <= slot && slot < until && amount > at.amount) slot = until;
    }
    return Number.isFinite(slot) ? Math.max(at.start, slot * this.grain) : undefined;
  }

  private usageOver(below: Headroom, pool: PoolId, resource: string): Usage {
    const own = this.of(pool, resource);
    const usage = below.timelineOf(pool, resource);
    return own.length === 0 ? usage : new NarrowedUsage(usage, own, below.origin);
  }

  private of(pool: PoolId, resource: string): readonly Stretch[] {
    return this.stretches.get(keyOf(pool, resource)) ?? [];
  }
}

class NarrowedUsage implements Usage {
  constructor(private readonly below: Usage, private readonly stretches: readonly Stretch[], private readonly origin: number) {}

  get shape(): string | undefined {
    if (this.below.shape !== '') return undefined;
    return this.stretches.map(({ from, until, amount }) => `${from}-${until} ${amount}`).join();
  }

  max(from: number, until: number): number {
    return this.parts(from, until).reduce((most, part) => Math.max(most, this.below.max(part.from, part.until) + part.amount), this.below.max(from, until));
  }

  lastAbove(from: number, until: number, limit: number): number {
    let last = this.below.lastAbove(from, until, limit);
    for (const part of this.parts(from, until)) if (part.until > last) last = Math.max(last, this.below.lastAbove(part.from, part.until, limit - part.amount));
    return last;
  }

  firstAbove(from: number, until: number, limit: number): number {
    const own = this.below.firstAbove(from, until, limit);
    for (const part of this.parts(from, own < 0 ? until : own)) {
      const found = this.below.firstAbove(part.from, part.until, limit - part.amount);
      if (found >= 0) return found;
    }
    return own;
  }

  /** The stretches inside the range, from its own first slot. */
  private parts(from: number, until: number): readonly Stretch[] {
    const clipped: Stretch[] = [];
    for (const one of this.stretches) {
      const part = { from: Math.max(from, one.from - this.origin), until: Math.min(until, one.until - this.origin), amount: one.amount };
      if (part.from >= until) break;
      if (part.from < part.until) clipped.push(part);
    }
    return clipped;
  }
}

/** Sweeps over the edges; what is not used at all is left out. */
function summed(all: readonly Stretch[]): readonly Stretch[] {
  const edges = all.flatMap(({ from, until, amount }) => [{ at: from, change: amount }, { at: until, change: -amount }]).sort((a, b) => a.at - b.at);
  const stretches: Stretch[] = [];
  let used = 0;
  for (const [index, { at, change }] of edges.entries()) {
    used += change;
    const next = edges[index + 1]?.at ?? at;
    const last = stretches.at(-1);
    if (next === at || used <= 0) continue;
    if (last?.until === at && last.amount === used) stretches[stretches.length - 1] = { ...last, until: next };
    else stretches.push({ from: at, until: next, amount: used });
  }
  return stretches;
}

function keyOf(pool: PoolId, resource: string): string {
  return `${pool}\n${resource}`;
}
