/** The ledger's port on PostgreSQL. Everything is written by one function in the database; see its migration. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Instant, Log, OfferSetId, RequesterId } from '#model';
import { BrokerError, reason } from '#model';
import type { CommitBatch, CommitResult, LedgerEvent, LedgerSnapshot, LedgerStore, StoredOfferSet } from '#booking';
import { batchParameters, commitStatement } from './commit-batch.js';
import { isConnectionLoss, OwnConnection } from './connections.js';
import { codeOf, CommitUnknown, messageOf } from './faults.js';
import { ledgerNumber } from './migrate.js';
import type { StoredEvent } from './packed-holds.js';
import { unpackEvent, unpackHolds } from './packed-holds.js';
import { offerSetSchema } from './rows.js';
import { readSnapshot } from './snapshot.js';
import { stateFault } from './state-fault.js';

type StoredCommit = { readonly version: number; readonly events: readonly StoredEvent[] };
type Committed = { readonly version: number; readonly events: readonly LedgerEvent[] };

/** How long a lost database is waited for before a commit is given up. */
const patience = 15_000;

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
    return this.writer.use(() => this.commitOnce(version, batch, randomUUID()));
  }

  commitLocked(version: number, decide: (missed: readonly Committed[]) => CommitBatch | undefined): Promise<CommitResult> {
    return this.writer.use(async () => {
      const { client, missed } = await this.lockAndRead(version);
      const last = missed.at(-1)?.version ?? version;
      const token = randomUUID();
      let batch: CommitBatch | undefined;
      try {
        batch = decide(missed);
      } catch (cause) {
        await this.rollBack(client);
        throw cause;
      }
      if (!batch) {
        await this.rollBack(client);
        return { kind: 'committed', version: last };
      }
      return this.finishLocked(client, last, batch, token);
    });
  }

  async since(version: number): Promise<readonly Committed[]> {
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

  private async commitOnce(version: number, batch: CommitBatch, token: string): Promise<CommitResult> {
    const values = [ledgerNumber, version, token, ...batchParameters(batch)];
    const deadline = performance.now() + patience;
    for (let loss: unknown; ;) {
      const client = await this.writer.connected(deadline).catch((cause: unknown) => { throw loss === undefined ? cause : new CommitUnknown(version + 1, loss); });
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

  private async lockAndRead(version: number): Promise<{ client: pg.Client; missed: readonly Committed[] }> {
    const deadline = performance.now() + patience;
    for (;;) {
      const client = await this.writer.connected(deadline);
      try {
        await client.query('begin isolation level read committed');
        const { rows } = await client.query<StoredCommit>({ name: 'lock_and_read', text: 'select version, events from lock_and_read($1, $2)', values: [ledgerNumber, version] });
        return { client, missed: withoutGap(version, rows).map(committedOf) };
      } catch (cause) {
        this.writer.drop(client);
        if (!isConnectionLoss(cause) || performance.now() > deadline) throw cause;
      }
    }
  }

  /** If the connection is lost here, the same batch is offered again by itself: the fence keeps it true. */
  private async finishLocked(client: pg.Client, version: number, batch: CommitBatch, token: string): Promise<CommitResult> {
    try {
      const result = resultOf(await callCommit(client, [ledgerNumber, version, token, ...batchParameters(batch)]));
      await client.query('commit');
      return result;
    } catch (cause) {
      if (!isConnectionLoss(cause)) {
        await this.rollBack(client);
        throw refusalOf(cause);
      }
      this.writer.drop(client);
      return this.commitOnce(version, batch, token);
    }
  }

  private async rollBack(client: pg.Client): Promise<void> {
    await client.query('rollback').catch((cause: unknown) => {
      this.writer.drop(client);
      if (!isConnectionLoss(cause)) throw cause;
    });
  }
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

function committedOf({ version, events }: StoredCommit): Committed {
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

