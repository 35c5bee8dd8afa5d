/**
 * Which ways come to the same: they differ in their pools only, and these have the same room at any time. A cluster has thousands of
 * hosts of a few sizes, most of them used by nobody or by the same services; of those that are alike one tells what all would.
 */
import type { Demand } from '#plugin-sdk';
import type { SlotQuery } from '../booking.js';
import type { Headroom } from '../times/headroom.js';

export class AlikeWays {
  private readonly numbers = new Map<object, number>();
  private readonly known = new Map<SlotQuery, string>();

  constructor(private readonly profile: Headroom) {}

  /** Queries with the same key have their slots at the same times and of the same sizes, as long as the profile is as it is. */
  keyOf(query: SlotQuery): string {
    const key = this.known.get(query) ?? this.written(query);
    this.known.set(query, key);
    return key;
  }

  private written({ demands, windows, runs, duration, lead, trail, notBefore, settleBy, atMost }: SlotQuery): string {
    const times = `${this.numberOf(windows)} ${this.numberOf(runs)} ${duration.min} ${duration.max} ${lead} ${trail} ${notBefore} ${settleBy} ${this.numberOf(atMost)}`;
    // Demands on one pool add up, which those on two that are alike don't.
    const areApart = demands.every(({ pool }, index) => demands.findIndex((one) => one.pool === pool) === index);
    return demands.reduce((key, demand) => `${key}|${demand.during} ${this.numberOf(demand.min)} ${this.numberOf(demand.max)} ${areApart ? this.placeOf(demand) : demand.pool}`, times);
  }

  /** What can be had there, in words; the pool itself where it is like no other. */
  private placeOf({ pool, min, max }: Demand): string {
    const total = this.profile.totalOf(pool);
    if (total === undefined) return pool;
    let place = '';
    for (const name in { ...min, ...max }) {
      const { shape } = this.profile.timelineOf(pool, name);
      if (shape === undefined) return pool;
      place += `${name} ${total[name] ?? 0} ${shape};`;
    }
    return place;
  }

  private numberOf(part: object | undefined): number {
    if (part === undefined) return -1;
    const number = this.numbers.get(part) ?? this.numbers.size;
    this.numbers.set(part, number);
    return number;
  }
}
