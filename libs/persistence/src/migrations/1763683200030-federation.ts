import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = `
-- What an aggregator asked, was offered and accepted at its members.
create table federated_set (
  id uuid primary key,
  owner text not null,
  created bigint not null,
  phase text,                        -- of the accepted session, as it was seen last; null: nothing is accepted
  due bigint,                        -- when something half done is looked at; null: nothing is
  revision bigint not null,
  document json not null) with (fillfactor = 70);
create index federated_set_due on federated_set (due) where due is not null;
create index federated_set_newest on federated_set (created desc, id desc) where phase is not null;
create index federated_set_of_owner on federated_set (owner, created desc, id desc) where phase is not null;

-- Requests that came through other aggregators, so that a second copy is known as one.
create table federated_request (
  id text primary key,
  at bigint not null);
create index federated_request_at on federated_request (at);
`;

export class Federation1763683200030 implements MigrationInterface {
  readonly name = 'Federation1763683200030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(tables);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table federated_request, federated_set');
  }
}
