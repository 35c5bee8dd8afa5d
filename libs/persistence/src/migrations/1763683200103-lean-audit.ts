import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Entries come in the order of their time, so that a few pages of summaries find a time as well as an entry of a tree for each. */
export class LeanAudit1763683200103 implements MigrationInterface {
  readonly name = 'LeanAudit1763683200103';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop index audit_entry_at; create index audit_entry_at on audit_entry using brin (at) with (pages_per_range = 16, autosummarize = on)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index audit_entry_at; create index audit_entry_at on audit_entry (at)');
  }
}
