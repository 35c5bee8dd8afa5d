/** Timelines of all pools over one grid, which moves on with time. Slots are counted from the epoch. */
import type { PoolId } from '#model';
import type { Step } from '../times/steps.js';
import { Timeline } from '../times/timeline.js';

export class Grid {
  private readonly timelines = new Map<string, Timeline>();

  private constructor(readonly origin: number, private readonly slots: number) {}

  static of(origin: number, slots: number, steps: Iterable<Step>): Grid {
    const grid = new Grid(origin, new Timeline(slots).slots);
    const changes = new Map<string, Float64Array>();
    for (const step of steps) {
      const key = keyOf(step.pool, step.resource);
      let own = changes.get(key);
      if (!own) changes.set(key, own = new Float64Array(grid.slots));
      const from = Math.max(0, step.from - origin);
      const until = step.until - origin;
      if (from >= grid.slots || until <= 0) continue;
      own[from] = (own[from] ?? 0) + step.amount;
      if (until < grid.slots) own[until] = (own[until] ?? 0) - step.amount;
    }
    for (const [key, own] of changes) grid.timelines.set(key, Timeline.fromChanges(own));
    return grid;
  }

  /** The slot after the grid's last. */
  get end(): number {
    return this.origin + this.slots;
  }

  /** Made on first use, so that whoever keeps it sees what is added later. */
  timeline(pool: PoolId, resource: string): Timeline {
    const key = keyOf(pool, resource);
    let timeline = this.timelines.get(key);
    if (!timeline) this.timelines.set(key, timeline = new Timeline(this.slots));
    return timeline;
  }

  /** Highest use from slot `from` until slot `until`. */
  max(pool: PoolId, resource: string, range: { readonly from: number; readonly until: number }): number {
    return this.timelines.get(keyOf(pool, resource))?.max(range.from - this.origin, range.until - this.origin) ?? 0;
  }

  add(steps: readonly Step[], sign: 1 | -1): void {
    for (const step of steps) {
      this.timeline(step.pool, step.resource).add(step.from - this.origin, step.until - this.origin, sign * step.amount);
    }
  }
}

function keyOf(pool: PoolId, resource: string): string {
  return `${pool}\n${resource}`;
}
