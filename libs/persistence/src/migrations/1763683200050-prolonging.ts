/** Open offer sets whose expiry moves, and with it perhaps what they hold and their document. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const prolongSets = `
-- A set without new holds keeps them; a document that is null is kept.
create function prolong_sets(given json, documents json, at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  update offer_set o set expires = p.expires, holds = coalesce(p.holds, o.holds), modified = at,
      document = case when json_typeof(p.document) = 'null' then o.document else p.document end
    from rows from (json_to_recordset(given) as (set uuid, expires bigint, holds json), json_array_elements(documents)) as p(set, expires, holds, document)
    where o.id = p.set and o.state like 'OFFERED' and o.expires - at > 0;
  get diagnostics changed = row_count;
  perform demand_rows(changed, json_array_length(given), 'prolonged offer sets are no longer open');
end $$;
`;

const commit = `
create function commit_batch(
  of_ledger int, seen bigint, of_token uuid, at bigint, events json, pools json, sets json, set_documents json,
  accepts json, accept_documents json, claims json, rejects json,
  expired uuid[], releases uuid[], remaining json, rebooked uuid[], bookings json, booked json, prolonged json, prolonged_documents json
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
  if prolonged is not null then perform prolong_sets(prolonged, prolonged_documents, at); end if;
  if accepts is not null then
    perform accept_offers(accepts, accept_documents, at);
    changes := add_bookings(accepts, claims);
  end if;
  if releases is not null then changes := changes || shorten_bookings(releases, remaining); end if;
  if rebooked is not null then changes := changes || put_bookings(rebooked, bookings, booked); end if;
  if cardinality(changes) > 0 then
    select grain_ms into strict grain from ledger where id = of_ledger;
    perform shift_guard(changes, grain);
  end if;
  if cuts is not null then perform cut_pools(cuts); end if;
  return seen + 1;
end $$;
`;

export class Prolonging1763683200050 implements MigrationInterface {
  readonly name = 'Prolonging1763683200050';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function commit_batch; ${prolongSets} ${commit}`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('a database is not taken back before Prolonging1763683200050: restore a backup'));
  }
}
