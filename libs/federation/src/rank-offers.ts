/** One list out of the offers of many members (docs/decisions/0011): earliest first, then cheapest, equal ones by turns. */
import type { Session } from '#model';

/** An offer at its member; `uuid` is the member's identifier of it. */
export interface LeafOffer { readonly member: string; readonly uuid: string; readonly session: Session }

/**
 * `turn` decides who begins among equals; it differs from set to set, so that no member is always the first. The best offer of
 * every member is kept before a second one of any, as far as `most` goes.
 */
export function rankOffers<Offer extends LeafOffer>(offers: readonly Offer[], turn: number, most: number): readonly Offer[] {
  const members = [...new Set(offers.map((one) => one.member))].sort();
  const place = (member: string): number => (members.indexOf(member) + turn) % members.length;
  const rounds = roundsOf(offers);
  const order = (a: Offer, b: Offer): number => compare(a, b) || (rounds.get(a) ?? 0) - (rounds.get(b) ?? 0) || place(a.member) - place(b.member);
  const ranked = [...offers].sort(order);
  if (ranked.length <= most) return ranked;
  const best = ranked.filter((one, index) => ranked.findIndex((other) => other.member === one.member) === index);
  const kept = new Set([...best, ...ranked.filter((one) => !best.includes(one))].slice(0, most));
  return ranked.filter((one) => kept.has(one));
}

/** How many equal offers of the same member stand before each: what makes equals take turns. */
function roundsOf<Offer extends LeafOffer>(offers: readonly Offer[]): ReadonlyMap<Offer, number> {
  const seen = new Map<string, number>();
  return new Map(offers.map((one) => {
    const key = `${one.member} ${startOf(one)} ${costOf(one.session)}`;
    const round = seen.get(key) ?? 0;
    seen.set(key, round + 1);
    return [one, round];
  }));
}

function compare(a: LeafOffer, b: LeafOffer): number {
  const byCost = costOf(a.session) - costOf(b.session);
  return startOf(a) - startOf(b) || (Number.isNaN(byCost) ? 0 : byCost);
}

function startOf({ session }: LeafOffer): number {
  return session.schedule.available.start.start;
}

/** The money it takes at most; an offer without a price comes after those that have one. */
export function costOf(session: Session): number {
  const priced = session.costs.filter((one) => one.type?.includes('monetary') === true).map((one) => one.max ?? one.min ?? Infinity);
  return priced.length === 0 ? Infinity : priced.reduce((sum, one) => sum + one, 0);
}
