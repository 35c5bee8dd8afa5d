/**
 * Entries as pool totals and claims: pure. Capacity that is not there (yet, any more, for everybody) is booked like a session
 * is, under the entry's identifier, so that profile and guard keep it without knowing of calendars:
 *
 *   maintenance   claims the pool while it lasts
 *   growth        raises the total, and claims its amounts whenever they are not there
 *   block         claims the pool while it lasts; its own pool has its amounts, claimed whenever it does not last
 */
import { addResources } from '#model';
import type { CalendarEntry, Instant, Interval, PoolId, Resources, Stretch } from '#model';
import type { Claim } from '#booking';

/** What the platforms have, before the calendar. */
export type Bases = ReadonlyMap<PoolId, Resources>;

/** Where claims begin and end that have no beginning or end: from now on, to beyond everything that can be offered. */
export type Reach = Interval;

/** The pool that a block's sessions are placed on. */
export function blockPoolOf(entry: CalendarEntry): PoolId {
  const platform = entry.pool.slice(0, entry.pool.indexOf('/'));
  return `${platform}/block-${entry.name ?? entry.id.slice(0, 8)}` as PoolId;
}

/** Totals that the entries make of what the platforms have; for growth the largest there will ever be. */
export function totalsOf(bases: Bases, entries: readonly CalendarEntry[]): ReadonlyMap<PoolId, Resources> {
  const totals = new Map(bases);
  for (const entry of entries) {
    const base = totals.get(entry.pool);
    if (base === undefined) continue;
    if (entry.kind === 'growth') totals.set(entry.pool, addResources(base, entry.amounts ?? {}));
    if (entry.kind === 'block') totals.set(blockPoolOf(entry), entry.amounts ?? {});
  }
  return totals;
}

/** What the entry takes when nothing is in its way. */
export function wantedClaims(entry: CalendarEntry, all: { readonly bases: Bases; readonly entries: readonly CalendarEntry[]; readonly reach: Reach }): readonly Claim[] {
  const { reach } = all;
  const lasting = within(entry.times, reach);
  const claim = (pool: PoolId, interval: Interval): Claim => ({ pool, interval, amount: entry.amounts ?? {} });
  switch (entry.kind) {
    case 'maintenance': return entry.amounts ? lasting.map((one) => claim(entry.pool, one)) : lasting.flatMap((one) => wholePool(entry.pool, one, all));
    case 'growth': return between(lasting, reach).map((one) => claim(entry.pool, one));
    case 'block': return [...lasting.map((one) => claim(entry.pool, one)), ...between(lasting, reach).map((one) => claim(blockPoolOf(entry), one))];
  }
}

/** All of the pool: its base and what growth has brought by then. */
function wholePool(pool: PoolId, interval: Interval, { bases, entries, reach }: { readonly bases: Bases; readonly entries: readonly CalendarEntry[]; readonly reach: Reach }): readonly Claim[] {
  const growths = entries.filter((one) => one.kind === 'growth' && one.pool === pool);
  const edges = growths.flatMap((one) => within(one.times, reach)).flatMap((one) => [one.start, one.end]).filter((at) => interval.start < at && at < interval.end);
  const cuts = [...new Set([interval.start, ...edges, interval.end])].sort((a, b) => a - b);
  return cuts.slice(1).map((end, index): Claim => {
    const start = cuts[index] ?? interval.start;
    const there = growths.filter((one) => one.times.some((time) => time.start <= start && start < (time.end ?? Infinity)));
    return { pool, interval: { start, end }, amount: there.reduce((sum, one) => addResources(sum, one.amounts ?? {}), bases.get(pool) ?? {}) };
  });
}

/** The parts of the times inside the reach. */
export function within(times: readonly Stretch[], reach: Reach): readonly Interval[] {
  return times.map((one) => ({ start: Math.max(one.start, reach.start), end: Math.min(one.end ?? Infinity, reach.end) })).filter((one) => one.start < one.end);
}

/** The parts of the reach outside the (sorted) times. */
export function between(times: readonly Interval[], reach: Reach): readonly Interval[] {
  const edges = [reach.start, ...times.flatMap((one) => [one.start, one.end]), reach.end];
  return edges.flatMap((start, index): readonly Interval[] => {
    const end = edges[index + 1];
    return index % 2 === 0 && end !== undefined && start < end ? [{ start, end }] : [];
  });
}

/** True from the grace on (or after it was given up) until a time of the block ends: what is unused goes back. */
export function isGivenBack(entry: CalendarEntry, time: Stretch, now: Instant): boolean {
  if (entry.ended !== undefined && entry.ended <= now) return true;
  const grace = entry.block?.grace;
  return grace !== undefined && now >= time.start + grace;
}

/** When the calendar has to look again by itself: the next end of a grace. */
export function nextChange(entries: readonly CalendarEntry[], now: Instant): Instant | undefined {
  const graces = entries.flatMap((entry) => (entry.block?.grace === undefined ? [] : entry.times.map((time) => time.start + (entry.block?.grace ?? 0))));
  const next = Math.min(Infinity, ...graces.filter((at) => at > now));
  return Number.isFinite(next) ? next : undefined;
}

/** True when nothing of it is left. */
export function isOver(entry: CalendarEntry, now: Instant): boolean {
  return entry.times.every((one) => (one.end ?? Infinity) <= now);
}
