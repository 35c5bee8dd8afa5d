/** Arithmetic of the guard: amounts in the order of a pool's kinds, and shifting what is free over an interval. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const amounts = `
-- {"cores": 4} as amounts in the order of the pool's kinds; a kind that the pool has not is refused, never dropped.
create function amounts_of(kinds text[], resources jsonb) returns bigint[] language plpgsql immutable as $$
declare unknown text;
begin
  select key into unknown from jsonb_each_text(resources) where value::bigint <> 0 and key <> all (kinds) limit 1;
  if found then raise exception 'the pool has no %', unknown using errcode = 'EB003'; end if;
  return array(select coalesce((resources ->> kind)::bigint, 0) from unnest(kinds) kind);
end $$;

create function resources_of(kinds text[], amount bigint[]) returns json language sql immutable as $$
  select coalesce(json_object_agg(kind, value) filter (where value is not null), '{}'::json) from unnest(kinds, amount) u(kind, value)
$$;

-- Claims as they come, [{session, pool, start, end, amount}], as rows.
create function read_claims(given json) returns table (session uuid, claims claim[]) language plpgsql as $$
begin
  if exists (select 1 from json_to_recordset(given) c(pool text) where c.pool not in (select name from pool)) then
    raise exception 'a claim names a pool that does not exist' using errcode = 'EB003';
  end if;
  return query select c.session, array_agg(row(p.id, c.start, c."end", amounts_of(p.kinds, c.amount))::claim)
    from json_to_recordset(given) c(session uuid, pool text, start bigint, "end" bigint, amount jsonb) join pool p on p.name = c.pool
    group by c.session;
end $$;

create function negated(c claim) returns claim language sql immutable as $$
  select row(c.pool, c.starts, c.ends, array(select -a from unnest(c.amount) a))::claim
$$;
`;

/**
 * Sum of two vectors of one length as SQL. Written out for the usual lengths, because a subquery for each step costs more than
 * the rest of the update; in place, because PostgreSQL does not inline a function that holds a subquery.
 */
function sumOf(a: string, b: string): string {
  const writtenOut = [1, 2, 3, 4, 5, 6].map((length) => {
    const sums = Array.from({ length }, (_, index) => `${a}[${index + 1}] + ${b}[${index + 1}]`);
    return `when ${length} then array[${sums.join(', ')}]`;
  });
  return `case cardinality(${a}) ${writtenOut.join(' ')} else array(select unnest(${a}) + unnest(${b})) end`;
}

/**
 * Adds each change to what is free, times rounded outward to the grain. First splits steps at the edges (values do not change),
 * then adds the net change once per step: changes of one commit overlap a lot.
 */
const shift = `
create function shift_guard(changes claim[], grain bigint) returns void language plpgsql as $$
declare rounded claim[];
begin
  select array_agg(row(c.pool, greatest(f.t, c.starts - mod(c.starts, grain)), c.ends + mod(grain - mod(c.ends, grain), grain),
      c.amount || array_fill(0::bigint, array[cardinality(p.kinds) - cardinality(c.amount)]))::claim) into rounded
    from unnest(changes) c join pool p on p.id = c.pool cross join lateral (select g.t from capacity_guard g where g.pool = c.pool order by g.t limit 1) f
    where c.ends > f.t and c.starts < c.ends;

  insert into capacity_guard (pool, t, free)
    select edge.pool, edge.t, (select g.free from capacity_guard g where g.pool = edge.pool and g.t <= edge.t order by g.t desc limit 1)
    from (select c.pool, c.starts from unnest(rounded) c union select c.pool, c.ends from unnest(rounded) c) edge(pool, t)
    on conflict do nothing;

  with edge as (
    select c.pool, x.t, u.k, sum(x.sign * u.a)::bigint as d
      from unnest(rounded) c, lateral (values (c.starts, 1), (c.ends, -1)) x(t, sign), lateral unnest(c.amount) with ordinality u(a, k)
      group by c.pool, x.t, u.k),
  level as (
    select edge.pool, edge.t, edge.k, (sum(edge.d) over (partition by edge.pool, edge.k order by edge.t))::bigint as d from edge),
  step as (
    select l.pool, l.t as starts, lead(l.t) over (partition by l.pool order by l.t) as ends, array_agg(l.d order by l.k) as net
      from level l group by l.pool, l.t)
  update capacity_guard g set free = ${sumOf('g.free', 'step.net')}
    from step where 0 <> any (step.net) and g.pool = step.pool and g.t >= step.starts and g.t < step.ends;
end $$;
`;

/**
 * Sets the totals of pools. What grows is free at once; returned are the cuts, which the caller applies last, after what the
 * same commit gives back. Steps before the present are dropped: a cut concerns nobody who has ended.
 */
const pools = `
create function set_pool_totals(given json, at bigint) returns claim[] language plpgsql as $$
declare
  one record; known pool; all_kinds text[]; totals bigint[]; delta bigint[]; cuts claim[] := '{}';
begin
  for one in select * from json_to_recordset(given) x(pool text, total jsonb) loop
    select * into known from pool where name = one.pool;
    all_kinds := coalesce(known.kinds, '{}') || array(select k from jsonb_object_keys(one.total) k where known.kinds is null or k <> all (known.kinds) order by k);
    totals := amounts_of(all_kinds, one.total);
    if known.id is null then
      with made as (insert into pool (name, kinds, total) values (one.pool, all_kinds, totals) returning id)
      insert into capacity_guard (pool, t, free) select id, 0, totals from made;
      continue;
    end if;
    delta := array(select n - coalesce(o, 0) from unnest(totals, known.total) u(n, o));
    update pool set kinds = all_kinds, total = totals where id = known.id;
    delete from capacity_guard g where g.pool = known.id and g.t < (select max(t) from capacity_guard h where h.pool = known.id and h.t <= at);
    update capacity_guard g set free = array(select coalesce(f, 0) + greatest(d, 0) from unnest(g.free, delta) u(f, d)) where g.pool = known.id;
    cuts := cuts || row(known.id, null, null, array(select least(d, 0) from unnest(delta) d))::claim;
  end loop;
  return cuts;
end $$;

create function cut_pools(cuts claim[]) returns void language sql as $$
  update capacity_guard g set free = array(select unnest(g.free) + unnest(c.amount)) from unnest(cuts) c where g.pool = c.pool and 0 <> any (c.amount)
$$;
`;

export class GuardFunctions1763683200002 implements MigrationInterface {
  readonly name = 'GuardFunctions1763683200002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(amounts + shift + pools);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function cut_pools, set_pool_totals, shift_guard, negated, read_claims, resources_of, amounts_of');
  }
}
