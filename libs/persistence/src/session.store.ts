/** Sessions on PostgreSQL. A document holds what only programs read; what is searched for has columns. */
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { Instant, OfferSetId, SessionEvent, SessionId } from '#model';
import type { SessionQueryByOwner, SessionRecord, SessionStore } from '#sessions';
import { isConnectionLoss } from './connections.js';
import { stateFault, writeUnknown } from './state-fault.js';

interface Row { revision: number; due: Instant | null; document: Omit<SessionRecord, 'revision' | 'due'> }

/** How long a lost database is waited for until a save is given up as unknown, and between two tries. */
const patience = 15_000;
const pause = 100;

const columns = 's.revision, s.due, s.document';

const claim = `
  with chosen as (
    select id, due from session
      where due is not null and greatest(due, coalesce(lease_until, due)) <= $1 order by greatest(due, coalesce(lease_until, due)), id limit $4 for update skip locked),
  s as (
    update session set lease_by = $2, lease_until = $3 from chosen where session.id = chosen.id returning session.*)
  select ${columns} from s order by s.due, s.id`;

/** Events are numbered by the row that the update holds, so there are no gaps and no two of a number. */
const save = `
  with s as (
    update session set revision = $2, owner = $4, phase = $5, due = $6, document = $7, lease_by = null, lease_until = null,
      last_event = last_event + json_array_length($8::json)
      where id = $1 and revision = $3 returning id, last_event - json_array_length($8::json) as before),
  e as (
    insert into session_event (session, number, event)
      select s.id, s.before + x.n, x.event from s, json_array_elements($8::json) with ordinality x(event, n))
  select 1 from s`;

const list = `
  select ${columns} from session s
    where ($1::text is null or s.owner = $1) and ($2::text[] is null or s.phase = any ($2))
      and ($4::uuid is null or (s.created, s.id) < (select b.created, b.id from session b where b.id = $4))
    order by s.created desc, s.id desc limit $3`;

export class PostgresSessionStore implements SessionStore {
  constructor(private readonly pool: pg.Pool) {}

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

  async save(next: SessionRecord, events: readonly Omit<SessionEvent, 'number'>[]): Promise<boolean> {
    const { revision, due, session, plan, handle, work } = next;
    const document = JSON.stringify({ session, plan, handle, work });
    const values = [session.id, revision, revision - 1, session.owner, session.phase, due ?? null, document, JSON.stringify(events)];
    try {
      return await this.saveOnce(values);
    } catch (cause) {
      if (!isConnectionLoss(cause)) throw stateFault(cause);
      return this.saveAfterLoss(values, cause);
    }
  }

  async events(id: SessionId, after: number, limit: number): Promise<readonly SessionEvent[]> {
    const text = 'select number, event from session_event where session = $1 and number > $2 order by number limit $3';
    const { rows } = await this.query<{ number: number; event: Omit<SessionEvent, 'number'> }>({ name: 'session_events', text, values: [id, after, limit] });
    return rows.map(({ number, event }) => ({ ...event, number }));
  }

  async keepLog(id: SessionId, text: string): Promise<void> {
    const sql = 'insert into session_log (session, output) values ($1, $2) on conflict (session) do update set output = excluded.output where length(excluded.output) >= length(session_log.output)';
    await this.query({ name: 'session_keep_log', text: sql, values: [id, Buffer.from(text, 'utf8')] });
  }

  async keptLog(id: SessionId): Promise<string | undefined> {
    const { rows } = await this.query<{ output: Buffer }>({ name: 'session_kept_log', text: 'select output from session_log where session = $1', values: [id] });
    return rows[0]?.output.toString('utf8');
  }

  private async saveOnce(values: readonly unknown[]): Promise<boolean> {
    const { rowCount } = await this.pool.query({ name: 'session_save', text: save, values: [...values] });
    return rowCount === 1;
  }

  /** Repeats a save whose answer was lost, and tells whether the first or this one was made: a document is kept to the letter. */
  private async saveAfterLoss(values: readonly unknown[], loss: unknown): Promise<boolean> {
    const isThere = 'select 1 from session where id = $1 and revision = $2 and document::text = $3';
    for (const deadline = performance.now() + patience; ;) {
      try {
        if (await this.saveOnce(values)) return true;
        const { rowCount } = await this.pool.query({ name: 'session_saved', text: isThere, values: [values[0], values[1], values[6]] });
        return rowCount === 1;
      } catch (cause) {
        if (!isConnectionLoss(cause)) throw stateFault(cause);
        if (performance.now() > deadline) throw writeUnknown(loss);
        await wait(pause);
      }
    }
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
