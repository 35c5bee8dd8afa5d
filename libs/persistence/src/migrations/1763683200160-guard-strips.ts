/**
 * The guard in strips: one row has the use of one kind of a pool in 32 steps of the grain, and in all steps after them up to the next
 * row of that kind. A booking of two hours touches five rows where it touched 24, one of a year in a quiet pool two for each kind.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const length = 32;
/** Place of what is used after the strip. */
const rest = length + 1;

const table = `
alter table pool add guarded_from bigint;
comment on column pool.guarded_from is 'steps before this instant are over and no longer counted; null: an account, which has no guard';

create table capacity_strip (        -- firm bookings only: the database itself refuses to overbook
  pool int not null,
  kind int not null,                 -- place in the pool's kinds
  strip bigint not null,             -- its first step is ${length} times this; the kinds of a pool have the same strips
  capacity bigint not null,          -- the pool's total of this kind
  used bigint[] not null,            -- in each step, and last in each step after the strip that has no row
  primary key (pool, kind, strip),
  constraint never_overbooked check (capacity >= all (used)), check (cardinality(used) = ${rest})) with (fillfactor = 60);
-- As it is: compressing and moving it away would cost more than all the rest.
alter table capacity_strip alter used set storage plain;

create type stretch as (pool int, first_step bigint, end_step bigint, amount bigint[]);
`;

const shift = `
-- Counts claims as free again and others as taken, times rounded outward to the grain. Frees come first, so that one commit may give
-- back and take the same; stretches that share a strip come after each other, for an update changes a row once.
create function shift_guard(freed claim[], taken claim[], grain bigint) returns void language plpgsql as $$
declare one record; run stretch[] := '{}'; run_sign int; reach bigint; run_pool int;
begin
  perform split_strips(freed || taken, grain);
  for one in
    select c.sign, row(c.pool, greatest(p.guarded_from, c.starts) / grain, (c.ends + grain - 1) / grain, c.amount)::stretch as stretch
      from (select -1, f.* from unnest(freed) f union all select 1, t.* from unnest(taken) t) c(sign, pool, starts, ends, amount) join pool p on p.id = c.pool
      where c.ends > p.guarded_from and c.starts < c.ends
      order by c.sign, c.pool, c.starts
  loop
    if run_sign <> one.sign or (run_pool = (one.stretch).pool and reach >= (one.stretch).first_step / ${length}) then
      perform fill_strips(run, run_sign);
      run := '{}';
    end if;
    reach := case when run_pool = (one.stretch).pool then greatest(reach, ((one.stretch).end_step - 1) / ${length}) else ((one.stretch).end_step - 1) / ${length} end;
    run := run || one.stretch;
    run_sign := one.sign;
    run_pool := (one.stretch).pool;
  end loop;
  if cardinality(run) > 0 then perform fill_strips(run, run_sign); end if;
end $$;

-- Gives strips where claims begin or end rows of their own; what is used stays the same.
create function split_strips(claims claim[], grain bigint) returns void language plpgsql as $$
begin
  insert into capacity_strip (pool, kind, strip, capacity, used)
    select b.pool, b.kind, edge.strip, b.capacity, array_fill(b.used[${rest}], array[${rest}])
    from (select c.pool, greatest(p.guarded_from, x.t) / grain / ${length}
        from unnest(claims) c join pool p on p.id = c.pool, lateral (values (c.starts), (c.ends + grain - 1)) x(t) where c.ends > p.guarded_from
        group by 1, 2) edge(pool, strip)
      cross join lateral (select s.strip from capacity_strip s where s.pool = edge.pool and s.kind = 1 and s.strip <= edge.strip order by s.strip desc limit 1) before
      join pool p on p.id = edge.pool cross join lateral generate_series(1, cardinality(p.kinds)) k(kind)
      cross join lateral (select * from capacity_strip c where c.pool = edge.pool and c.kind = k.kind and c.strip = before.strip offset 0) b
    where before.strip < edge.strip;
end $$;

-- offset 0: the planner would look for a stretch's strips before it knows their kind.
create function fill_strips(stretches stretch[], sign int) returns void language plpgsql as $$
begin
  update capacity_strip g
    set used[greatest(0, s.first_step - ${length} * g.strip)::int + 1 : least(${rest}, s.end_step - ${length} * g.strip)::int]
      = array(select u + s.change from unnest(g.used[greatest(0, s.first_step - ${length} * g.strip)::int + 1 : least(${rest}, s.end_step - ${length} * g.strip)::int]) u)
    from (select s.pool, s.first_step, s.end_step, k.kind, sign * k.amount as change from unnest(stretches) s, unnest(s.amount) with ordinality k(amount, kind) where k.amount <> 0 offset 0) s
    where g.pool = s.pool and g.kind = s.kind and g.strip >= s.first_step / ${length} and g.strip <= (s.end_step - 1) / ${length};
end $$;
`;

