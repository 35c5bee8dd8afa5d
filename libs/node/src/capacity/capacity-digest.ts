/**
 * The node's digest, from the firm bookings alone: offers that wait for an answer end within minutes, so they don't count. A
 * session takes its cores and its memory from some pool each, so what counts of each is the pool that has most of it.
 */
import type { Digest, Instant, Interval, Milliseconds, PoolId, Resources } from '#model';
import type { Booking } from '#booking';

const hour: Milliseconds = 3_600_000;
/** How far ahead the digest looks. */
const daysAhead = 7;

export interface DigestSource {
  readonly pools: readonly { readonly pool: PoolId; readonly total: Resources }[];
  /** Those with something in the window. */
  bookings(window: Interval): readonly Booking[];
  readonly grain: Milliseconds;
}

const measured = ['cores', 'memory'] as const;

/** The window, and what may be free in each hour of it; of accelerators those of `types`. */
export function freeAhead(source: DigestSource, now: Instant, types: readonly string[] = []): Pick<Digest, 'window' | 'step' | 'free'> {
  const start = Math.floor(now / hour) * hour;
  const window = { start, end: start + daysAhead * 24 * hour };
  const bookings = source.bookings(window);
  const free = measured.flatMap((name) => {
    const amounts = mostFree(source, bookings, { name, window });
    return amounts ? [[name, amounts] as const] : [];
  });
  // Who doesn't count accelerators has none; a type that nobody counts now may come back with its host.
  const accelerators = types.flatMap((name) => {
    const having = source.pools.filter(({ total }) => total[name] !== undefined);
    return having.length === 0 ? [] : [[name, mostOf(having, { bookings, name, window, grain: source.grain })] as const];
  });
  return { window, step: hour, free: Object.fromEntries([...free, ...accelerators]) };
}

interface Measure { readonly name: string; readonly window: Interval }

/** Undefined when a platform counts something else: then this resource limits nothing. */
function mostFree({ pools, grain }: DigestSource, bookings: readonly Booking[], { name, window }: Measure): readonly number[] | undefined {
  const platforms = new Set(pools.map(({ pool }) => platformOf(pool)));
  const having = pools.filter(({ total }) => total[name] !== undefined);
  if (having.length === 0 || new Set(having.map(({ pool }) => platformOf(pool))).size < platforms.size) return undefined;
  return mostOf(having, { bookings, name, window, grain });
}

interface Booked extends Measure { readonly bookings: readonly Booking[]; readonly grain: Milliseconds }

function mostOf(having: DigestSource['pools'], { bookings, name, window, grain }: Booked): readonly number[] {
  const most = new Float64Array((window.end - window.start) / hour);
  for (const { pool, total } of having) {
    const used = usedOf(pool, bookings, { name, window, grain });
    for (let index = 0; index < most.length; index += 1) {
      const least = used.subarray(Math.floor(index * hour / grain), Math.ceil((index + 1) * hour / grain)).reduce((a, b) => Math.min(a, b), Infinity);
      most[index] = Math.max(most[index] ?? 0, (total[name] ?? 0) - (Number.isFinite(least) ? least : 0));
    }
  }
  return [...most];
}

function platformOf(pool: PoolId): string {
  return pool.replace(/\/.*$/, '');
}

/** What firm bookings take of a pool in each grain of the window. */
function usedOf(pool: PoolId, bookings: readonly Booking[], { name, window, grain }: Measure & { readonly grain: Milliseconds }): Float64Array {
  const slots = Math.ceil((window.end - window.start) / grain);
  const change = new Float64Array(slots + 1);
  const slotAt = (at: Instant, round: (slots: number) => number): number => Math.min(slots, Math.max(0, round((at - window.start) / grain)));
  const claims = bookings.flatMap((booking) => booking.claims.filter((claim) => claim.pool === pool));
  for (const { interval, amount } of claims) {
    // Rounded inward: a booking that takes a part of a grain leaves the rest of it.
    add(change, amount[name] ?? 0, { from: slotAt(interval.start, Math.ceil), until: slotAt(interval.end, Math.floor) });
  }
  for (let index = 1; index <= slots; index += 1) change[index] = (change[index] ?? 0) + (change[index - 1] ?? 0);
  return change.subarray(0, slots);
}

function add(change: Float64Array, amount: number, { from, until }: { readonly from: number; readonly until: number }): void {
  if (until <= from) return;
  change[from] = (change[from] ?? 0) + amount;
  change[until] = (change[until] ?? 0) - amount;
}
