/**
 * The same commit for less: documents come as one JSON array each instead of an array of escaped texts, which was unescaped
 * and checked twice; those of a usual size are not compressed, which cost more than it saved.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

// Documents stay beside the rows: json_array_elements hands them on as they are, where json_to_recordset refuses \u0000.
const rows = `
create function add_offer_sets(given json, documents json) returns void language sql as $$
  insert into offer_set (id, owner, state, created, expires, modified, holds, document)
    select id, owner, state, created, expires, created, holds, document
    from rows from (json_to_recordset(given) as (id uuid, owner text, state text, created bigint, expires bigint, holds json), json_array_elements(documents))
      as x(id, owner, state, created, expires, holds, document)
$$;

create function accept_offers(given json, documents json, at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  update offer_set o set state = 'ACCEPTED', accepted = a.index, modified = at
    from json_to_recordset(given) a(set uuid, index int)
    where o.id = a.set and o.state like 'OFFERED' and o.expires - at > 0 and not (a.index = any (o.rejected));
  get diagnostics changed = row_count;
  perform demand_rows(changed, json_array_length(given), 'accepted offers are no longer open');
  insert into session (id, offer_set, owner, phase, revision, created, due, document)
    select session, set, owner, phase, 1, created, due, document
    from rows from (json_to_recordset(given) as (session uuid, set uuid, owner text, phase text, created bigint, due bigint), json_array_elements(documents))
      as a(session, set, owner, phase, created, due, document);
end $$;
`;

const commit = `
create function commit_batch(
  of_ledger int, seen bigint, of_token uuid, at bigint, events json, pools json, sets json, set_documents json,
  accepts json, accept_documents json, claims json, rejects json,
  expired uuid[], releases uuid[], remaining json, rebooked uuid[], bookings json, booked json
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
  if rebooked is not null then changes := changes || put_bookings(rebooked, bookings, booked); end if;
  if cardinality(changes) > 0 then
    select grain_ms into strict grain from ledger where id = of_ledger;
    perform shift_guard(changes, grain);
  end if;
  if cuts is not null then perform cut_pools(cuts); end if;
  return seen + 1;
end $$;
`;

const storage = `
alter table ledger_log alter events set storage external;
alter table offer_set alter document set storage external;
alter table session alter document set storage external;
`;

export class LeanCommit1763683200020 implements MigrationInterface {
  readonly name = 'LeanCommit1763683200020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function commit_batch, add_offer_sets, accept_offers; ${rows} ${commit} ${storage}`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('a database is not taken back before LeanCommit1763683200020: restore a backup'));
  }
}
