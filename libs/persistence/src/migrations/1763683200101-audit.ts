import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
-- The audit record. The hash of each entry covers its text, its number and the hash before; it is made outside, with a key that is
-- not in the database where the operator set one.
create table audit_entry (
  number bigint primary key,
  at bigint not null,
  who text not null,
  action text not null,
  subject text,
  outcome text not null,
  entry text not null,
  hash bytea not null);
create index audit_entry_at on audit_entry (at);
create index audit_entry_who on audit_entry (who, number);
create index audit_entry_subject on audit_entry (subject, number) where subject is not null;

-- The end of the chain: without it the last entries could be cut off unseen.
create table audit_head (
  id smallint primary key check (id = 1),
  number bigint not null,
  hash bytea not null);
insert into audit_head values (1, 0, '');

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit record is append-only' using errcode = 'restrict_violation';
end $$;
create trigger audit_entry_append_only before update or delete or truncate on audit_entry for each statement execute function refuse_audit_change();

create function refuse_audit_rewind() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.number > old.number then return new; end if;
  raise exception 'the audit record only grows' using errcode = 'restrict_violation';
end $$;
create trigger audit_head_only_grows before update or delete on audit_head for each row execute function refuse_audit_rewind();

-- Appends entries that follow entry 'after'. Where another replica was faster nothing is appended, and the end as it is comes back.
create function append_audit(after bigint, rows json) returns table (last bigint, last_hash text) language plpgsql as $$
declare
  head audit_head;
begin
  select * into head from audit_head where id = 1 for update;
  if head.number = after then
    insert into audit_entry
      select r.number, r.at, r.who, r.action, r.subject, r.outcome, r.entry, decode(r.hash, 'hex')
      from json_to_recordset(rows) as r(number bigint, at bigint, who text, action text, subject text, outcome text, entry text, hash text);
    select e.number, e.hash into head.number, head.hash from audit_entry e order by e.number desc limit 1;
    update audit_head set number = head.number, hash = head.hash where id = 1;
  end if;
  return query select head.number, encode(head.hash, 'hex');
end $$;
`;

const gone = 'drop function append_audit; drop table audit_head, audit_entry; drop function refuse_audit_change, refuse_audit_rewind';

export class Audit1763683200101 implements MigrationInterface {
  readonly name = 'Audit1763683200101';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(gone);
  }
}
