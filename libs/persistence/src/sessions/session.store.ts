/** Sessions on PostgreSQL. A document holds what only programs read; what is searched for has columns. */
import type pg from 'pg';
import type { Instant, OfferSetId, SessionEvent, SessionId } from '#model';
import type { SessionQueryByOwner, SessionRecord, SessionStore } from '#sessions';
import { isConnectionLoss } from '../connections/connections.js';
import { SessionOutputs } from './session-outputs.js';
import { SessionSaves } from './session-saves.js';
import { stateFault } from '../connections/state-fault.js';

interface Row { revision: number; due: Instant | null; document: Omit<SessionRecord, 'revision' | 'due'> }

const columns = 's.revision, s.due, s.document';

const claim = `
  with chosen as (
    select id, due from session
      where due is not null and greatest(due, coalesce(lease_until, due)) <= $1 order by greatest(due, coalesce(lease_until, due)), id limit $4 for update skip locked),
  s as (
    update session set lease_by = $2, lease_until = $3 from chosen where session.id = chosen.id returning session.*)
  select ${columns} from s order by s.due, s.id`;

const list = `
  select ${columns} from session s
    where ($1::text is null or s.owner = $1) and ($2::text[] is null or s.phase = any ($2))
      and ($4::uuid is null or (s.created, s.id) < (select b.created, b.id from session b where b.id = $4))
    order by s.created desc, s.id desc limit $3`;

export class PostgresSessionStore implements SessionStore {
  private readonly saves: SessionSaves;
  private readonly outputs = new SessionOutputs((statement) => this.query(statement));

  constructor(private readonly pool: pg.Pool) {
    this.saves = new SessionSaves(pool);
  }

  find(id: SessionId): Promise<SessionRecord | undefined> {
    return this.one('session_find', `select ${columns} from session s where s.id = $1`, id);
  }

  ofOfferSet(set: OfferSetId): Promise<SessionRecord | undefined> {
    return this.one('session_of_set', `select ${columns} from session s where s.offer_set = $1`, set);
  }

  async list(query: SessionQueryByOwner): Promise<readonly SessionRecord[]> {
    const values = [query.owner ?? null, query.phases ?? null, query.limit, query.before ?? null];
    const { rows } = await this.query<Row>({ name: 'session_list', text: list, values });
    return rows.map(recordOf);
  }

  async claimDue(now: Instant, claimant: string, until: Instant, limit: number): Promise<readonly SessionRecord[]> {
    const { rows } = await this.query<Row>({ name: 'session_claim', text: claim, values: [now, claimant, until, limit] });
    return rows.map(recordOf);
  }

  async nextDue(): Promise<Instant | undefined> {
    const { rows } = await this.query<{ next: Instant | null }>({ name: 'session_next', text: 'select min(greatest(due, coalesce(lease_until, due))) as next from session where due is not null' });
    return rows[0]?.next ?? undefined;
  }

  save(next: SessionRecord, events: readonly Omit<SessionEvent, 'number'>[]): Promise<boolean> {
    return this.saves.save({ next, events });
  }

  async events(id: SessionId, after: number, limit: number): Promise<readonly SessionEvent[]> {
    const text = 'select number, event from session_event where session = $1 and number > $2 order by number limit $3';
    const { rows } = await this.query<{ number: number; event: Omit<SessionEvent, 'number'> }>({ name: 'session_events', text, values: [id, after, limit] });
    return rows.map(({ number, event }) => ({ ...event, number }));
  }

  keepLog(id: SessionId, text: string): Promise<void> {
    return this.outputs.keep(id, text);
  }

  keptLog(id: SessionId): Promise<string | undefined> {
    return this.outputs.read(id);
  }

  /** A statement that may be repeated; a connection that was lost while it was idle is found out only by using it. */
  private async query<Row extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    try {
      return await this.pool.query<Row>(statement).catch((cause: unknown) => {
        if (isConnectionLoss(cause)) return this.pool.query<Row>(statement);
        throw cause;
      });
    } catch (cause) {
      throw stateFault(cause);
    }
  }

  private async one(name: string, text: string, id: string): Promise<SessionRecord | undefined> {
    const { rows } = await this.query<Row>({ name, text, values: [id] });
    return rows[0] && recordOf(rows[0]);
  }
}

function recordOf({ revision, due, document }: Row): SessionRecord {
  return due === null ? { ...document, revision } : { ...document, revision, due };
}
