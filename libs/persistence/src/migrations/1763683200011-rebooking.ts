/** Bookings that are set to what they are from now on: made without an offer, extended, shrunk, resized or removed. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const putBookings = `
-- Puts bookings in the place of what these sessions had; a session that is not among the bookings has nothing any more.
-- Returns the changes that the guard has to follow.
create function put_bookings(sessions uuid[], bookings json, claims json) returns claim[] language plpgsql as $$
declare before claim[];
begin
  with gone as (delete from booking b where b.session = any (sessions) returning b.claims)
  select coalesce(array_agg(x), '{}') into before from gone, unnest(gone.claims) x;
  return before || add_bookings(bookings, claims);
end $$;
`;

/** As it was, with the parameters of what is rebooked if `withRebooked`. */
function commitBatch(withRebooked: boolean): string {
  return `
create function commit_batch(
  of_ledger int, seen bigint, of_token uuid, at bigint, events json, pools json, sets json, set_documents json[],
  accepts json, accept_documents json[], claims json, rejects json,
  expired uuid[], releases uuid[], remaining json${withRebooked ? ', rebooked uuid[], bookings json, booked json' : ''}
) returns bigint language plpgsql volatile
  set jit = off set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare grain bigint; cuts claim[]; changes claim[] := '{}';
begin
  perform pg_advisory_xact_lock(7733, of_ledger);
  if seen > 0 and not exists (select 1 from ledger_log where ledger = of_ledger and version = seen) then
    return null;
  end if;
  insert into ledger_log (ledger, version, token, at, events) values (of_ledger, seen + 1, of_token, at, events) on conflict do nothing;
  if not found then
    return (select version from ledger_log where ledger = of_ledger and version = seen + 1 and token = of_token);
  end if;
  if pools is not null then cuts := set_pool_totals(pools, at); end if;
  if sets is not null then perform add_offer_sets(sets, set_documents); end if;
  if rejects is not null then perform reject_offers(rejects, at); end if;
  if expired is not null then perform expire_sets(expired, at); end if;
  if accepts is not null then
    perform accept_offers(accepts, accept_documents, at);
    changes := add_bookings(accepts, claims);
  end if;
  if releases is not null then changes := changes || shorten_bookings(releases, remaining); end if;
  ${withRebooked ? 'if rebooked is not null then changes := changes || put_bookings(rebooked, bookings, booked); end if;' : ''}
  if cardinality(changes) > 0 then
    select grain_ms into strict grain from ledger where id = of_ledger;
    perform shift_guard(changes, grain);
  end if;
  if cuts is not null then perform cut_pools(cuts); end if;
  return seen + 1;
end $$;
`;
}

export class Rebooking1763683200011 implements MigrationInterface {
  readonly name = 'Rebooking1763683200011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function commit_batch; ${putBookings} ${commitBatch(true)}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function commit_batch, put_bookings; ${commitBatch(false)}`);
  }
}
