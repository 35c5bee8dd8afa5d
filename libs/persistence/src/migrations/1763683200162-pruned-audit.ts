import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit record may lose its oldest entries, and only those that a later entry says are pruned (docs/decisions/0042). Subject of such an
 * entry is the last one that goes, NUMBER:HASH.
 */
const pruning = `
-- Where what remains of the chain begins: the last entry that was pruned.
create table audit_start (
  id smallint primary key check (id = 1),
  number bigint not null,
  hash bytea not null);
insert into audit_start values (1, 0, '');

create function refuse_unsaid_cut() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.number > old.number
    and exists (select from audit_entry e where e.number = new.number and e.hash = new.hash)
    and exists (select from audit_entry e where e.subject = new.number || ':' || encode(new.hash, 'hex') and e.number > new.number and e.action = 'audit.prune') then return new; end if;
  raise exception 'the audit record is append-only, but for what an entry of it says is pruned' using errcode = 'restrict_violation';
end $$;
create trigger audit_start_is_said before update or delete on audit_start for each row execute function refuse_unsaid_cut();
create trigger audit_start_stays before truncate on audit_start for each statement execute function refuse_audit_change();

create function refuse_audit_gap() returns trigger language plpgsql as $$
begin
  if exists (select from gone join audit_start s on gone.number > s.number) then
    raise exception 'the audit record is append-only' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
drop trigger audit_entry_append_only on audit_entry;
create trigger audit_entry_append_only before update or truncate on audit_entry for each statement execute function refuse_audit_change();
create trigger audit_entry_without_gaps after delete on audit_entry referencing old table as gone for each statement execute function refuse_audit_gap();

-- Moves the start to entry 'through', where it is not further already, and removes at most 'most' entries up to the start. How many it were.
-- The ranges of the index by time that they were in are summed up anew by the next vacuum, for later entries take their place.
create function prune_audit(through bigint, through_hash text, most int) returns bigint language plpgsql as $$
declare start audit_start; blocks bigint[]; removed bigint;
begin
  select * into start from audit_start where id = 1 for update;
  if through > start.number then
    update audit_start set number = through, hash = decode(through_hash, 'hex') where id = 1 returning * into start;
  end if;
  with gone as (
    delete from audit_entry where number in (select e.number from audit_entry e where e.number <= start.number order by e.number limit most) returning ctid)
  select count(*), array_agg(distinct (gone.ctid::text::point)[0]::bigint / 16 * 16) into removed, blocks from gone;
  perform brin_desummarize_range('audit_entry_at', block) from unnest(blocks) block;
  return removed;
end $$;
`;

const gone = `
drop function prune_audit;
drop trigger audit_entry_without_gaps on audit_entry;
drop trigger audit_entry_append_only on audit_entry;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry for each statement execute function refuse_audit_change();
drop table audit_start;
drop function refuse_unsaid_cut, refuse_audit_gap;
`;

export class PrunedAudit1763683200162 implements MigrationInterface {
  readonly name = 'PrunedAudit1763683200162';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(pruning);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(gone);
  }
}
