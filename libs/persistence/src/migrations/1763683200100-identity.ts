import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
-- Personal access tokens: only their SHA-256 is here.
create table access_token (
  id uuid primary key,
  hash text not null unique,
  owner text not null,
  created bigint not null,
  expires bigint not null,
  last_used bigint,
  document json not null);
create index access_token_owner on access_token (owner, created);

-- Assertions that were used. They live for a minute: a crash of the server may lose the table, and a replay within that minute with it.
create unlogged table used_assertion (
  id text primary key,
  expires bigint not null);
create index used_assertion_expires on used_assertion (expires);
`;

export class Identity1763683200100 implements MigrationInterface {
  readonly name = 'Identity1763683200100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table used_assertion, access_token');
  }
}
