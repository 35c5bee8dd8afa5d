/** Of thousands of hosts most are looked at though they were never used, and a tree takes megabytes: it is made with the first use. */
const unused = new Float64Array(0);

/**
 * Use of one resource of one pool over a grid of slots: a segment tree with range add, range maximum and the last (or first)
 * violation in a range; each is O(log slots), whatever the number and length of bookings.
 *
 * A node's `most` is the maximum below it counted from its own `lazy` on; what its ancestors hold is added on the way down.
 * Slots are counted from the grid's first; ranges are half open and clipped to the grid.
 */
export class Timeline {
  private readonly size: number;
  private most: Float64Array = unused;
  private lazy: Float64Array = unused;
  private from = 0;
  private until = 0;
  /** Where a walk begins: the smallest subtree that holds the whole range, its first slot, its width, and what is added above it. */
  private top = 1;
  private low = 0;
  private width = 0;
  private above = 0;

  /** `slots` is rounded up to a power of two. */
  constructor(slots: number) {
    this.size = 2 ** Math.ceil(Math.log2(Math.max(2, slots)));
  }

  get slots(): number {
    return this.size;
  }

  /** Timelines of one shape are alike at any time; undefined: it is like no other. */
  get shape(): string | undefined {
    return (this.most[1] ?? 0) === 0 ? '' : undefined;
  }

  /** A timeline from the change of use at each slot: much cheaper than adding booking by booking. */
  static fromChanges(changes: Float64Array): Timeline {
    const timeline = new Timeline(changes.length);
    timeline.grow();
    const { most, size } = timeline;
    let use = 0;
    for (let slot = 0; slot < size; slot++) most[size + slot] = use += changes[slot] ?? 0;
    for (let node = size - 1; node > 0; node--) most[node] = Math.max(most[2 * node] ?? 0, most[2 * node + 1] ?? 0);
    return timeline;
  }

  add(from: number, until: number, amount: number): void {
    const first = Math.max(0, from) + this.size;
    const last = Math.min(this.size, until) + this.size - 1;
    if (first > last) return;
    if (this.most === unused) this.grow();
    for (let left = first, right = last + 1; left < right; left >>= 1, right >>= 1) {
      if (left & 1) this.addTo(left++, amount);
      if (right & 1) this.addTo(--right, amount);
    }
    this.lift(first);
    this.lift(last);
  }

  /** Highest use in the range; 0 for an empty one. */
  max(from: number, until: number): number {
    if (this.most === unused || !this.aim(from, until)) return 0;
    return this.maxBelow(this.top, this.low, this.width) + this.above;
  }

  /** The last slot of the range whose use is above `limit`; -1 if there is none. */
  lastAbove(from: number, until: number, limit: number): number {
    if ((this.most[1] ?? 0) <= limit || !this.aim(from, until)) return -1;
    return this.lastBelow(this.top, this.low, this.width, limit - this.above);
  }

  /** The first slot of the range whose use is above `limit`; -1 if there is none. */
  firstAbove(from: number, until: number, limit: number): number {
    if ((this.most[1] ?? 0) <= limit || !this.aim(from, until)) return -1;
    return this.firstBelow(this.top, this.low, this.width, limit - this.above);
  }

  private grow(): void {
    this.most = new Float64Array(2 * this.size);
    this.lazy = new Float64Array(this.size);
  }

  private aim(from: number, until: number): boolean {
    this.from = Math.max(0, from);
    this.until = Math.min(this.size, until);
    if (this.from >= this.until) return false;
    const leaf = this.from + this.size;
    const depth = 32 - Math.clz32(leaf ^ (this.until - 1 + this.size));
    this.top = leaf >> depth;
    this.width = 1 << depth;
    this.low = (this.top << depth) - this.size;
    this.above = 0;
    for (let node = this.top >> 1; node > 0; node >>= 1) this.above += this.lazy[node] ?? 0;
    return true;
  }

  private addTo(node: number, amount: number): void {
    this.most[node] = (this.most[node] ?? 0) + amount;
    if (node < this.size) this.lazy[node] = (this.lazy[node] ?? 0) + amount;
  }

  private lift(leaf: number): void {
    const { most, lazy } = this;
    for (let node = leaf >> 1; node > 0; node >>= 1) {
      most[node] = Math.max(most[2 * node] ?? 0, most[2 * node + 1] ?? 0) + (lazy[node] ?? 0);
    }
  }

  private maxBelow(node: number, low: number, width: number): number {
    if (this.from <= low && low + width <= this.until) return this.most[node] ?? 0;
    const half = width / 2;
    const left = this.from < low + half ? this.maxBelow(2 * node, low, half) : -Infinity;
    const right = this.until > low + half ? this.maxBelow(2 * node + 1, low + half, half) : -Infinity;
    return Math.max(left, right) + (this.lazy[node] ?? 0);
  }

  private lastBelow(node: number, low: number, width: number, limit: number): number {
    if ((this.most[node] ?? 0) <= limit) return -1;
    if (width === 1) return low;
    const rest = limit - (this.lazy[node] ?? 0);
    const half = width / 2;
    const right = this.until > low + half ? this.lastBelow(2 * node + 1, low + half, half, rest) : -1;
    if (right >= 0 || this.from >= low + half) return right;
    return this.lastBelow(2 * node, low, half, rest);
  }

  private firstBelow(node: number, low: number, width: number, limit: number): number {
    if ((this.most[node] ?? 0) <= limit) return -1;
    if (width === 1) return low;
    const rest = limit - (this.lazy[node] ?? 0);
    const half = width / 2;
    const left = this.from < low + half ? this.firstBelow(2 * node, low, half, rest) : -1;
    if (left >= 0 || this.until <= low + half) return left;
    return this.firstBelow(2 * node + 1, low + half, half, rest);
  }
}
