/** The front door: one database, opened, migrated and checked. */
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { AccessTokenStore, AccountStore, AuditLog, CalendarStore, Clock, CredentialStore, DrainStore, KeptStorageStore, Log, Milliseconds, ReplayGuard } from '#model';
import type { LedgerStore } from '#booking';
import type { FederationStore, MemberStore } from '#federation';
import type { SessionStore } from '#sessions';
import { PostgresAccessTokenStore, PostgresReplayGuard } from './accounts/access-token.store.js';
import { PostgresAccountStore } from './accounts/account.store.js';
import { PostgresAuditLog } from './audit/audit.log.js';
import { PostgresCalendarStore } from './site/calendar.store.js';
import { isConnectionLoss, readPool } from './connections/connections.js';
import { PostgresCredentialStore } from './accounts/credential.store.js';
import { PostgresDrainStore } from './site/drain.store.js';
import { DatabaseProbe } from './opening/database-probe.js';
import { startEmbedded } from './embedded/embedded.js';
import type { EmbeddedServer } from './embedded/embedded.js';
import { databaseAway } from './faults.js';
import { PostgresFederationStore } from './federation/federation.store.js';
import { PostgresKeptStorageStore } from './site/kept-storage.store.js';
import { PostgresLedgerStore } from './ledger/ledger.store.js';
import { PostgresMemberStore } from './federation/member.store.js';
import { nodeIdentity } from './site/node-identity.js';
import { openDataSource } from './opening/migrate.js';
import { ledgerNumber } from './ledger/rows.js';
import { PostgresSessionStore } from './sessions/session.store.js';

/** `url`: a PostgreSQL of the operator's, 14 or newer. `embedded`: one of our own in this folder. */
export type DatabaseChoice = { readonly url: string } | { readonly embedded: { readonly folder: string; readonly port?: number } };

export type PersistenceOptions = DatabaseChoice & {
  /** Accounting step; fixed by the first start. */
  readonly grain: Milliseconds;
  readonly log: Log;
  /** Tells how old the parts of the log are that are dropped on opening. */
  readonly clock: Clock;
  /** Key of the chain of the audit record. */
  readonly auditKey?: string;
};

/** Replicas that slept longer than this read a snapshot, not the log. */
const logKept = 24 * 3_600_000;

/** An embedded database is one node's: who held a lease is gone, and its sessions go on at once. */
const forgetLeases = 'update session set lease_by = null, lease_until = null where lease_until is not null';

export interface Persistence {
  /** Of the node: all its replicas share it, and no other node has it. */
  readonly identity: string;
  readonly ledger: LedgerStore;
  readonly sessions: SessionStore;
  readonly accounts: AccountStore;
  readonly tokens: AccessTokenStore;
  readonly replays: ReplayGuard;
  readonly credentials: CredentialStore;
  readonly audit: AuditLog;
  readonly drain: DrainStore;
  readonly keptStorage: KeptStorageStore;
  readonly calendar: CalendarStore;
  /** Of an aggregator. */
  readonly federation: FederationStore;
  readonly members: MemberStore;
  /** Where the embedded server keeps its files; undefined with the operator's own. */
  readonly folder: string | undefined;
  /** What is wrong with the database; undefined when it takes reads and writes. */
  fault(): Promise<string | undefined>;
  /** Waits for the commit under way, then closes all connections and stops the embedded server. Safe to repeat. */
  close(): Promise<void>;
}

/** Opens the database. Throws a BrokerError for the operator when it can't be used as it is. */
export async function openPersistence(options: PersistenceOptions): Promise<Persistence> {
  const { log } = options;
  const server = 'url' in options ? undefined : await startEmbedded({ ...options.embedded, log });
  const url = 'url' in options ? options.url : server?.url ?? '';
  try {
    const source = await openDataSource(url, options.grain, log);
    await source.query('select prune_ledger($1, $2)', [ledgerNumber, options.clock.now() - logKept]);
    if (server) await source.query(forgetLeases);
    return assemble({ url, identity: await nodeIdentity(source), source, server, log, clock: options.clock, auditKey: options.auditKey });
  } catch (cause) {
    await server?.stop();
    throw isConnectionLoss(cause) ? databaseAway(cause) : cause;
  }
}

interface Parts { readonly url: string; readonly identity: string; readonly source: DataSource; readonly server: EmbeddedServer | undefined; readonly log: Log; readonly clock: Clock; readonly auditKey: string | undefined }

function assemble({ url, identity, source, server, log, clock, auditKey }: Parts): Persistence {
  const pool: pg.Pool = readPool(url, log);
  const ledger = new PostgresLedgerStore(url, pool, source, log);
  const audit = new PostgresAuditLog(pool, auditKey);
  const probe = new DatabaseProbe(pool, log);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await ledger.close();
    await audit.close();
    await pool.end();
    await source.destroy();
    await server?.stop();
  };
  return {
    identity, ledger: probe.watch(ledger), sessions: new PostgresSessionStore(pool), accounts: new PostgresAccountStore(source), calendar: new PostgresCalendarStore(pool),
    federation: new PostgresFederationStore(pool), members: new PostgresMemberStore(pool), folder: server?.folder,
    tokens: new PostgresAccessTokenStore(pool), replays: new PostgresReplayGuard(pool, () => clock.now()), audit, drain: new PostgresDrainStore(pool), keptStorage: new PostgresKeptStorageStore(pool), credentials: new PostgresCredentialStore(pool),
    fault: () => probe.fault(),
    close: () => (closing ??= close()),
  };
}
