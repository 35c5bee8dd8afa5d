/**
 * The workload of the design's measurements: one pool, 60 days, bookings of up to four hours on five-minute edges, about three
 * quarters of its cores taken. Written straight into the tables, because the point is to start from a full ledger.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

export const grain = 300_000;
export const days = 60;
export const total = { cores: 1000, memory: 4000, 'gpu:a100': 64, 'gpu:h100': 16, storage: 200_000 };
const steps = (days * 86_400_000) / grain;
const longest = (4 * 3_600_000) / grain;
const amounts = Object.values(total);

export interface Preloaded { readonly session: string; readonly offer_set: string; readonly starts: number; readonly ends: number; readonly amount: readonly number[] }

/** Numbers that are the same in every run (Park and Miller 1988). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** `count` bookings that fit, and what they leave free in each step. */
export function invent(count: number, from: number): { bookings: Preloaded[]; free: number[][] } {
  const random = seeded(20_301_231);
  const whole = (most: number): number => Math.floor(random() * (most + 1));
  const free = Array.from({ length: steps }, () => [...amounts]);
  const perBooking = (0.75 * 1000 * steps) / (count * (longest + 1) / 2);
  const bookings: Preloaded[] = [];
  while (bookings.length < count) {
    const length = 1 + whole(longest - 1);
    const start = whole(steps - length);
    const cores = 1 + whole(Math.max(0, Math.round(2 * perBooking) - 2));
    const amount = [cores, 4 * cores, whole(20) === 0 ? 1 : 0, whole(80) === 0 ? 1 : 0, whole(500)];
    const over = free.slice(start, start + length);
    if (over.some((left) => left.some((one, kind) => one < (amount[kind] ?? 0)))) continue;
    for (const left of over) amount.forEach((one, kind) => { left[kind] = (left[kind] ?? 0) - one; });
    const offer_set = `${randomUUID().slice(0, -2)}00`;
    bookings.push({ session: `${offer_set.slice(0, -2)}01`, offer_set, starts: from + start * grain, ends: from + (start + length) * grain, amount });
  }
  return { bookings, free };
}

/** Fills the tables of an empty ledger whose one pool exists. Returns the share of cores that is taken. */
export async function preload(url: string, count: number, from: number): Promise<number> {
  const { bookings, free } = invent(count, from);
  const client = new pg.Client(url);
  await client.connect();
  await client.query('create temporary table rank as select (select array_agg(x.place order by k.n) from unnest(p.kinds) with ordinality k(kind, n) join unnest($1::text[]) with ordinality x(kind, place) using (kind)) as places, p.id from pool p', [Object.keys(total)]);
  await client.query(`insert into booking (session, offer_set, ends, claims)
    select b.session, b.offer_set, b.ends, array[row(r.id, b.starts, b.ends, array(select b.amount[place] from unnest(r.places) place))::claim]
    from json_to_recordset($1) b(session uuid, offer_set uuid, starts bigint, ends bigint, amount bigint[]), rank r`, [JSON.stringify(bookings)]);
  await client.query('select recount_guard($1)', [grain]);
  await client.query('vacuum analyze booking, capacity_strip');
  await client.end();
  return 1 - free.reduce((sum, left) => sum + (left[0] ?? 0), 0) / (steps * (amounts[0] ?? 1));
}
