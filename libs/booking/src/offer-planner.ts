/** From slots to offers: the earliest, the biggest, one from every other choice, and later starts a spacing apart. */
import type { Instant, Milliseconds } from '#model';
import type { Candidate, Slot, SlotQuery } from './booking.js';
import type { Profile } from './profile.js';
import { SlotSearch } from './slot-search.js';
import { findBiggest, isLarger } from './slot-size.js';

export interface OfferRules {
  /** Most offers in a set. */
  readonly most: number;
  /** Least time between the starts of the later offers. */
  readonly spacing: Milliseconds;
}

export interface OfferQuestion {
  /** One for each way to run it, preferred ones first. */
  readonly queries: readonly SlotQuery[];
  readonly rules: OfferRules;
}

/** Candidates that fit now, by start and then size; each by itself, as only one can be accepted. None if nothing fits. */
export function planOffers({ queries, rules }: OfferQuestion, profile: Profile): readonly Candidate[] {
  const searches = queries.map((query) => new SlotSearch(profile, query));
  const chosen = new Choice(rules.most);
  const firsts = searches.map((search, query) => leastFrom(search, query, -Infinity));
  const earliest = earliestOf(firsts);
  if (!earliest) return [];
  chosen.add(earliest);
  if (rules.most > 1) {
    const biggest = biggestOf(profile, queries);
    if (biggest && isLarger(biggest, earliest)) chosen.add(biggest);
  }
  const others = firsts.filter((one) => one !== undefined && one.query !== earliest.query);
  for (const other of others.slice(0, Math.floor(rules.most / 2))) if (other) chosen.add(other);
  for (let last: Candidate | undefined = earliest; last && !chosen.isFull;) {
    const from: Instant = last.start + Math.max(1, rules.spacing);
    last = earliestOf(searches.map((search, query) => leastFrom(search, query, from)));
    if (last) chosen.add(last);
  }
  return chosen.inOrder();
}

function leastFrom(search: SlotSearch, query: number, from: Instant): Candidate | undefined {
  const { min } = search.query.duration;
  const start = search.first(from, min);
  return start === undefined ? undefined : { ...search.leastSlot(start, min), query };
}

function earliestOf(candidates: readonly (Candidate | undefined)[]): Candidate | undefined {
  return candidates.reduce((best, one) => (one && (!best || one.start < best.start) ? one : best), undefined);
}

function biggestOf(profile: Profile, queries: readonly SlotQuery[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const [index, query] of queries.entries()) {
    const slot: Slot | undefined = canGrow(query) ? findBiggest(profile, query) : undefined;
    if (slot && (!best || isLarger(slot, best))) best = { ...slot, query: index };
  }
  return best;
}

function canGrow({ demands, duration }: SlotQuery): boolean {
  return duration.max > duration.min || demands.some(({ min, max }) => Object.entries(max).some(([name, amount]) => amount > (min[name] ?? 0)));
}

class Choice {
  private readonly chosen = new Map<string, Candidate>();

  constructor(private readonly most: number) {}

  get isFull(): boolean {
    return this.chosen.size >= this.most;
  }

  add(candidate: Candidate): void {
    const { query, start, duration, claims } = candidate;
    const key = JSON.stringify([query, start, duration, claims.map((claim) => claim.amount)]);
    if (!this.isFull) this.chosen.set(key, candidate);
  }

  inOrder(): readonly Candidate[] {
    return [...this.chosen.values()].sort((a, b) => a.start - b.start || Number(isLarger(a, b)) - Number(isLarger(b, a)) || a.query - b.query);
  }
}
