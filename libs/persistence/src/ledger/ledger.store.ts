/** The ledger's port on PostgreSQL. Everything is written by one function in the database; see its migration. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Instant, Log, OfferSetId, RequesterId } from '#model';
import { BrokerError, reason } from '#model';
import type { CommitBatch, Committed, CommitResult, LedgerSnapshot, LedgerStore, PreparedRow, StoredOfferSet, Turn } from '#booking';
import { batchParameters, commitStatement, encodeRow } from './commit-batch.js';
import { isConnectionLoss, OwnConnection } from '../connections/connections.js';
import { codeOf, CommitUnknown, messageOf } from '../faults.js';
import type { StoredEvent } from './packed-holds.js';
import { unpackEvent, unpackHolds } from './packed-holds.js';
import { ledgerNumber, offerSetSchema } from './rows.js';
import { readSnapshot } from './snapshot.js';
import { stateFault } from '../connections/state-fault.js';

type StoredCommit = { readonly version: number; readonly events: readonly StoredEvent[] };

/** How long a lost database is waited for before a commit is given up. */
const patience = 15_000;
/** A turn in which nothing happens for so many milliseconds belongs to a replica that sleeps: the database ends its connection. */
const longestRest = 5_000;

export class PostgresLedgerStore implements LedgerStore {
  private readonly writer: OwnConnection;

  constructor(url: string, private readonly reads: pg.Pool, private readonly source: DataSource, log: Log) {
    this.writer = new OwnConnection(url, log);
  }

  snapshot(after: Instant): Promise<LedgerSnapshot> {
    return readSnapshot(this.reads, after);
  }

  /**
   * Repeated under the same token when the connection is lost, so that the answer tells what really happened; throws
   * CommitUnknown only when the database stays away.
   */
  commit(version: number, batch: CommitBatch): Promise<CommitResult> {
    const prepared = prepare(version, batch, false);
    return this.writer.use(() => this.commitOnce(prepared));
  }

  takeTurn(version: number): Promise<Turn> {
    return new Promise((resolve, reject) => {
      this.writer.use(async () => {
        const { client, missed } = await this.lockAndRead(version);
        await new Promise<void>((end) => {
          resolve({
            missed,
            commit: (on, batch, isLast) => this.commitInTurn(client, prepare(on, batch, isLast)).finally(isLast ? end : undefined),
            leave: () => this.leaveTurn(client).finally(end),
          });
        });
      }).catch(reject);
    });
  }

  prepare(row: PreparedRow): void {
    encodeRow(row);
  }

  async since(version: number): Promise<Committed> {
    const { rows } = await this.reads.query<StoredCommit>({ name: 'ledger_since', text: 'select version, events from ledger_log where ledger = $1 and version > $2 order by version', values: [ledgerNumber, version] });
    return withoutGap(version, rows).map(committedOf);
  }

  async offerSet(id: OfferSetId): Promise<StoredOfferSet | undefined> {
    const row = await this.source.getRepository(offerSetSchema).findOneBy({ id }).catch((cause: unknown) => { throw stateFault(cause); });
    if (!row) return undefined;
    const { accepted, ...rest } = row;
    const found = { ...rest, id, owner: row.owner as RequesterId, holds: unpackHolds(row.holds) };
    return accepted === null ? found : { ...found, accepted };
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  private async commitOnce({ version, values }: Prepared): Promise<CommitResult> {
    const deadline = performance.now() + patience;
    for (let loss: unknown; ;) {
      const client = this.writer.current ?? await this.writer.connected(deadline).catch((cause: unknown) => { throw loss === undefined ? cause : new CommitUnknown(version + 1, loss); });
      try {
        return resultOf(await callCommit(client, values));
      } catch (cause) {
        if (!isConnectionLoss(cause)) throw refusalOf(cause);
        loss = cause;
        this.writer.drop(client);
        if (performance.now() > deadline) throw new CommitUnknown(version + 1, cause);
      }
    }
  }

  /** A turn is its connection's: without it the batch is a commit like others, and the fence keeps it true. */
  private async commitInTurn(client: pg.Client, prepared: Prepared): Promise<CommitResult> {
    try {
      return await this.commitOnce(prepared);
    } catch (cause) {
      // The statement may have failed before it came to that.
      if (prepared.isLast) await this.leaveTurn(client);
      throw cause;
    }
  }

  private async lockAndRead(version: number): Promise<{ client: pg.Client; missed: Committed }> {
    const deadline = performance.now() + patience;
    for (;;) {
      const client = await this.writer.connected(deadline);
      try {
        const { rows } = await client.query<StoredCommit>({ name: 'take_turn', text: 'select version, events from take_turn($1, $2, $3)', values: [ledgerNumber, version, longestRest] });
        return { client, missed: withoutGap(version, rows).map(committedOf) };
      } catch (cause) {
        // It may have the lock already.
        this.writer.drop(client);
        if (!isConnectionLoss(cause) || performance.now() > deadline) throw cause;
      }
    }
  }

  private async leaveTurn(client: pg.Client): Promise<void> {
    if (this.writer.current !== client) return;
    try {
      await client.query({ name: 'leave_turn', text: 'select leave_turn($1)', values: [ledgerNumber] });
    } catch (cause) {
      this.writer.drop(client);
      if (!isConnectionLoss(cause)) throw cause;
    }
  }
}

interface Prepared { readonly version: number; readonly isLast: boolean; readonly values: unknown[] }

/** One token for all tries of a commit, so that one repeated after a lost connection is known again. */
function prepare(version: number, batch: CommitBatch, isLast: boolean): Prepared {
  return { version, isLast, values: [ledgerNumber, version, randomUUID(), isLast, ...batchParameters(batch)] };
}

/** What follows a version; throws where the log was pruned meanwhile, for a replica that slept must not skip what it missed. */
function withoutGap(version: number, rows: readonly StoredCommit[]): readonly StoredCommit[] {
  const first = rows[0];
  if (!first || first.version === version + 1) return rows;
  throw new BrokerError('unavailable', 'time', [reason('log-pruned', 'The log of the ledger no longer holds version {version}; read a snapshot', { version: version + 1 })]);
}

async function callCommit(client: pg.Client, values: unknown[]): Promise<number | null> {
  const { rows } = await client.query<{ version: number | null }>({ ...commitStatement, values });
  return rows[0]?.version ?? null;
}

function committedOf({ version, events }: StoredCommit): Committed[number] {
  return { version, events: events.map(unpackEvent) };
}

function resultOf(version: number | null): CommitResult {
  return version === null ? { kind: 'conflict' } : { kind: 'committed', version };
}

/** What the database refused, in our words. A refusal by the guard means that somebody's arithmetic is wrong. */
function refusalOf(cause: unknown): unknown {
  const code = codeOf(cause);
  const why = messageOf(cause);
  if (code === 'EB001') return new BrokerError('conflict', 'caller', [reason('offer-not-open', 'The offer is no longer open: {why}', { why })], { cause });
  if (code === '23514') return new BrokerError('defect', 'us', [reason('guard-refused', 'The database refused a booking that exceeds its pool: {why}', { why }, { level: 'ERROR' })], { cause });
  if (code?.startsWith('EB') || code?.startsWith('23')) return new BrokerError('defect', 'us', [reason('ledger-refused', 'The database refused a commit to the ledger: {why}', { why }, { level: 'ERROR' })], { cause });
  return cause;
}

