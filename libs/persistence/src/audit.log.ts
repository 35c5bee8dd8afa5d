/**
 * The audit record. Entries that come while a write is under way go with the next one, so that a busy node pays one short
 * transaction for many of them; each caller goes on when its own entry is durable (docs/decisions/0024).
 */
import type pg from 'pg';
import { BrokerError, reason } from '#model';
import type { AuditEntry, AuditLog, AuditQuery, AuditVerdict, KeptAuditEntry } from '#model';
import { chainHash } from './audit-chain.js';
import { stateFault } from './state-fault.js';
import { storable } from './storable.js';

interface Waiting { readonly entry: AuditEntry; done(): void; failed(cause: unknown): void }
interface Head { readonly number: number; readonly hash: string }

const mostAtOnce = 500;
/** Other replicas may be faster this often in a row. */
const mostTries = 20;
const readAtOnce = 5_000;

export class PostgresAuditLog implements AuditLog {
  private readonly waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
  private head: Head = { number: 0, hash: '' };

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
    return (rows as readonly Row[]).map(({ number, entry, hash }) => ({ number, hash, entry: JSON.parse(entry) as AuditEntry }));
  }

  async verify(known?: Head): Promise<AuditVerdict> {
    const head = await this.storedHead();
    let last: Head = { number: 0, hash: '' };
    for (;;) {
      const { rows } = await this.told("select number, entry, encode(hash, 'hex') as hash from audit_entry where number > $1 order by number limit $2", [last.number, readAtOnce]);
      for (const row of rows as readonly Row[]) {
        const fault = this.faultOf(row, last, known);
        if (fault !== undefined) return { entries: last.number, head, fault: { number: last.number + 1, what: fault } };
        last = row;
      }
      if (rows.length < readAtOnce) break;
    }
    return { entries: last.number, head, ...endFault(last, head, known) };
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.running;
  }

  private faultOf(row: Row, last: Head, known: Head | undefined): string | undefined {
    if (row.number !== last.number + 1) return `entry ${last.number + 1} is missing`;
    if (chainHash(this.key, { before: last.hash, number: row.number, entry: row.entry }) !== row.hash) return 'it was altered, moved, or written with another key';
    return known?.number === row.number && known.hash !== row.hash ? 'it is not the entry that was noted' : undefined;
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

  private async storedHead(): Promise<Head> {
    const { rows } = await this.told("select number, encode(hash, 'hex') as hash from audit_head where id = 1", []);
    return (rows as readonly Head[])[0] ?? { number: 0, hash: '' };
  }

  private told(statement: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    return this.pool.query(statement, [...values]).catch((cause: unknown) => { throw stateFault(cause); });
  }
}

interface Row extends Head { readonly entry: string }
interface ChainedRow extends Row { readonly at: number; readonly who: string; readonly action: string; readonly subject: string | null; readonly outcome: string }

/** While it was read the chain may have grown beyond the head that was looked at before. */
function endFault(last: Head, head: Head, known: Head | undefined): Pick<AuditVerdict, 'fault'> {
  const expected = Math.max(head.number, known?.number ?? 0);
  if (last.number < expected) return { fault: { number: last.number + 1, what: `the record ends here, and once had ${expected} entries` } };
  return last.number === head.number && last.hash !== head.hash ? { fault: { number: last.number, what: 'it is not the last entry that was written' } } : {};
}

function conditionsOf(query: AuditQuery): { readonly where: string; readonly values: readonly unknown[] } {
  const { from, to, who, action, subject, outcome, after, before } = query;
  const wanted: readonly (readonly [string, unknown])[] = [
    ['at >=', from], ['at <', to], ['who =', who], ['action =', action], ['subject =', subject], ['outcome =', outcome], ['number >', after], ['number <', before],
  ];
  const given = wanted.filter(([, value]) => value !== undefined);
  return { where: given.length === 0 ? '' : `where ${given.map(([column], index) => `${column} $${index + 1}`).join(' and ')}`, values: given.map(([, value]) => (typeof value === 'string' ? storable(value) : value)) };
}
