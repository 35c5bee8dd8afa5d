/** From slots to offers: the earliest, the biggest, one from every other choice, and later starts a spacing apart. */
import type { Instant, Milliseconds, Resources } from '#model';
import { fitsIn, largestResources } from '#model';
import { AlikeWays } from './alike-ways.js';
import type { Candidate, Slot, SlotQuery } from '../booking.js';
import type { Headroom } from '../times/headroom.js';
import { SlotSearch, sumOf } from './slot-search.js';
import { findBiggest, isLarger } from './slot-size.js';

export interface OfferRules {
  /** Most offers in a set. */
  readonly most: number;
  /** Least time between the starts of the later offers. */
  readonly spacing: Milliseconds;
  /** What else an offer has to keep, for example a bound on its cost; called while searching, so it should be cheap. */
  readonly admission?: Admission;
}

export interface Admission {
  admits(candidate: Candidate): boolean;
  /** The start at or after which one that was not admitted may be; undefined: it never will be. */
  retry(candidate: Candidate): Instant | undefined;
  /** One that was just admitted, with what it claims besides. */
  complete?(candidate: Candidate): Candidate;
  /** The most that one at this place could have, where it was not admitted for its size; undefined: nobody knows. */
  most?(candidate: Candidate): Resources | undefined;
}

export interface OfferQuestion {
  /** One for each way to run it, preferred ones first. */
  readonly queries: readonly SlotQuery[];
  readonly rules: OfferRules;
}

/** Candidates that fit now, by start and then size; each by itself, as only one can be accepted. None if nothing fits. */
export function planOffers({ queries, rules }: OfferQuestion, profile: Headroom): readonly Candidate[] {
  const { admission } = rules;
  const alike = new AlikeWays(profile);
  // An admission may know one host from another.
  const looking: Looking = { profile, queries, admission, keyOf: (query) => (admission ? query : alike.keyOf(query)) };
  const searches = new Searches(looking);
  const chosen = new Choice(rules.most);
  const alternatives = Math.floor(rules.most / 2);
  const firsts = searches.firsts(1 + alternatives);
  const earliest = earliestOf(firsts);
  if (!earliest) return [];
  chosen.add(earliest);
  const biggest = rules.most > 1 ? biggestOf(looking) : undefined;
  if (biggest && isLarger(biggest, earliest)) chosen.add(biggest);
  for (const other of firsts.filter(({ query }) => query !== earliest.query).slice(0, alternatives)) chosen.add(other);
  for (let last: Candidate | undefined = earliest; last && !chosen.isFull;) {
    const from: Instant = last.start + Math.max(1, rules.spacing);
    last = searches.earliest(from);
    if (last) chosen.add(last);
  }
  return chosen.inOrder();
}

interface Looking {
  readonly profile: Headroom;
  readonly queries: readonly SlotQuery[];
  readonly admission: Admission | undefined;
  /** The same for queries that come to the same. */
  keyOf(query: SlotQuery): unknown;
}

/**
 * One search for each way, made when it is needed: a cluster of thousands of hosts is as many ways, and mostly one of the first has room
 * at once. Who can't be bettered ends the looking, and of ways that are alike one is looked at; what is chosen is what all searches
 * together would have come to.
 */
class Searches {
  private readonly made = new Map<number, SlotSearch>();
  private readonly soonest: Instant;

  constructor(private readonly looking: Looking) {
    this.soonest = looking.queries.reduce((soonest, query) => Math.min(soonest, soonestOf(query)), Infinity);
  }

  /** The first slot of each way, in order; at least `enough` of them if there are so many, and among them the earliest of all. */
  firsts(enough: number): readonly Candidate[] {
    const found: Candidate[] = [];
    const isFound = new Map<unknown, boolean>();
    let isSettled = false;
    for (const [query, asked] of this.looking.queries.entries()) {
      if (isSettled && found.length >= enough) break;
      const key = this.looking.keyOf(asked);
      const hasAlike = isFound.get(key);
      if (hasAlike === false || (hasAlike && found.length >= enough)) continue;
      const one = this.from(query, -Infinity);
      if (one) found.push(one);
      isFound.set(key, one !== undefined);
      isSettled ||= one !== undefined && one.start <= this.soonest;
    }
    return found;
  }

  /** The first of all ways from then on. */
  earliest(from: Instant): Candidate | undefined {
    const soonest = Math.max(from, this.soonest);
    const seen = new Set<unknown>();
    let best: Candidate | undefined;
    for (const [query, asked] of this.looking.queries.entries()) {
      if (best && best.start <= soonest) break;
      if (!isNew(seen, this.looking.keyOf(asked))) continue;
      const one = this.from(query, from);
      if (one && (!best || one.start < best.start)) best = one;
    }
    return best;
  }

  private from(query: number, from: Instant): Candidate | undefined {
    const { queries, profile, admission } = this.looking;
    const asked = queries[query] as SlotQuery;
    const search = this.made.get(query) ?? new SlotSearch(profile, asked);
    this.made.set(query, search);
    return leastFrom(search, query, from, admission);
  }
}

