/** One consistent view of the ledger, for a replica that starts. */
import type pg from 'pg';
import type { Instant, OfferSetId, PoolId, Resources, SessionId } from '#model';
import type { Booking, LedgerSnapshot } from '#booking';
import type { StoredHolds } from './packed-holds.js';
import { unpackHolds } from './packed-holds.js';
import { ledgerNumber } from './rows.js';
import { inTransaction, oneView } from '../connections/transaction.js';

interface PoolRow { id: number; pool: PoolId; kinds: string[]; total: Resources }
interface StoredClaim { pool: number; starts: Instant; ends: Instant; amount: number[] }
interface BookingRow { session: SessionId; set: OfferSetId; claims: StoredClaim[] }
interface OpenRow { set: OfferSetId; expires: Instant; holds: StoredHolds; rejected: number[] }

/** Reads in one REPEATABLE READ transaction, so that version, bookings and open sets belong together. */
export function readSnapshot(pool: pg.Pool, after: Instant): Promise<LedgerSnapshot> {
  return inTransaction(pool, (client) => readAll(client, after), oneView);
}

async function readAll(client: pg.PoolClient, after: Instant): Promise<LedgerSnapshot> {
  const { rows: [last] } = await client.query<{ version: number }>('select coalesce(max(version), 0) as version from ledger_log where ledger = $1', [ledgerNumber]);
  const { rows: pools } = await client.query<PoolRow>('select id, name as pool, kinds, resources_of(kinds, total) as total from pool order by id');
  const { rows: bookings } = await client.query<BookingRow>('select session, offer_set as set, array_to_json(claims) as claims from booking where ends > $1 order by session', [after]);
  const { rows: open } = await client.query<OpenRow>('select o.id as set, o.expires, c.holds, o.rejected from open_offer_set o join offer_content c on c.id = o.id order by o.id');
  const byId = new Map(pools.map((row) => [row.id, row]));
  return { version: last?.version ?? 0, pools: pools.map(({ pool, total }) => ({ pool, total })), bookings: bookings.map((row) => bookingOf(row, byId)), open: open.map((one) => ({ ...one, holds: unpackHolds(one.holds) })) };
}

function bookingOf(row: BookingRow, pools: ReadonlyMap<number, PoolRow>): Booking {
  const claims = row.claims.map(({ pool, starts, ends, amount }) => {
    const of = pools.get(pool);
    if (!of) throw new Error(`booking ${row.session} claims pool number ${pool}, which does not exist`);
    return { pool: of.pool, interval: { start: starts, end: ends }, amount: resourcesOf(of.kinds, amount) };
  });
  return { session: row.session, set: row.set, claims };
}

/** Zero amounts are left out, as an absent name means zero. */
function resourcesOf(kinds: readonly string[], amount: readonly number[]): Resources {
  const resources: Record<string, number> = {};
  for (let i = 0; i < amount.length; i += 1) {
    const kind = kinds[i];
    const value = amount[i];
    if (kind !== undefined && value) resources[kind] = value;
  }
  return resources;
}
