/**
 * The only write path of the ledger: one call, one round trip. VOLATILE and READ COMMITTED, the lock in a statement of its own
 * before anything is read: each later statement then sees what the last commit left. Every other way of writing the lock
 * reads stale rows.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const offerSets = `
-- like, not =: so that the sets are found by their key and never by walking the index of all open ones.
-- Documents come beside the rows, as json[]: json_to_recordset unescapes all it reads and refuses \\u0000 and lone surrogates.
create function demand_rows(changed bigint, wanted bigint, what text) returns void language plpgsql as $$
begin
  if changed <> wanted then raise exception '% of % %', wanted - changed, wanted, what using errcode = 'EB001'; end if;
end $$;

create function add_offer_sets(given json, documents json[]) returns void language sql as $$
  insert into offer_set (id, owner, state, created, expires, modified, holds, document)
    select id, owner, state, created, expires, created, holds, document
    from rows from (json_to_recordset(given) as (id uuid, owner text, state text, created bigint, expires bigint, holds json), unnest(documents))
      as x(id, owner, state, created, expires, holds, document)
$$;

create function reject_offers(given json, at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  with wanted as (
    select set, array_agg(index order by index) as indexes, bool_or(last) as last from json_to_recordset(given) x(set uuid, index int, last boolean) group by set)
  update offer_set o set rejected = o.rejected || w.indexes, state = case when w.last then 'REJECTED' else o.state end, modified = at
    from wanted w where o.id = w.set and o.state like 'OFFERED' and not (o.rejected && w.indexes);
  get diagnostics changed = row_count;
  perform demand_rows(changed, (select count(distinct set) from json_to_recordset(given) x(set uuid)), 'rejected offers are no longer open');
end $$;

create function accept_offers(given json, documents json[], at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  update offer_set o set state = 'ACCEPTED', accepted = a.index, modified = at
    from json_to_recordset(given) a(set uuid, index int)
    where o.id = a.set and o.state like 'OFFERED' and o.expires - at > 0 and not (a.index = any (o.rejected));
  get diagnostics changed = row_count;
  perform demand_rows(changed, json_array_length(given), 'accepted offers are no longer open');
  insert into session (id, offer_set, owner, phase, revision, created, due, document)
    select session, set, owner, phase, 1, created, due, document
    from rows from (json_to_recordset(given) as (session uuid, set uuid, owner text, phase text, created bigint, due bigint), unnest(documents))
      as a(session, set, owner, phase, created, due, document);
end $$;

create function expire_sets(given uuid[], at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  update offer_set set state = 'EXPIRED', modified = at where id = any (given) and state like 'OFFERED';
  get diagnostics changed = row_count;
  perform demand_rows(changed, cardinality(given), 'expired offer sets are no longer open');
end $$;
`;

const bookings = `
-- Each returns the changes that the guard has to follow. A booking that is gone already has nothing to give back.
create function add_bookings(accepts json, claims json) returns claim[] language plpgsql as $$
declare changes claim[];
begin
  with b as (
    insert into booking (session, offer_set, ends, claims)
      select a.session, a.set, (select coalesce(max(x.ends), 0) from unnest(c.claims) x), coalesce(c.claims, '{}')
      from json_to_recordset(accepts) a(set uuid, session uuid) left join read_claims(add_bookings.claims) c on c.session = a.session
      returning booking.claims)
  select coalesce(array_agg(negated(x)), '{}') into changes from b, unnest(b.claims) x;
  return changes;
end $$;

create function shorten_bookings(sessions uuid[], remaining json) returns claim[] language plpgsql as $$
declare before claim[]; after claim[];
begin
  select coalesce(array_agg(x), '{}') into before from booking b, unnest(b.claims) x where b.session = any (sessions);
  with kept as (select * from read_claims(remaining)),
  gone as (delete from booking b where b.session = any (sessions) and not exists (select 1 from kept k where k.session = b.session)),
  cut as (
    update booking b set claims = k.claims, ends = (select max(x.ends) from unnest(k.claims) x) from kept k where b.session = k.session returning b.claims)
  select coalesce(array_agg(negated(x)), '{}') into after from cut, unnest(cut.claims) x;
  return before || after;
end $$;
`;

const commit = `
-- The planner settings keep every statement on the primary keys, whatever it guesses about the rows of a json or an array.
-- Returns the new version, or null when somebody else has committed it. Repeated with the same token it tells what became of it.
create function commit_batch(
  of_ledger int, seen bigint, of_token uuid, at bigint, events json, pools json, sets json, set_documents json[],
  accepts json, accept_documents json[], claims json, rejects json,
  expired uuid[], releases uuid[], remaining json
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
  if cardinality(changes) > 0 then
    select grain_ms into strict grain from ledger where id = of_ledger;
    perform shift_guard(changes, grain);
  end if;
  if cuts is not null then perform cut_pools(cuts); end if;
  return seen + 1;
end $$;

-- Takes the lock for the rest of the transaction, then reads what was committed after a version.
create function lock_and_read(of_ledger int, seen bigint) returns table (version bigint, events json) language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(7733, of_ledger);
  return query select l.version, l.events from ledger_log l where l.ledger = of_ledger and l.version > seen order by l.version;
end $$;
`;

const prune = `
-- Drops what was committed before an instant, except the last version, on which the next one stands.
create function prune_ledger(of_ledger int, before bigint) returns void language sql as $$
  delete from ledger_log l where l.ledger = of_ledger and l.at < before and l.version < (select max(version) from ledger_log m where m.ledger = of_ledger)
$$;
`;

export class CommitFunction1763683200003 implements MigrationInterface {
  readonly name = 'CommitFunction1763683200003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(offerSets + bookings + commit + prune);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function prune_ledger, lock_and_read, commit_batch, shorten_bookings, add_bookings, expire_sets, accept_offers, reject_offers, add_offer_sets, demand_rows');
  }
}
