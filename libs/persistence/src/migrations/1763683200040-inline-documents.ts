/**
 * Rows keep documents of usual size (up to 8 KB) inside. Beyond 2 KB PostgreSQL would move each to a table of its own: two more
 * rows with an index at every offer and every acceptance, which cost more than half of an acceptance (115 against 46 µs a cycle).
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['offer_set', 'session', 'ledger_log'];

export class InlineDocuments1763683200040 implements MigrationInterface {
  readonly name = 'InlineDocuments1763683200040';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`alter table ${table} set (toast_tuple_target = 8160)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`alter table ${table} reset (toast_tuple_target)`);
  }
}
