/** What an aggregator remembers, on PostgreSQL. A document holds what only programs read; what is searched for has columns. */
import type pg from 'pg';
import type { AcceptedQuery, FederatedSet, FederationStore } from '#federation';
import type { Instant, OfferSetId } from '#model';
import { stateFault } from '../connections/state-fault.js';

interface Row { revision: number; document: Omit<FederatedSet, 'revision'> }

/** A copy of a request comes within its deadline, or not at all. */
const requestsKept = 600_000;

/** Of eight connections: the others are for those who read. */
const mostWrites = 3;

const accepted = `
  select revision, document from federated_set s
    where phase is not null and ($1::text is null or owner = $1) and ($2::text[] is null or phase = any ($2))
      and ($4::uuid is null or (created, id) < (select b.created, b.id from federated_set b where b.id = $4))
    order by created desc, id desc limit $3`;

/** Of one statement. Rows of their own cost the server a fifth less than one array of documents, which it would read twice. */
const mostRows = 16;

const columns = ['uuid', 'text', 'bigint', 'text', 'bigint', 'bigint', 'json'] as const;

/** By how many rows there are, less one. */
const addStatements = Array.from({ length: mostRows }, (_, more) =>
  `insert into federated_set (id, owner, created, phase, due, revision, document) values ${Array.from({ length: more + 1 }, (_, row) => rowOf(row)).join(', ')}`);

function rowOf(row: number): string {
  return `(${columns.map((type, column) => `$${row * columns.length + column + 1}::${type}`).join(', ')})`;
}

/** Sets that are written together. */
interface Batch { readonly sets: FederatedSet[]; readonly added: Promise<void> }

export class PostgresFederationStore implements FederationStore {
  private open: Batch | undefined;
  /** Batches take turns. */
  private line: Promise<void> = Promise.resolve();
  private readonly writing = new Set<Promise<void>>();

  constructor(private readonly pool: pg.Pool) {}

  /** Sets that come while others are being written are written together: a burst of answers costs a few commits. */
  add(set: FederatedSet): Promise<void> {
    const batch = this.open && this.open.sets.length < mostRows ? this.open : this.newBatch();
    batch.sets.push(set);
    return batch.added;
  }

  private newBatch(): Batch {
    const sets: FederatedSet[] = [];
    this.line = this.line.then(() => this.turn());
    const added = this.line.then(() => {
      if (this.open?.sets === sets) this.open = undefined;
      return this.write(sets);
    });
    return (this.open = { sets, added });
  }

  /** Resolves when few enough are being written. */
  private async turn(): Promise<void> {
    while (this.writing.size >= mostWrites) await Promise.race(this.writing);
  }

  private write(sets: readonly FederatedSet[]): Promise<void> {
    const values = sets.flatMap((set) => [set.id, set.owner, set.created, phaseOf(set), set.due ?? null, set.revision, documentOf(set)]);
    const added = this.query(`federated_add_${sets.length}`, addStatements[sets.length - 1] as string, values).then(() => undefined);
    // The next ones don't fail with these.
    const done = added.catch(() => undefined);
    this.writing.add(done);
    void done.then(() => { this.writing.delete(done); });
    return added;
  }

  async find(id: OfferSetId): Promise<FederatedSet | undefined> {
    return (await this.sets('federated_find', 'select revision, document from federated_set where id = $1', [id]))[0];
  }

  async save(set: FederatedSet): Promise<boolean> {
    const { revision, ...document } = set;
    const { rowCount } = await this.query('federated_save', 'update federated_set set phase = $3, due = $4, document = $5, member = $6, revision = revision + 1 where id = $1 and revision = $2',
      [set.id, revision, phaseOf(set), set.due ?? null, JSON.stringify(document), set.offers[set.accepted ?? -1]?.member ?? null]);
    return rowCount === 1;
  }

  accepted({ owner, phases, limit, before }: AcceptedQuery): Promise<readonly FederatedSet[]> {
    return this.sets('federated_accepted', accepted, [owner ?? null, phases ?? null, limit, before ?? null]);
  }

  due(now: Instant, limit: number): Promise<readonly FederatedSet[]> {
    return this.sets('federated_due', 'select revision, document from federated_set where due <= $1 order by due limit $2', [now, limit]);
  }

  async claimRequest(requestId: string, now: Instant): Promise<boolean> {
    await this.query('federated_forget', 'delete from federated_request where at < $1', [now - requestsKept]);
    const { rowCount } = await this.query('federated_claim', 'insert into federated_request (id, at) values ($1, $2) on conflict do nothing', [requestId, now]);
    return rowCount === 1;
  }

  async prune(before: Instant, limit: number): Promise<number> {
    const { rowCount } = await this.query('federated_prune',
      'delete from federated_set where id in (select id from federated_set where phase is null and due is null and created < $1 order by created limit $2)', [before, limit]);
    return rowCount ?? 0;
  }

  private async sets(name: string, text: string, values: unknown[]): Promise<readonly FederatedSet[]> {
    const { rows } = await this.query(name, text, values);
    return (rows as Row[]).map(({ revision, document }) => ({ ...document, revision }) as FederatedSet);
  }

  private query(name: string, text: string, values: unknown[]): Promise<pg.QueryResult> {
    return this.pool.query({ name, text, values }).catch((cause: unknown) => { throw stateFault(cause); });
  }
}

/** Without the revision, which has a column. */
function documentOf(set: FederatedSet): string {
  return JSON.stringify({ ...set, revision: undefined });
}

function phaseOf(set: FederatedSet): string | null {
  return set.offers[set.accepted ?? -1]?.session.phase ?? null;
}
