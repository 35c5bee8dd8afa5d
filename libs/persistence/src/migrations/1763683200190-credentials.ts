import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
-- What people left with the node for the time of a session. Sealed by a key that is not here. Its session may come after it, so there is no reference.
create table credential (
  handle uuid primary key,
  session uuid not null,
  service text not null,
  key text not null,
  sealed bytea not null,
  created bigint not null);
create index credential_session on credential (session);
create index credential_created on credential (created);
`;

export class Credentials1763683200190 implements MigrationInterface {
  readonly name = 'Credentials1763683200190';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table credential');
  }
}
