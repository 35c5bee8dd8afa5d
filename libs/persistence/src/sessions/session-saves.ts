/**
 * Saves of sessions: those that come together go in one statement, for a node with many sessions saves some of them at every moment, and a
 * transaction for each costs it more than what is written.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { SessionEvent } from '#model';
import type { SessionRecord } from '#sessions';
import { int8Array, jsonArray, textArray, uuidArray } from '../connections/binary-arrays.js';
import { isConnectionLoss } from '../connections/connections.js';
import { stateFault, writeUnknown } from '../connections/state-fault.js';
import { Together } from '../connections/together.js';

export interface SessionSave { readonly next: SessionRecord; readonly events: readonly Omit<SessionEvent, 'number'>[] }

/** How long a lost database is waited for until a save is given up as unknown, and between two tries. */
const patience = 15_000;
const pause = 100;
const limits = { atOnce: 2, most: 50 };
/** Of sessions that are never due again: the binary form of arrays is kept without nulls. */
const never = -1;

/**
 * Each where the stored revision is the one before; of two saves of one session one is made. Rows are locked in the order of their
 * identifiers, or statements of two replicas could wait for each other. Events are numbered by the row that the update holds, so there are no
 * gaps and no two of a number.
 */
const save = `
  with n as materialized (
    select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::json[], $7::json[]) with ordinality
      as n (id, revision, owner, phase, due, document, events, place)),
  held as materialized (
    select id from session where id = any ($1) order by id for update),
  s as (
    update session set revision = n.revision, owner = n.owner, phase = n.phase, due = nullif(n.due, ${never}), document = n.document, lease_by = null, lease_until = null,
      last_event = last_event + json_array_length(n.events)
      from n, held where session.id = n.id and held.id = n.id and session.revision = n.revision - 1
      returning session.id, n.place, n.events, last_event - json_array_length(n.events) as before),
  e as (
    insert into session_event (session, number, event)
      select s.id, s.before + x.n, x.event from s, json_array_elements(s.events) with ordinality x(event, n))
  select place::int from s`;

export class SessionSaves {
  private readonly together = new Together((saves: readonly Written[]) => this.saveAll(saves), limits);

  constructor(private readonly pool: pg.Pool) {}

  /** False: somebody else was first. */
  save({ next, events }: SessionSave): Promise<boolean> {
    const { session, plan, handle, work } = next;
    return this.together.with({ next, document: Buffer.from(JSON.stringify({ session, plan, handle, work })), events: Buffer.from(JSON.stringify(events)) });
  }

  /** What fails for all of them, as one that the database refuses does, is done for each alone. */
  private async saveAll(saves: readonly Written[]): Promise<readonly (boolean | Promise<boolean>)[]> {
    try {
      const made = await this.saveOnce(saves);
      return saves.map((_save, index) => made.has(index + 1));
    } catch (cause) {
      if (isConnectionLoss(cause)) return saves.map((one) => this.saveAfterLoss(one, cause));
      if (saves.length === 1) throw stateFault(cause);
      return saves.map(async (one) => (await this.saveOnce([one]).catch((alone: unknown) => { throw stateFault(alone); })).has(1));
    }
  }

  /** The places of those that were made, counted from one. */
  private async saveOnce(saves: readonly Written[]): Promise<ReadonlySet<number>> {
    const records = saves.map(({ next }) => next);
    const values = [
      uuidArray(records.map(({ session }) => session.id)), int8Array(records.map(({ revision }) => revision)), textArray(records.map(({ session }) => session.owner)),
      textArray(records.map(({ session }) => session.phase)), int8Array(records.map(({ due = never }) => due)), jsonArray(saves.map(({ document }) => document)), jsonArray(saves.map(({ events }) => events)),
    ];
    const { rows } = await this.pool.query<{ place: number }>({ name: 'session_save', text: save, values });
    return new Set(rows.map(({ place }) => place));
  }

  /** Repeats a save whose answer was lost, and tells whether the first or this one was made: a document is kept to the letter. */
  private async saveAfterLoss(one: Written, loss: unknown): Promise<boolean> {
    const { session, revision } = one.next;
    const isThere = 'select 1 from session where id = $1 and revision = $2 and document::text = $3';
    for (const deadline = performance.now() + patience; ;) {
      try {
        if ((await this.saveOnce([one])).has(1)) return true;
        const { rowCount } = await this.pool.query({ name: 'session_saved', text: isThere, values: [session.id, revision, one.document.toString()] });
        return rowCount === 1;
      } catch (cause) {
        if (!isConnectionLoss(cause)) throw stateFault(cause);
        if (performance.now() > deadline) throw writeUnknown(loss);
        await wait(pause);
      }
    }
  }
}

interface Written { readonly next: SessionRecord; readonly document: Buffer; readonly events: Buffer }
