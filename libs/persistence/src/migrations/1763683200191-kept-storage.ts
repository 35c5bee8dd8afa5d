import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
-- Storage that outlives sessions. Rows are few and live long: what a platform keeps is their sum.
create table kept_storage (
  id uuid primary key,
  owner text not null,
  name text not null,
  platform text not null,
  gib bigint not null check (gib > 0),
  state text not null check (state in ('promised', 'kept', 'leaving')),
  session uuid not null,
  created bigint not null,
  until bigint not null,
  unique (owner, name));
`;

export class KeptStorage1763683200191 implements MigrationInterface {
  readonly name = 'KeptStorage1763683200191';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table kept_storage');
  }
}
