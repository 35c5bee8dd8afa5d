import type { MigrationInterface, QueryRunner } from 'typeorm';

const table = `
-- What operators switch while the node runs, for all its replicas: a name and what is set.
create table node_switch (
  name text primary key,
  document json not null);
`;

export class Switches1763683200102 implements MigrationInterface {
  readonly name = 'Switches1763683200102';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table node_switch');
  }
}
