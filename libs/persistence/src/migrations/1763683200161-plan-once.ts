/**
 * Statements of a commit are planned once for a connection. Left to itself PostgreSQL compares what it guesses for arrays of unknown
 * length with those at hand, finds the short ones cheaper, and plans a small commit anew every time, which takes longer than the commit.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PlanOnce1763683200161 implements MigrationInterface {
  readonly name = 'PlanOnce1763683200161';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter function commit_batch set plan_cache_mode = force_generic_plan');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter function commit_batch reset plan_cache_mode');
  }
}
