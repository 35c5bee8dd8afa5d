/** What an aggregator remembers, on PostgreSQL. A document holds what only programs read; what is searched for has columns. */
import type pg from 'pg';
import type { AcceptedQuery, FederatedSet, FederationStore } from '#federation';
import type { Instant, OfferSetId } from '#model';
import { stateFault } from './state-fault.js';

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

/** Documents come as one array: in an array of PostgreSQL's every quotation mark would have to be escaped. */
const addAll = `
  insert into federated_set (id, owner, created, phase, due, revision, document)
    select * from rows from (unnest($1::uuid[]), unnest($2::text[]), unnest($3::bigint[]), unnest($4::text[]), unnest($5::bigint[]), unnest($6::bigint[]), json_array_elements($7::json))`;

export class PostgresFederationStore implements FederationStore {
  private waiting: FederatedSet[] = [];
  private next: Promise<void> | undefined;
  private readonly writing = new Set<Promise<void>>();

  constructor(private readonly pool: pg.Pool) {}

  /** Sets that come while others are being written are written together: a burst of answers costs a few commits. */
  add(set: FederatedSet): Promise<void> {
    this.waiting.push(set);
    return (this.next ??= this.turn().then(() => this.addWaiting()));
  }

  /** Resolves when few enough are being written. */
  private async turn(): Promise<void> {
    while (this.writing.size >= mostWrites) await Promise.race(this.writing);
  }

  private addWaiting(): Promise<void> {
    const sets = this.waiting;
    this.waiting = [];
    this.next = undefined;
    const columns = [sets.map((set) => set.id), sets.map((set) => set.owner), sets.map((set) => set.created), sets.map(phaseOf), sets.map((set) => set.due ?? null), sets.map((set) => set.revision), `[${sets.map(documentOf).join(',')}]`];
    const added = this.query('federated_add', addAll, columns).then(() => undefined);
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
