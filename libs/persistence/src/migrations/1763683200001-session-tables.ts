import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
create table session (
  id uuid primary key,
  offer_set uuid not null unique,
  owner text not null,
  phase text not null,
  revision bigint not null,
  created bigint not null,
  due bigint,
  lease_by text,
  lease_until bigint,
  last_event bigint not null default 0,
  document json not null) with (fillfactor = 70);
-- When a reconciler may take it: due, and no longer leased.
create index session_claimable on session ((greatest(due, coalesce(lease_until, due)))) where due is not null;
create index session_newest on session (created desc, id desc);
create index session_of_owner on session (owner, created desc, id desc);

create table session_event (
  session uuid not null references session on delete cascade,
  number bigint not null,
  event json not null,
  primary key (session, number));

create table session_log (
  session uuid primary key,
  output bytea not null);            -- UTF-8, but a payload may print the zero byte, which text refuses

create table account (
  name text primary key,
  hash text not null,
  roles text[] not null,
  groups text[] not null,
  created bigint not null,
  disabled boolean not null);
`;

export class SessionTables1763683200001 implements MigrationInterface {
  readonly name = 'SessionTables1763683200001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table account, session_log, session_event, session');
  }
}
