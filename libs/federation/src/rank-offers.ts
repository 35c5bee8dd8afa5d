/** One list out of the offers of many members (docs/decisions/0011): earliest first, then cheapest, equal ones by turns. */
import type { Interval, Measure, Session } from '#model';

/** An offer at its member; `uuid` is the member's identifier of it. */
export interface LeafOffer { readonly member: string; readonly uuid: string; readonly session: Session }

/** What the order is made of. `cost`: Infinity without a price. */
export interface Ranked { readonly member: string; readonly start: Interval; readonly cost: number }

/** Below zero: `a` comes first. Equal ones take turns, whatever the ranking. */
export type Ranking = (a: Ranked, b: Ranked) => number;

const byStart: Ranking = (a, b) => a.start.start - b.start.start;
const byCost: Ranking = (a, b) => compareCosts(a.cost, b.cost);

/** By the names that the configuration uses. */
export const rankings = {
  earliest: (a, b) => byStart(a, b) || byCost(a, b),
  cheapest: (a, b) => byCost(a, b) || byStart(a, b),
} as const satisfies Readonly<Record<string, Ranking>>;

/** `turn` decides who begins among equals; it differs from set to set, so that no member is always the first. */
export function rankOffers<Offer extends Ranked>(offers: readonly Offer[], turn: number, ranking: Ranking = rankings.earliest): readonly Offer[] {
  const members = [...new Set(offers.map((one) => one.member))].sort();
  const places = new Map(members.map((member, index) => [member, (index + turn) % members.length]));
  const seen = new Map<string, number>();
  const keyed = offers.map((offer) => ({ offer, round: roundOf(offer, seen), place: places.get(offer.member) ?? 0 }));
  return keyed.sort((a, b) => ranking(a.offer, b.offer) || a.round - b.round || a.place - b.place).map(({ offer }) => offer);
}

/** How many equal offers of the same member stand before it: what makes equals take turns. */
function roundOf({ member, start, cost }: Ranked, seen: Map<string, number>): number {
  const key = `${member} ${start.start} ${cost}`;
  const round = seen.get(key) ?? 0;
  seen.set(key, round + 1);
  return round;
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
