/** How big a slot can be: min … max of its demands, within what is free there and what policy grants. */
import type { Instant, Milliseconds, Resources } from '#model';
import type { Demand } from '#plugin-sdk';
import type { Slot, SlotQuery } from '../booking.js';
import type { Headroom } from '../times/headroom.js';
import { SlotSearch } from './slot-search.js';

/** Sizes between min and max that are tried, besides the max itself, when the max does not fit anywhere. */
const fractions = 64;

/** The slot at `start` made as big as it can be there: earlier demands first, each resource by itself. */
export function enlarge(profile: Headroom, search: SlotSearch, at: { readonly start: Instant; readonly duration: Milliseconds }): Slot {
  const { demands, atMost } = search.query;
  const amounts = demands.map((demand): Record<string, number> => ({ ...demand.min }));
  for (const [index, demand] of demands.entries()) {
    const own = amounts[index];
    if (!own) continue;
    for (const name of namesOf(demand)) {
      const least = own[name] ?? 0;
      const granted = amounts.reduce((sum, one) => sum + (one[name] ?? 0), 0);
      const cap = (atMost?.[name] ?? Infinity) - granted;
      const more = Math.min((demand.max[name] ?? least) - least, cap, roomFor({ profile, search, amounts }, { index, name }, at));
      if (more > 0) own[name] = least + more;
    }
  }
  return search.slot(at.start, at.duration, amounts);
}

/**
 * The biggest slot: first the largest size (all resources grow from min to max together, then each as far as it can), then at
 * that size the longest duration.
 */
export function findBiggest(profile: Headroom, query: SlotQuery): Slot | undefined {
  const { min, max } = query.duration;
  const whole = new SlotSearch(profile, scaled(query, fractions));
  const longest = whole.first(query.notBefore, max);
  if (longest !== undefined) return whole.leastSlot(longest, max);
  const found = startOfLargest(profile, query);
  if (found === undefined) return undefined;
  const big = enlarge(profile, new SlotSearch(profile, query), { start: found, duration: min });
  const sized = new SlotSearch(profile, { ...query, demands: query.demands.map((demand, index) => ({ ...demand, min: big.claims[index]?.amount ?? demand.min })) });
  return sized.leastSlot(found, sized.longest(found, min));
}

function startOfLargest(profile: Headroom, query: SlotQuery): Instant | undefined {
  const startAt = (part: number): Instant | undefined => new SlotSearch(profile, scaled(query, part)).first(query.notBefore, query.duration.min);
  let best = startAt(fractions);
  if (best !== undefined) return best;
  best = startAt(0);
  if (best === undefined) return undefined;
  for (let low = 0, high = fractions; high - low > 1;) {
    const middle = (low + high) >> 1;
    const start = startAt(middle);
    if (start === undefined) high = middle;
    else [low, best] = [middle, start];
  }
  return best;
}

/** The query with each minimum moved towards the maximum by `part` of {@link fractions}, within what policy grants. */
function scaled(query: SlotQuery, part: number): SlotQuery {
  const given: Record<string, number> = {};
  const demands = query.demands.map((demand) => {
    const min: Record<string, number> = {};
    for (const name of namesOf(demand)) {
      const least = demand.min[name] ?? 0;
      const others = query.demands.reduce((sum, one) => sum + (one.min[name] ?? 0), 0) - least;
      const cap = Math.max(least, (query.atMost?.[name] ?? Infinity) - Math.max(given[name] ?? 0, others));
      min[name] = Math.min(cap, least + Math.floor((Math.max(0, (demand.max[name] ?? least) - least) * part) / fractions));
      given[name] = (given[name] ?? 0) + (min[name] ?? 0);
    }
    return { ...demand, min };
  });
  return { ...query, demands };
}

interface Sizing { readonly profile: Headroom; readonly search: SlotSearch; readonly amounts: readonly Readonly<Record<string, number>>[] }

/** What is left for one demand beside the others of the same pool: a stay has to fit in its own time and in the run's. */
function roomFor(sizing: Sizing, which: { readonly index: number; readonly name: string }, at: { readonly start: Instant; readonly duration: Milliseconds }): number {
  const { profile, search, amounts } = sizing;
  const { demands } = search.query;
  const demand = demands[which.index] as Demand;
  const total = profile.totalOf(demand.pool)?.[which.name] ?? 0;
  const room = (during: Demand['during']): number => {
    const used = search.usedDuring(demand, which.name, search.intervalOf({ ...demand, during }, at.start, at.duration));
    const own = demands.reduce((sum, one, index) => sum + (one.pool === demand.pool && (during === 'run' || one.during === 'stay') ? amounts[index]?.[which.name] ?? 0 : 0), 0);
    return total - used - own;
  };
  return demand.during === 'run' ? room('run') : Math.min(room('stay'), room('run'));
}

export function namesOf(demand: Demand): readonly string[] {
  return [...new Set([...Object.keys(demand.min), ...Object.keys(demand.max)])];
}

/** True when `a` has more (or lasts longer) than `b` on the whole. */
export function isLarger(a: Slot, b: Slot): boolean {
  const difference = shareOf(a.granted, b.granted) - shareOf(b.granted, a.granted);
  return difference > 0 || (difference === 0 && a.duration > b.duration);
}

function shareOf(one: Resources, other: Resources): number {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort()
    .reduce((sum, name) => sum + (one[name] ?? 0) / Math.max(one[name] ?? 0, other[name] ?? 0, 1), 0);
}