/**
 * Totals. What grows is there at once; cuts come last, after what the same commit gives back. Steps before the present are dropped:
 * a cut concerns nobody who has ended.
 */
const pools = `
create function set_pool_totals(given json, at bigint, grain bigint) returns int[] language plpgsql as $$
declare one record; known pool; all_kinds text[]; totals bigint[]; cut int[] := '{}';
begin
  for one in select * from json_to_recordset(given) x(pool text, total jsonb) loop
    select * into known from pool where name = one.pool;
    all_kinds := coalesce(known.kinds, '{}') || array(select k from jsonb_object_keys(one.total) k where known.kinds is null or k <> all (known.kinds) order by k);
    totals := amounts_of(all_kinds, one.total);
    if known.id is null then
      insert into pool (name, kinds, total, guarded_from) values (one.pool, all_kinds, totals, case when not starts_with(one.pool, 'account:') then 0 end) returning * into known;
    else
      update pool set kinds = all_kinds, total = totals where id = known.id;
      perform forget_guard(known.id, at, grain);
      update capacity_strip s set capacity = greatest(s.capacity, totals[s.kind]) where s.pool = known.id;
      cut := cut || known.id;
    end if;
    perform open_guard(known.id, grain);
  end loop;
  return cut;
end $$;

-- The rows of kinds that have none: one, or as many as the kinds that have.
create function open_guard(of_pool int, grain bigint) returns void language sql as $$
  insert into capacity_strip (pool, kind, strip, capacity, used)
    select p.id, k.kind, x.strip, k.total, array_fill(0::bigint, array[${rest}])
    from pool p, unnest(p.total) with ordinality k(total, kind),
      lateral (select s.strip from capacity_strip s where s.pool = p.id and s.kind = 1
        union select p.guarded_from / grain / ${length} where not exists (select from capacity_strip s where s.pool = p.id)) x
    where p.id = of_pool and p.guarded_from is not null and not exists (select from capacity_strip s where s.pool = p.id and s.kind = k.kind)
$$;

create function cut_pools(cut int[]) returns void language sql as $$
  update capacity_strip s set capacity = p.total[s.kind] from pool p where p.id = any (cut) and s.pool = p.id and s.capacity <> p.total[s.kind]
$$;

-- From now on steps before an instant are not counted.
create function forget_guard(of_pool int, before bigint, grain bigint) returns void language plpgsql as $$
declare step bigint := before / grain;
begin
  update pool set guarded_from = step * grain where id = of_pool and guarded_from < step * grain;
  if not found then return; end if;
  delete from capacity_strip s where s.pool = of_pool
    and s.strip < (select max(h.strip) from capacity_strip h where h.pool = of_pool and h.kind = 1 and h.strip <= step / ${length});
  update capacity_strip s set used = array(select case when ${length} * s.strip + u.place <= step and u.place < ${rest} then 0 else u.used end from unnest(s.used) with ordinality u(used, place))
    where s.pool = of_pool and s.strip <= step / ${length};
end $$;
`;

