import { afterEach, beforeEach } from 'vitest';
import type pg from 'pg';
import type { AuditEntry } from '#model';
import { silentLog } from '#runtime';
import { PostgresAuditLog } from '../audit/audit.log.js';
import { readPool } from '../connections/connections.js';
import { testDatabase } from './test-database.js';

export interface AuditedDatabase {
  readonly pool: pg.Pool;
  readonly log: PostgresAuditLog;
  /** What somebody does who has the database and switches its triggers off. */
  tamper(...statements: readonly string[]): Promise<void>;
}

/** For the tests of one file: each gets a database with an empty audit record. */
export function auditedDatabase(): AuditedDatabase {
  let now: { readonly database: Awaited<ReturnType<typeof testDatabase>>; readonly pool: pg.Pool; readonly log: PostgresAuditLog } | undefined;
  const current = (): NonNullable<typeof now> => {
    if (!now) throw new Error('the database of a test is there while it runs only');
    return now;
  };
  beforeEach(async () => {
    const database = await testDatabase();
    const pool = readPool(database.url, silentLog);
    now = { database, pool, log: new PostgresAuditLog(pool, 'key') };
  });
  afterEach(async () => {
    const { database, pool, log } = current();
    now = undefined;
    await log.close();
    await pool.end();
    await database.drop();
  });
  return {
    get pool() { return current().pool; },
    get log() { return current().log; },
    tamper: async (...statements) => {
      const { pool } = current();
      await pool.query('alter table audit_entry disable trigger all; alter table audit_start disable trigger all; alter table audit_head disable trigger all');
      for (const statement of statements) await pool.query(statement);
    },
  };
}

/** An ask of alice's, except for `more`. */
export function anAuditEntry(more: Partial<AuditEntry>): AuditEntry {
  return { at: 1, action: 'ask', who: 'local:alice', origin: { address: '192.0.2.1', credential: 'password' }, outcome: 'done', subject: '', ...more };
}
