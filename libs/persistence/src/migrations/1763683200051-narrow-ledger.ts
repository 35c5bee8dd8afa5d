/**
 * What happens to offer sets is apart from what they are: a set is written once, with its document; that it is open, and how it
 * was closed, are narrow rows of their own. Accepting an offer used to write the whole document again, and four index entries.
 * Rows come as arrays, which are read once, where JSON was read three times. Turns take the place of single locked commits.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
alter table offer_set rename to offer_content;
alter table offer_content rename constraint offer_set_pkey to offer_content_pkey;
alter table offer_content set (fillfactor = 100);

create table open_offer_set (        -- few: those that can still be accepted
  id uuid primary key,
  expires bigint not null,
  modified bigint not null,
  rejected int[] not null default '{}') with (fillfactor = 70);

create table closed_offer_set (
  id uuid primary key,
  state text not null check (state in ('ACCEPTED', 'REJECTED', 'EXPIRED', 'REFUSED')),
  expires bigint not null,
  modified bigint not null,
  accepted int,
  rejected int[] not null default '{}');

insert into open_offer_set select id, expires, modified, rejected from offer_content where state = 'OFFERED';
insert into closed_offer_set select id, state, expires, modified, accepted, rejected from offer_content where state <> 'OFFERED';
alter table offer_content drop column state, drop column expires, drop column modified, drop column accepted, drop column rejected;

create view offer_set as
  select c.id, c.owner, coalesce(s.state, 'OFFERED') as state, c.created, coalesce(o.expires, s.expires) as expires, coalesce(o.modified, s.modified) as modified,
    s.accepted, coalesce(o.rejected, s.rejected) as rejected, c.holds, c.document
  from offer_content c left join open_offer_set o on o.id = c.id left join closed_offer_set s on s.id = c.id;

-- A session has its set; a booking's was checked a second time.
alter table booking drop constraint booking_offer_set_key;
`;

const offerSets = `
create function add_offer_sets(ids uuid[], owners text[], states text[], created bigint[], expires bigint[], holds json[], documents json[]) returns void language plpgsql as $$
begin
  insert into offer_content (id, owner, created, holds, document) select * from unnest(ids, owners, created, holds, documents);
  insert into open_offer_set (id, expires, modified)
    select x.id, x.expires, x.created from unnest(ids, states, created, expires) x(id, state, created, expires) where x.state = 'OFFERED';
  if 'REFUSED' = any (states) then
    insert into closed_offer_set (id, state, expires, modified)
      select x.id, x.state, x.expires, x.created from unnest(ids, states, created, expires) x(id, state, created, expires) where x.state = 'REFUSED';
  end if;
end $$;

create function accept_offers(sets uuid[], indexes int[], at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  with gone as (
    delete from open_offer_set o using unnest(sets, indexes) a(set, index) where o.id = a.set and o.expires > at and not (a.index = any (o.rejected))
      returning o.id, o.expires, o.rejected, a.index)
  insert into closed_offer_set (id, state, expires, modified, accepted, rejected) select id, 'ACCEPTED', expires, at, index, rejected from gone;
  get diagnostics changed = row_count;
  perform demand_rows(changed, cardinality(sets), 'accepted offers are no longer open');
end $$;

create function add_sessions(ids uuid[], sets uuid[], owners text[], phases text[], created bigint[], due bigint[], documents json[]) returns void language sql as $$
  insert into session (id, offer_set, owner, phase, revision, created, due, document)
    select id, set, owner, phase, 1, created, due, document from unnest(ids, sets, owners, phases, created, due, documents) x(id, set, owner, phase, created, due, document)
$$;

create or replace function reject_offers(given json, at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  with wanted as (
    select set, array_agg(index order by index) as indexes, bool_or(last) as last from json_to_recordset(given) x(set uuid, index int, last boolean) group by set)
  update open_offer_set o set rejected = o.rejected || w.indexes, modified = at from wanted w where o.id = w.set and not (o.rejected && w.indexes);
  get diagnostics changed = row_count;
  perform demand_rows(changed, (select count(distinct set) from json_to_recordset(given) x(set uuid)), 'rejected offers are no longer open');
  perform close_sets(array(select set from json_to_recordset(given) x(set uuid, last boolean) where last), 'REJECTED', at);
end $$;

create function close_sets(given uuid[], how text, at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  with gone as (delete from open_offer_set where id = any (given) returning id, expires, rejected)
  insert into closed_offer_set (id, state, expires, modified, rejected) select id, how, expires, at, rejected from gone;
  get diagnostics changed = row_count;
  perform demand_rows(changed, cardinality(given), lower(how) || ' offer sets are no longer open');
end $$;

-- A set without new holds keeps them; a document that is null is kept.
create or replace function prolong_sets(given json, documents json, at bigint) returns void language plpgsql as $$
declare changed bigint;
begin
  update open_offer_set o set expires = p.expires, modified = at
    from json_to_recordset(given) p(set uuid, expires bigint) where o.id = p.set and o.expires > at;
  get diagnostics changed = row_count;
  perform demand_rows(changed, json_array_length(given), 'prolonged offer sets are no longer open');
  update offer_content c set holds = coalesce(p.holds, c.holds), document = case when json_typeof(p.document) = 'null' then c.document else p.document end
    from rows from (json_to_recordset(given) as (set uuid, holds json), json_array_elements(documents)) as p(set, holds, document)
    where c.id = p.set and (p.holds is not null or json_typeof(p.document) <> 'null');
end $$;
`;

const commit = `
create function commit_batch(
  of_ledger int, seen bigint, of_token uuid, is_last boolean, at bigint, events json, pools json,
  sets uuid[], set_owners text[], set_states text[], set_created bigint[], set_expires bigint[], set_holds json[], set_documents json[],
  accepts uuid[], accept_indexes int[], sessions uuid[], session_owners text[], session_phases text[], session_created bigint[], session_due bigint[], session_documents json[], claims json,
  rejects json, expired uuid[], releases uuid[], remaining json, rebooked uuid[], bookings json, booked json, prolonged json, prolonged_documents json
) returns bigint language plpgsql volatile
  set jit = off set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare grain bigint; cuts claim[]; changes claim[] := '{}';
begin
  perform pg_advisory_xact_lock(7733, of_ledger);
  if is_last then perform leave_turn(of_ledger); end if;
  if seen > 0 and not exists (select 1 from ledger_log where ledger = of_ledger and version = seen) then
    return null;
  end if;
  insert into ledger_log (ledger, version, token, at, events) values (of_ledger, seen + 1, of_token, at, events) on conflict do nothing;
  if not found then
    return (select version from ledger_log where ledger = of_ledger and version = seen + 1 and token = of_token);
  end if;
  if pools is not null then cuts := set_pool_totals(pools, at); end if;
  if sets is not null then perform add_offer_sets(sets, set_owners, set_states, set_created, set_expires, set_holds, set_documents); end if;
  if rejects is not null then perform reject_offers(rejects, at); end if;
  if expired is not null then perform close_sets(expired, 'EXPIRED', at); end if;
  if prolonged is not null then perform prolong_sets(prolonged, prolonged_documents, at); end if;
  if accepts is not null then
    perform accept_offers(accepts, accept_indexes, at);
    perform add_sessions(sessions, accepts, session_owners, session_phases, session_created, session_due, session_documents);
    changes := add_bookings(sessions, accepts, claims);
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

const bookings = `
-- Returns the changes that the guard has to follow.
create function add_bookings(sessions uuid[], sets uuid[], claims json) returns claim[] language plpgsql as $$
declare changes claim[];
begin
  with b as (
    insert into booking (session, offer_set, ends, claims)
      select a.session, a.set, (select coalesce(max(x.ends), 0) from unnest(c.claims) x), coalesce(c.claims, '{}')
      from unnest(sessions, sets) a(session, set) left join read_claims(add_bookings.claims) c on c.session = a.session
      returning booking.claims)
  select coalesce(array_agg(negated(x)), '{}') into changes from b, unnest(b.claims) x;
  return changes;
end $$;

create or replace function put_bookings(sessions uuid[], bookings json, claims json) returns claim[] language plpgsql as $$
declare before claim[];
begin
  with gone as (delete from booking b where b.session = any (sessions) returning b.claims)
  select coalesce(array_agg(x), '{}') into before from gone, unnest(gone.claims) x;
  return before || add_bookings(
    array(select session from json_to_recordset(bookings) x(session uuid)), array(select set from json_to_recordset(bookings) x(set uuid)), claims);
end $$;
`;

const turns = `
-- Between its commits nobody else commits. The lock is the session's; whoever sleeps with it loses the session.
create function take_turn(of_ledger int, seen bigint, longest_rest int) returns table (version bigint, events json) language plpgsql volatile as $$
begin
  perform pg_advisory_lock(7733, of_ledger);
  perform set_config('idle_session_timeout', longest_rest::text, false);
  return query select l.version, l.events from ledger_log l where l.ledger = of_ledger and l.version > seen order by l.version;
end $$;

create function leave_turn(of_ledger int) returns void language sql volatile as $$
  select pg_advisory_unlock(7733, of_ledger);
  select set_config('idle_session_timeout', '0', false)
$$;
`;

export class NarrowLedger1763683200051 implements MigrationInterface {
  readonly name = 'NarrowLedger1763683200051';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop function commit_batch, lock_and_read, add_offer_sets, accept_offers, add_bookings, expire_sets');
    await runner.query(tables + offerSets + bookings + turns + commit);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('a database is not taken back before NarrowLedger1763683200051: restore a backup'));
  }
}