const bookings = `
-- In plpgsql, which keeps its plans; a function in SQL is planned at every call.
create or replace function add_sessions(ids uuid[], sets uuid[], owners text[], phases text[], created bigint[], due bigint[], documents json[]) returns void language plpgsql as $$
begin
  insert into session (id, offer_set, owner, phase, revision, created, due, document)
    select x.id, x.set, x.owner, x.phase, 1, x.created, x.due, x.document from unnest(ids, sets, owners, phases, created, due, documents) x(id, set, owner, phase, created, due, document);
end $$;

-- What bookings claim: rows of booking, shape, start, end and amounts, numbered from one; a shape is a pool and the kinds of the amounts.
create function claims_of(shapes json, rows bigint[]) returns table (booking bigint, claims claim[]) language plpgsql as $$
declare unknown text;
begin
  select x.pool || ' has no ' || coalesce(k, 'row') into unknown
    from json_to_recordset(shapes) x(pool text, kinds text[]) left join pool p on p.name = x.pool, unnest(x.kinds) k where p.id is null or k <> all (p.kinds) limit 1;
  if found then raise exception 'a claim names what does not exist: %', unknown using errcode = 'EB003'; end if;
  return query
    with shape as materialized (
      select x.number, p.id, array(select array_position(x.kinds, k) from unnest(p.kinds) k) as places
      from rows from (json_to_recordset(shapes) as (pool text, kinds text[])) with ordinality x(pool, kinds, number) join pool p on p.name = x.pool)
    select rows[n][1], array_agg(row(s.id, rows[n][3], rows[n][4], array(select coalesce(rows[n][4 + place], 0) from unnest(s.places) place))::claim)
      from generate_subscripts(rows, 1) n join shape s on s.number = rows[n][2] group by 1;
end $$;

create function add_bookings(sessions uuid[], sets uuid[], shapes json, claims bigint[]) returns claim[] language plpgsql as $$
declare added claim[];
begin
  with b as (
    insert into booking (session, offer_set, ends, claims)
      select a.session, a.set, (select coalesce(max(x.ends), 0) from unnest(c.claims) x), coalesce(c.claims, '{}')
      from unnest(sessions, sets) with ordinality a(session, set, number) left join claims_of(shapes, add_bookings.claims) c on c.booking = a.number
      returning booking.claims)
  select coalesce(array_agg(x), '{}') into added from b, unnest(b.claims) x;
  return added;
end $$;

-- Cut to what remains, or removed. Taken first what they had, given back the rest: in one list, less than nothing is given back.
create function shorten_bookings(sessions uuid[], remaining json, out freed claim[], out taken claim[]) language plpgsql as $$
begin
  select coalesce(array_agg(x), '{}') into freed from booking b, unnest(b.claims) x where b.session = any (sessions);
  with kept as (select * from read_claims(remaining)),
  gone as (delete from booking b where b.session = any (sessions) and not exists (select 1 from kept k where k.session = b.session)),
  cut as (
    update booking b set claims = k.claims, ends = (select max(x.ends) from unnest(k.claims) x) from kept k where b.session = k.session returning b.claims)
  select coalesce(array_agg(x), '{}') into taken from cut, unnest(cut.claims) x;
end $$;

-- Puts bookings in the place of what these sessions had; a session that is not among the bookings has nothing any more.
create function put_bookings(sessions uuid[], bookings json, claims json, out freed claim[], out taken claim[]) language plpgsql as $$
begin
  with gone as (delete from booking b where b.session = any (sessions) returning b.claims)
  select coalesce(array_agg(x), '{}') into freed from gone, unnest(gone.claims) x;
  with b as (
    insert into booking (session, offer_set, ends, claims)
      select a.session, a.set, (select coalesce(max(x.ends), 0) from unnest(c.claims) x), coalesce(c.claims, '{}')
      from json_to_recordset(bookings) a(session uuid, set uuid) left join read_claims(put_bookings.claims) c on c.session = a.session
      returning booking.claims)
  select coalesce(array_agg(x), '{}') into taken from b, unnest(b.claims) x;
end $$;
`;

