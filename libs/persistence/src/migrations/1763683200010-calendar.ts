import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
-- The site's own changes of capacity. What they take is booked in the ledger, under the same identifier.
create table calendar_entry (
  id uuid primary key,
  name text unique,
  created bigint not null,
  document json not null);
`;

export class Calendar1763683200010 implements MigrationInterface {
  readonly name = 'Calendar1763683200010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table calendar_entry');
  }
}
