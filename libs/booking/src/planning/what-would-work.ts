/** For answers NO: what the same request could have had. */
import type { Instant, Resources } from '#model';
import type { SlotQuery } from '../booking.js';
import type { Headroom } from '../times/headroom.js';
import { SlotSearch } from './slot-search.js';
import { namesOf } from './slot-size.js';

/** The first start that would work for any of the queries if the windows were dropped; within the horizon. */
export function firstPossible(profile: Headroom, queries: readonly SlotQuery[]): Instant | undefined {
  const starts = queries.map((query) => {
    const whenever = { ...query, windows: [{ start: query.notBefore, end: profile.limit }] };
    return new SlotSearch(profile, whenever).first(query.notBefore, query.duration.min);
  });
  return starts.reduce((best, start) => (best === undefined || (start !== undefined && start < best) ? start : best), undefined);
}

/**
 * The largest amount of each resource that could be had inside the windows for the shortest duration, were it the only one
 * that is wanted; never more than the demands' max. Undefined when no start is allowed at all.
 */
export function biggestPossible(profile: Headroom, query: SlotQuery): Resources | undefined {
  const free = { ...query, demands: query.demands.map((demand) => ({ ...demand, min: {} })) };
  if (new SlotSearch(profile, free).first(query.notBefore, query.duration.min) === undefined) return undefined;
  const names = new Set(query.demands.flatMap(namesOf));
  return Object.fromEntries([...names].map((name) => [name, mostOf(profile, query, name)]));
}

function mostOf(profile: Headroom, query: SlotQuery, name: string): number {
  const wishes = query.demands.map((demand) => Math.max(demand.min[name] ?? 0, demand.max[name] ?? 0));
  const cap = query.atMost?.[name] ?? Infinity;
  const shares = (amount: number): readonly number[] => {
    let rest = amount;
    return wishes.map((wish) => {
      const share = Math.min(wish, rest);
      rest -= share;
      return share;
    });
  };
  const fits = (amount: number): boolean => {
    const given = shares(amount);
    const demands = query.demands.map((demand, index) => ({ ...demand, min: { [name]: given[index] ?? 0 } }));
    return new SlotSearch(profile, { ...query, demands }).first(query.notBefore, query.duration.min) !== undefined;
  };
  let low = 0;
  let high = Math.min(cap, wishes.reduce((sum, wish) => sum + wish, 0)) + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