const commit = `
create function commit_batch(
  of_ledger int, seen bigint, of_token uuid, is_last boolean, at bigint, events json, pools json,
  sets uuid[], set_owners text[], set_states text[], set_created bigint[], set_expires bigint[], set_holds json[], set_documents json[],
  accepts uuid[], accept_indexes int[], sessions uuid[], session_owners text[], session_phases text[], session_created bigint[], session_due bigint[], session_documents json[],
  claim_shapes json, claims bigint[],
  rejects json, expired uuid[], releases uuid[], remaining json, rebooked uuid[], bookings json, booked json, prolonged json, prolonged_documents json
) returns bigint language plpgsql volatile
  set jit = off set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
declare grain bigint; cut int[]; freed claim[] := '{}'; taken claim[] := '{}'; changed record;
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
  select grain_ms into strict grain from ledger where id = of_ledger;
  if pools is not null then cut := set_pool_totals(pools, at, grain); end if;
  if sets is not null then perform add_offer_sets(sets, set_owners, set_states, set_created, set_expires, set_holds, set_documents); end if;
  if rejects is not null then perform reject_offers(rejects, at); end if;
  if expired is not null then perform close_sets(expired, 'EXPIRED', at); end if;
  if prolonged is not null then perform prolong_sets(prolonged, prolonged_documents, at); end if;
  if accepts is not null then
    perform accept_offers(accepts, accept_indexes, at);
    perform add_sessions(sessions, accepts, session_owners, session_phases, session_created, session_due, session_documents);
    taken := add_bookings(sessions, accepts, claim_shapes, claims);
  end if;
  if releases is not null then
    changed := shorten_bookings(releases, remaining);
    freed := changed.freed;
    taken := taken || changed.taken;
  end if;
  if rebooked is not null then
    changed := put_bookings(rebooked, bookings, booked);
    freed := freed || changed.freed;
    taken := taken || changed.taken;
  end if;
  if cardinality(freed) + cardinality(taken) > 0 then perform shift_guard(freed, taken, grain); end if;
  if cut is not null then perform cut_pools(cut); end if;
  return seen + 1;
end $$;
`;

/** Everything at once, by another arithmetic than that of each commit: for taking over, and for tests. */
const recount = `
create function recount_guard(grain bigint) returns void language plpgsql as $$
begin
  delete from capacity_strip;
  perform open_guard(id, grain) from pool;
  perform split_strips(array_agg(c), grain) from booking b, unnest(b.claims) c;
  -- At one step first what ends, then what goes on beyond the strip, then what begins, then what is used.
  with change as (
    select c.pool, k.kind, x.step, x.turn, sum(x.sign * k.amount)::bigint as amount
      from booking b, unnest(b.claims) c join pool p on p.id = c.pool, unnest(c.amount) with ordinality k(amount, kind),
        lateral (values (greatest(p.guarded_from, c.starts) / grain, 2, 1), ((c.ends + grain - 1) / grain, 0, -1)) x(step, turn, sign)
      where k.amount <> 0 and c.ends > p.guarded_from and c.starts < c.ends group by 1, 2, 3, 4),
  place as (
    select s.pool, s.kind, ${length} * s.strip + n as step, case when n = ${length} then 1 else 3 end as turn, s.strip, n from capacity_strip s, generate_series(0, ${length}) n),
  level as (
    select pool, kind, strip, n, sum(amount) over (partition by pool, kind order by step, turn rows unbounded preceding)::bigint as used
      from (select pool, kind, step, turn, null::bigint as strip, null::int as n, amount from change union all select pool, kind, step, turn, strip, n, 0 from place) x)
  update capacity_strip s set used = x.used
    from (select pool, kind, strip, array_agg(coalesce(used, 0) order by n) as used from level where n is not null group by 1, 2, 3) x
    where s.pool = x.pool and s.kind = x.kind and s.strip = x.strip;
end $$;
`;

/** For people, tests and the audit. */
const view = `
create view capacity_guard as        -- each from t on, until the next of its pool and kind
  select s.pool, s.kind, greatest(p.guarded_from, l.grain_ms * (${length} * s.strip + u.place - 1)) as t, u.used, s.capacity - u.used as free
    from ledger l, capacity_strip s join pool p on p.id = s.pool, unnest(s.used) with ordinality u(used, place)
    where case when u.place < ${rest} then l.grain_ms * (${length} * s.strip + u.place) > p.guarded_from
      else not exists (select from capacity_strip n where n.pool = s.pool and n.kind = s.kind and n.strip = s.strip + 1) end;
`;

const takeOver = `
update pool p set guarded_from = (select min(g.t) from capacity_guard g where g.pool = p.id);
drop table capacity_guard;
select recount_guard(grain_ms) from ledger;
`;

export class GuardStrips1763683200160 implements MigrationInterface {
  readonly name = 'GuardStrips1763683200160';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop function commit_batch, add_bookings, put_bookings, shorten_bookings, shift_guard, negated, cut_pools, set_pool_totals');
    await runner.query(table + shift + pools + recount + bookings + commit);
    await runner.query(takeOver + view);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('a database is not taken back before GuardStrips1763683200160: restore a backup'));
  }
}
