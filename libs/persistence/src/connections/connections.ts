/** Connections to one database: a pool for reads and sessions, and one that is the ledger's alone. */
import pg from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '#model';
import { codeOf, databaseAway, messageOf } from '../faults.js';

const bigintType = 20;
const pause = 100;
const connectLimit = 10_000;

/**
 * Time limits in milliseconds. A replica that is frozen inside a transaction loses it, and with it the ledger's lock, before
 * those who wait for the lock give up; a server that does not answer is given up last.
 */
const limits = { idle_in_transaction_session_timeout: 5_000, lock_timeout: 10_000, statement_timeout: 15_000, query_timeout: 20_000 };

/** bigint comes as a number: ours are instants, versions and amounts, all below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((type: number, format?: 'text' | 'binary') => (type === bigintType ? Number : pg.types.getTypeParser(type, format))) as typeof pg.types.getTypeParser,
};

/** Of a connection whose statements may take as long as they need: migrations. */
export function patientConfig(url: string, name: string): pg.ClientConfig {
  return { connectionString: url, application_name: name, types, connectionTimeoutMillis: connectLimit, keepAlive: true };
}

export function clientConfig(url: string, name: string): pg.ClientConfig {
  return { ...patientConfig(url, name), ...limits };
}

/** The limits for pools that are not made here. */
export const poolLimits = { ...limits, connectionTimeoutMillis: connectLimit, keepAlive: true };

/** Pool for statements of their own; a lost idle connection is replaced on the next use. */
export function readPool(url: string, log: Log): pg.Pool {
  const pool = new pg.Pool({ ...clientConfig(url, 'execution-broker'), max: 8 });
  pool.on('error', (cause) => { log.warn('a database connection was lost', { cause: cause.message }); });
  return pool;
}

/** True when `cause` says that the connection or the server is gone, not that the statement was wrong. */
export function isConnectionLoss(cause: unknown): boolean {
  const code = codeOf(cause) ?? '';
  if (/^(08|57P0|25P03)/.test(code) || ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)) return true;
  return /^Connection terminated|connection error|timeout expired|^timeout exceeded|query read timeout/i.test(messageOf(cause));
}

/**
 * One connection that is used by one caller after the other and made anew when it was lost. Its own, because a transaction on a
 * connection shared with others takes their statements in.
 */
export class OwnConnection {
  private client: pg.Client | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private users = 0;
  private closed = false;

  constructor(private readonly url: string, private readonly log: Log) {}

  /** Runs `work` when everybody before has finished: at once, if so. */
  use<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.users === 0 ? work() : this.last.then(work, work);
    this.users += 1;
    const finished = (): void => { this.users -= 1; };
    this.last = mine.then(finished, finished);
    return mine;
  }

  /** The connection, if there is one. */
  get current(): pg.Client | undefined {
    return this.client;
  }

  /** The connection, made when there is none; tries until `deadline` (performance.now) has passed. */
  async connected(deadline: number): Promise<pg.Client> {
    while (!this.client) {
      if (this.closed) throw databaseAway(new Error('the store is closed'));
      try {
        this.client = await this.connect();
      } catch (cause) {
        if (!isConnectionLoss(cause)) throw cause;
        if (performance.now() > deadline) throw databaseAway(cause);
        await wait(pause);
      }
    }
    return this.client;
  }

  /** Gives up a connection on which something was lost. */
  drop(client: pg.Client): void {
    if (this.client === client) this.client = undefined;
    client.end().catch((cause: unknown) => { this.log.debug('closing a lost connection', { cause: messageOf(cause) }); });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.last;
    await this.client?.end();
    this.client = undefined;
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client(clientConfig(this.url, 'execution-broker ledger'));
    client.on('error', (cause) => {
      this.log.warn('the ledger lost its database connection', { cause: cause.message });
      if (this.client === client) this.client = undefined;
    });
    await client.connect();
    return client;
  }
}