function isNew(seen: Set<unknown>, key: unknown): boolean {
  const isKnown = seen.has(key);
  seen.add(key);
  return !isKnown;
}

/** No slot of the query begins before. */
function soonestOf({ notBefore, windows }: SlotQuery): Instant {
  return Math.max(notBefore, windows[0]?.start ?? Infinity);
}

/** Starts that are not admitted, one after the other, that are tried before a search gives up: two a day for a year and more. */
const mostRetries = 1_000;

function leastFrom(search: SlotSearch, query: number, from: Instant, admission: Admission | undefined): Candidate | undefined {
  const { min } = search.query.duration;
  let next: Instant | undefined = from;
  for (let tries = 0; next !== undefined && tries < mostRetries; tries += 1) {
    const start = search.first(next, min);
    if (start === undefined) return undefined;
    const candidate: Candidate = { ...search.leastSlot(start, min), query };
    if (admission === undefined || admission.admits(candidate)) return completed(candidate, admission);
    next = admission.retry(candidate);
  }
  return undefined;
}

function earliestOf(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>((best, one) => (!best || one.start < best.start ? one : best), undefined);
}

function completed(candidate: Candidate, admission: Admission | undefined): Candidate {
  return admission?.complete?.(candidate) ?? candidate;
}

function biggestOf(looking: Looking): Candidate | undefined {
  const { profile, queries, admission } = looking;
  const seen = new Set<unknown>();
  let best: Candidate | undefined;
  let limits: Limits | undefined;
  for (const [query, one] of queries.entries()) {
    if (best && isUnbeatable(best, limits ??= limitsOf(queries))) break;
    if (!canGrow(one) || !isNew(seen, looking.keyOf(one))) continue;
    const slot = biggestAdmitted(profile, one, { query, admission });
    if (slot && (!best || isLarger(slot, best))) best = slot;
  }
  return best;
}

/** No slot of any query has more of anything, or lasts longer. */
interface Limits { readonly most: Resources; readonly longest: Milliseconds }

function limitsOf(queries: readonly SlotQuery[]): Limits {
  // Hosts of one size mostly follow each other.
  const sizes = queries.filter((query, index) => !isOfSize(query, queries[index - 1])).map(({ demands, atMost = {} }) => smallest(atMost, sumOf(demands.map(({ max }) => max))));
  return { most: sizes.reduce(largestResources, {}), longest: queries.reduce((longest, { duration }) => Math.max(longest, duration.max), 0) };
}

function isOfSize({ demands, atMost }: SlotQuery, other: SlotQuery | undefined): boolean {
  return other?.atMost === atMost && other?.demands.length === demands.length && demands.every(({ max }, index) => max === other.demands[index]?.max);
}

function isUnbeatable({ granted, duration }: Candidate, { most, longest }: Limits): boolean {
  return duration >= longest && fitsIn(most, granted);
}

/** What is too big for the admission is searched once more at the size that it tells. */
function biggestAdmitted(profile: Headroom, asked: SlotQuery, { query, admission }: { readonly query: number; readonly admission: Admission | undefined }): Candidate | undefined {
  const slot: Slot | undefined = findBiggest(profile, asked);
  if (!slot) return undefined;
  const candidate = { ...slot, query };
  if (admission?.admits(candidate) !== false) return completed(candidate, admission);
  const most = admission.most?.(candidate);
  const smaller = most && findBiggest(profile, { ...asked, atMost: smallest(asked.atMost, most) });
  return smaller && admission.admits({ ...smaller, query }) ? completed({ ...smaller, query }, admission) : undefined;
}

function smallest(a: Resources | undefined, b: Resources): Resources {
  return { ...a, ...Object.fromEntries(Object.entries(b).map(([name, amount]) => [name, Math.min(amount, a?.[name] ?? Infinity)])) };
}

function canGrow({ demands, duration }: SlotQuery): boolean {
  return duration.max > duration.min || demands.some(({ min, max }) => Object.entries(max).some(([name, amount]) => amount > (min[name] ?? 0)));
}

class Choice {
  private readonly chosen: Candidate[] = [];

  constructor(private readonly most: number) {}

  get isFull(): boolean {
    return this.chosen.length >= this.most;
  }

  add(candidate: Candidate): void {
    if (!this.isFull && !this.chosen.some((one) => isSame(one, candidate))) this.chosen.push(candidate);
  }

  inOrder(): readonly Candidate[] {
    return this.chosen.sort((a, b) => a.start - b.start || Number(isLarger(a, b)) - Number(isLarger(b, a)) || a.query - b.query);
  }
}

function isSame(a: Candidate, b: Candidate): boolean {
  return a.start === b.start && a.query === b.query && a.duration === b.duration
    && a.claims.every(({ amount }, place) => Object.keys(amount).every((name) => amount[name] === b.claims[place]?.amount[name]));
}
