/** Accounts are pools without a guard: they count what somebody uses, and limits on them are those of the policies of the day. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const pools = `
create or replace function set_pool_totals(given json, at bigint) returns claim[] language plpgsql as $$
declare
  one record; known pool; all_kinds text[]; totals bigint[]; delta bigint[]; cuts claim[] := '{}';
begin
  for one in select * from json_to_recordset(given) x(pool text, total jsonb) loop
    select * into known from pool where name = one.pool;
    all_kinds := coalesce(known.kinds, '{}') || array(select k from jsonb_object_keys(one.total) k where known.kinds is null or k <> all (known.kinds) order by k);
    totals := amounts_of(all_kinds, one.total);
    if known.id is null then
      with made as (insert into pool (name, kinds, total) values (one.pool, all_kinds, totals) returning id, name)
      insert into capacity_guard (pool, t, free) select id, 0, totals from made where not starts_with(name, 'account:');
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
`;

export class Accounts1763683200150 implements MigrationInterface {
  readonly name = 'Accounts1763683200150';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(pools);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('a database is not taken back before Accounts1763683200150: restore a backup'));
  }
}
