/**
 * Finding the earliest ten starts at least an hour apart, in memory, among 1 000 and among 100 000 bookings of one pool that
 * is three quarters full: half the requests like the stored bookings, half big and long, in a window of fourteen days.
 */
import type { SlotQuery } from '#booking';
import { planOffers, Profile } from '#booking';
import type { Instant, OfferSetId, SessionId } from '#model';
import { pool } from './booking/cycle.js';
import { days, grain, invent, seeded, total } from './booking/preload.js';
import { median } from './booking/statistics.js';
import type { Measure } from './measure.js';

const hour = 3_600_000;
const day = 24 * hour;
const from = Date.parse('2030-06-03T08:00:00Z');
const names = Object.keys(total);

export function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const [few, many] = [profileOf(1000), profileOf(100_000)];
  const queries = inventQueries(quick ? 300 : 1000);
  search(few, queries);
  search(many, queries);
  const times = { few: [] as number[], many: [] as number[] };
  for (let round = 0; round < (quick ? 5 : 15); round += 1) {
    times.few.push(search(few, queries));
    times.many.push(search(many, queries));
  }
  const [value, ratio] = [median(times.many), median(times.many) / median(times.few)];
  return Promise.resolve([
    { name: 'find-10-slots-100k-p50-us', value, unit: 'µs', goal: '<= 20', holds: value <= 20 },
    { name: 'find-100k-per-1k', value: ratio, unit: 'time among 100 000 per time among 1 000', goal: '<= 2', holds: ratio <= 2 },
  ]);
}

/** Median time of one search, in microseconds. */
function search(profile: Profile, queries: readonly SlotQuery[]): number {
  return median(queries.map((query) => {
    const begin = performance.now();
    planOffers({ queries: [query], rules: { most: 10, spacing: hour } }, profile);
    return 1000 * (performance.now() - begin);
  }));
}

function profileOf(count: number): Profile {
  const bookings = invent(count, from).bookings.map(({ session, offer_set: set, starts, ends, amount }) => ({
    session: session as SessionId, set: set as OfferSetId,
    claims: [{ pool, interval: { start: starts, end: ends }, amount: Object.fromEntries(names.map((name, place) => [name, amount[place] ?? 0])) }],
  }));
  return Profile.from({ version: 1, pools: [{ pool, total }], bookings, open: [] }, { grain, horizon: days * day }, from);
}

function inventQueries(count: number): readonly SlotQuery[] {
  const random = seeded(99);
  return Array.from({ length: count }, (_, number) => (number % 2 === 0
    ? queryOf(from + random() * 40 * day, 1 + Math.floor(random() * 10), (1 + Math.floor(random() * 48)) * grain)
    : queryOf(from + random() * 40 * day, 300 + Math.floor(random() * 200), 6 * hour + Math.floor(random() * 72) * grain)));
}

function queryOf(start: Instant, cores: number, duration: number): SlotQuery {
  const amount = { cores, memory: 4 * cores };
  return { demands: [{ pool, min: amount, max: amount, during: 'run' }], windows: [{ start, end: start + 14 * day }], duration: { min: duration, max: duration }, lead: 0, trail: 0, notBefore: from };
}
