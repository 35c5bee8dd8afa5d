/** One list out of the offers of many members (docs/decisions/0011, 0035): earliest first, then cheapest, then where least is to be brought; equal ones by turns. */
import type { Interval, Measure, Milliseconds, Session } from '#model';

/** An offer at its member; `uuid` is the member's identifier of it. `score`: where a ranking of the operator's gave one. */
export interface LeafOffer { readonly member: string; readonly uuid: string; readonly session: Session; readonly score?: number }

/** What the order is made of. `cost`: Infinity without a price. `bringing`: what has to be done for its data before it can begin. */
export interface Ranked { readonly member: string; readonly start: Interval; readonly cost: number; readonly bringing: Milliseconds; readonly score?: number }

/** Below zero: `a` comes first. Equal ones take turns, whatever the ranking. */
export type Ranking = (a: Ranked, b: Ranked) => number;

const byStart: Ranking = (a, b) => a.start.start - b.start.start;
const byCost: Ranking = (a, b) => compareCosts(a.cost, b.cost);
const byBringing: Ranking = (a, b) => a.bringing - b.bringing;
const byScore: Ranking = (a, b) => (b.score ?? 0) - (a.score ?? 0);

/** By the names that the configuration uses. */
export const rankings = {
  earliest: (a, b) => byScore(a, b) || byStart(a, b) || byCost(a, b) || byBringing(a, b),
  cheapest: (a, b) => byScore(a, b) || byCost(a, b) || byStart(a, b) || byBringing(a, b),
} as const satisfies Readonly<Record<string, Ranking>>;

/** `turn` decides who begins among equals; it differs from set to set, so that no member is always the first. */
export function rankOffers<Offer extends Ranked>(offers: readonly Offer[], turn: number, ranking: Ranking = rankings.earliest): readonly Offer[] {
  const members = [...new Set(offers.map((one) => one.member))].sort();
  const places = new Map(members.map((member, index) => [member, (index + turn) % members.length]));
  const sorted = [...offers].sort(ranking);
  const ranked: Offer[] = [];
  for (let from = 0; from < sorted.length;) {
    const first = sorted[from] as Offer;
    let to = from + 1;
    while (to < sorted.length && ranking(first, sorted[to] as Offer) === 0) to += 1;
    // One by one: there may be more of them than a call takes arguments.
    for (const one of to === from + 1 ? [first] : byTurns(sorted.slice(from, to), places)) ranked.push(one);
    from = to;
  }
  return ranked;
}

/** The first of each member, then the second of each. */
function byTurns<Offer extends Ranked>(equal: readonly Offer[], places: ReadonlyMap<string, number>): readonly Offer[] {
  const seen = new Map<string, number>();
  const keyed = equal.map((offer) => {
    const round = seen.get(offer.member) ?? 0;
    seen.set(offer.member, round + 1);
    return { offer, round, place: places.get(offer.member) ?? 0 };
  });
  return keyed.sort((a, b) => a.round - b.round || a.place - b.place).map(({ offer }) => offer);
}

/** Two without a price are equal. */
function compareCosts(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** As many as are shown, in the same order: the best of every member is kept before a second one of any, as far as `most` goes. */
export function keepMost<Offer extends Ranked>(ranked: readonly Offer[], most: number): readonly Offer[] {
  if (ranked.length <= most) return ranked;
  const seen = new Set<string>();
  const [best, others]: [Offer[], Offer[]] = [[], []];
  for (const one of ranked) {
    (seen.has(one.member) ? others : best).push(one);
    seen.add(one.member);
  }
  const kept = new Set([...best, ...others].slice(0, most));
  return ranked.filter((one) => kept.has(one));
}

/** The money it takes at most; an offer without a price comes after those that have one. */
export function costOf(costs: readonly Measure[]): number {
  const priced = costs.filter((one) => typeof one.type === 'string' && one.type.includes('monetary')).map((one) => [one.max, one.min].find(Number.isFinite) ?? Infinity);
  return priced.length === 0 ? Infinity : priced.reduce((sum, one) => sum + one, 0);
}
