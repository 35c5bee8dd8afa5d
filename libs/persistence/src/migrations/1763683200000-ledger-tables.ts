/**
 * The tables of the ledger. Instants are bigint milliseconds since the epoch, as in the model: exact, and the same on both
 * sides without a conversion. Opaque documents are `json`, not `jsonb`: they are never searched, keep their text, and may hold
 * the escape \u0000, which jsonb refuses.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
create table ledger (
  id int primary key,
  grain_ms bigint not null check (grain_ms > 0));

-- Append-only. Its primary key is the fence: version v+1 is written once, by whoever decided on version v.
create table ledger_log (
  ledger int not null references ledger,
  version bigint not null,
  token uuid not null,               -- of the commit, so that one repeated after a lost connection is known again
  at bigint not null,
  events json not null,
  primary key (ledger, version));

create table pool (
  id int generated always as identity primary key,
  name text not null unique,
  kinds text[] not null,             -- only ever grows at its end: amounts elsewhere are in this order
  total bigint[] not null,
  check (cardinality(kinds) = cardinality(total)));

create type claim as (pool int, starts bigint, ends bigint, amount bigint[]);

create table offer_set (             -- one row holds all alternatives
  id uuid primary key,
  owner text not null,
  state text not null check (state in ('OFFERED', 'ACCEPTED', 'REJECTED', 'EXPIRED', 'REFUSED')),
  created bigint not null,
  expires bigint not null,
  modified bigint not null,
  accepted int,
  rejected int[] not null default '{}',
  holds json not null,
  document json not null) with (fillfactor = 70);
create index offer_set_open on offer_set (expires) where state = 'OFFERED';

create table booking (               -- firm bookings only; claims have their exact times
  session uuid primary key,
  offer_set uuid not null unique,
  ends bigint not null,
  claims claim[] not null);
create index booking_ends on booking (ends);

create table capacity_guard (        -- sparse steps, firm bookings only: the database itself refuses to overbook
  pool int not null references pool,
  t bigint not null,
  free bigint[] not null check (not (0 > any (free))),
  primary key (pool, t)) with (fillfactor = 60);
`;

export class LedgerTables1763683200000 implements MigrationInterface {
  readonly name = 'LedgerTables1763683200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table capacity_guard, booking, offer_set, pool, ledger_log, ledger; drop type claim');
  }
}
