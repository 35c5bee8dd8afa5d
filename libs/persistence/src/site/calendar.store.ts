import type pg from 'pg';
import { BrokerError, reason } from '#model';
import type { CalendarEntry, CalendarEntryId, CalendarStore } from '#model';
import { codeOf } from '../faults.js';

const uniqueViolation = '23505';

/** Entries of the site's calendar: few, whole documents, read every few seconds. */
export class PostgresCalendarStore implements CalendarStore {
  constructor(private readonly pool: pg.Pool) {}

  async list(): Promise<readonly CalendarEntry[]> {
    const { rows } = await this.pool.query<{ document: CalendarEntry }>('select document from calendar_entry order by created, id');
    return rows.map((row) => row.document);
  }

  async put(entry: CalendarEntry): Promise<void> {
    const statement = 'insert into calendar_entry (id, name, created, document) values ($1, $2, $3, $4) on conflict (id) do update set name = excluded.name, document = excluded.document';
    try {
      await this.pool.query(statement, [entry.id, entry.name ?? null, entry.created, JSON.stringify(entry)]);
    } catch (cause) {
      if (codeOf(cause) !== uniqueViolation) throw cause;
      throw new BrokerError('conflict', 'caller', [reason('name-taken', '{path}: there is an entry {name} already', { name: entry.name ?? '' }, { path: 'name' })], { cause });
    }
  }

  async remove(id: CalendarEntryId): Promise<boolean> {
    return (await this.pool.query('delete from calendar_entry where id = $1', [id])).rowCount === 1;
  }
}
