/** Brings a database to the form that this code knows, one node at a time, and refuses what it can't work with. */
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Log, Milliseconds } from '#model';
import { accountSchema } from '../accounts/account.store.js';
import { patientConfig, poolLimits } from '../connections/connections.js';
import { operatorFault } from '../faults.js';
import { migrations } from '../migrations/index.js';
import { ledgerNumber, offerSetSchema } from '../ledger/rows.js';

const oldestServer = 14;
const migrationLock = 7732;

/** The TypeORM view of a database that is migrated and whose ledger has this grain. */
export async function openDataSource(url: string, grain: Milliseconds, log: Log): Promise<DataSource> {
  await migrated(url, log, (client) => fixGrain(client, grain));
  return sourceOf(url, log, { extra: poolLimits }).initialize();
}

/** Makes the tables only: a template for tests. */
export async function migrateOnly(url: string, log: Log): Promise<void> {
  await migrated(url, log, () => Promise.resolve());
}

function sourceOf(url: string, log: Log, more: { extra?: object }): DataSource {
  const poolErrorHandler = (cause: unknown): void => { log.warn('a database connection was lost', { cause: String(cause) }); };
  return new DataSource({ type: 'postgres', url, entities: [accountSchema, offerSetSchema], migrations, migrationsTransactionMode: 'each', poolSize: 4, poolErrorHandler, ...more });
}

/** Connections without time limits, which are closed at its end: a migration takes as long as it takes. */
async function migrated(url: string, log: Log, finish: (client: pg.Client) => Promise<void>): Promise<void> {
  const source = sourceOf(url, log, {});
  const guard = new pg.Client(patientConfig(url, 'execution-broker migration'));
  // Lost while idle: the statement that follows tells.
  guard.on('error', (cause) => { log.warn('the database connection of the migration was lost', { cause: cause.message }); });
  await guard.connect();
  try {
    await checkServer(guard);
    await guard.query('select pg_advisory_lock($1)', [migrationLock]);
    await refuseNewer(guard);
    await source.initialize();
    const done = await source.runMigrations();
    if (done.length > 0) log.info('database migrated', { migrations: done.map((one) => one.name) });
    await finish(guard);
  } finally {
    if (source.isInitialized) await source.destroy();
    await guard.end();
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; name: string }>("select current_setting('server_version_num') as number, current_setting('server_version') as name");
  if (Number(rows[0]?.number) >= oldestServer * 10_000) return;
  throw operatorFault('The database server is PostgreSQL {name}; {oldest} or newer is needed', { name: rows[0]?.name ?? 'unknown', oldest: oldestServer });
}

async function refuseNewer(client: pg.Client): Promise<void> {
  const { rows: there } = await client.query<{ there: boolean }>("select to_regclass('migrations') is not null as there");
  if (!there[0]?.there) return;
  const known = new Set(migrations.map((one) => one.name));
  const { rows } = await client.query<{ name: string }>('select name from migrations order by id');
  const unknown = rows.map((row) => row.name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw operatorFault('The database was migrated by a newer version of this software ({names}); start that version, or restore a backup', { names: unknown.join(', ') });
}

/** Accounting is rounded to the grain, so that what is stored was rounded to the first one for ever. */
async function fixGrain(client: pg.Client, grain: Milliseconds): Promise<void> {
  await client.query('insert into ledger (id, grain_ms) values ($1, $2) on conflict do nothing', [ledgerNumber, grain]);
  const { rows } = await client.query<{ grain: number }>('select grain_ms as grain from ledger where id = $1', [ledgerNumber]);
  const stored = rows[0]?.grain ?? 0;
  if (stored !== grain) throw operatorFault('The ledger was made with a grain of {stored} s, the configuration says {grain} s; set it back, the grain of a ledger cannot change', { stored: stored / 1000, grain: grain / 1000 });
}
