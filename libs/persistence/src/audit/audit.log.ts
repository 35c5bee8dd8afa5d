/**
 * The audit record. Entries that come while a write is under way go with the next one, so that a busy node pays one short
 * transaction for many of them; each caller goes on when its own entry is durable (docs/decisions/0024).
 */
import type pg from 'pg';
import { BrokerError, reason } from '#model';
import type { AuditEntry, AuditLog, AuditMark, AuditPruning, AuditQuery, AuditVerdict, Instant, KeptAuditEntry } from '#model';
import { chainHash, noEntry } from './audit-chain.js';
import type { ChainLink } from './audit-chain.js';
import { pruneChain } from './audit-pruning.js';
import { verifyChain } from './audit-verification.js';
import { stateFault } from '../connections/state-fault.js';
import { storable } from '../connections/storable.js';
import { inTransaction, oneView } from '../connections/transaction.js';

interface Waiting { readonly entry: AuditEntry; done(): void; failed(cause: unknown): void }

const mostAtOnce = 500;
/** Other replicas may be faster this often in a row. */
const mostTries = 20;

export class PostgresAuditLog implements AuditLog {
  private readonly waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
  private head: AuditMark = noEntry;

  constructor(private readonly pool: pg.Pool, private readonly key: string | undefined) {}

  append(entry: AuditEntry): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ entry, done, failed });
      this.running ??= this.drain();
    });
  }

  async find(query: AuditQuery): Promise<readonly KeptAuditEntry[]> {
    const { where, values } = conditionsOf(query);
    const order = query.after === undefined ? 'desc' : 'asc';
    const { rows } = await this.told(`select number, entry, encode(hash, 'hex') as hash from audit_entry ${where} order by number ${order} limit ${query.limit}`, values);
    return (rows as readonly ChainLink[]).map(({ number, entry, hash }) => ({ number, hash, entry: JSON.parse(entry) as AuditEntry }));
  }

  verify(known?: AuditMark): Promise<AuditVerdict> {
    return inTransaction(this.pool, (client) => verifyChain(client, this.key, known), oneView).catch(inOurWords);
  }

  prune(rule: AuditPruning, at: Instant): Promise<AuditMark | undefined> {
    return pruneChain({ pool: this.pool, key: this.key, append: (entry) => this.append(entry) }, rule, at).catch(inOurWords);
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.running;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, mostAtOnce);
      try {
        await this.write(batch.map(({ entry }) => entry));
        for (const { done } of batch) done();
      } catch (cause) {
        for (const { failed } of batch) failed(stateFault(cause));
      }
    }
    this.running = undefined;
  }

  private async write(entries: readonly AuditEntry[]): Promise<void> {
    for (let tries = 0; tries < mostTries; tries++) {
      const { number } = this.head;
      const rows = this.chained(entries);
      const { rows: [end] } = await this.pool.query<{ last: number; last_hash: string }>({ name: 'append_audit', text: 'select last, last_hash from append_audit($1, $2)', values: [number, JSON.stringify(rows)] });
      if (!end) throw new RangeError('append_audit answered nothing');
      this.head = { number: end.last, hash: end.last_hash };
      if (end.last_hash === rows.at(-1)?.hash) return;
    }
    throw new BrokerError('unavailable', 'time', [reason('audit-busy', 'The audit record is written by too many at once; try again', {})]);
  }

  private chained(entries: readonly AuditEntry[]): readonly ChainedRow[] {
    let { number, hash } = this.head;
    return entries.map((one) => {
      const entry = JSON.stringify(one, (_name, value: unknown) => (typeof value === 'string' ? storable(value) : value));
      number += 1;
      hash = chainHash(this.key, { before: hash, number, entry });
      const { at, who, action, subject, outcome } = one;
      return { number, at, who: storable(who), action, subject: subject === undefined ? null : storable(subject), outcome, entry, hash };
    });
  }

  private told(statement: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    return this.pool.query(statement, [...values]).catch(inOurWords);
  }
}

interface ChainedRow extends ChainLink { readonly at: number; readonly who: string; readonly action: string; readonly subject: string | null; readonly outcome: string }

function inOurWords(cause: unknown): never {
  throw stateFault(cause);
}

function conditionsOf(query: AuditQuery): { readonly where: string; readonly values: readonly unknown[] } {
  const { from, to, who, action, subject, outcome, after, before } = query;
  const wanted: readonly (readonly [string, unknown])[] = [
    ['at >=', from], ['at <', to], ['who =', who], ['action =', action], ['subject =', subject], ['outcome =', outcome], ['number >', after], ['number <', before],
  ];
  const given = wanted.filter(([, value]) => value !== undefined);
  return { where: given.length === 0 ? '' : `where ${given.map(([column], index) => `${column} $${index + 1}`).join(' and ')}`, values: given.map(([, value]) => (typeof value === 'string' ? storable(value) : value)) };
}
