import type { Instant, OfferSetId, SessionEvent, SessionId } from '#model';
import type { SessionQueryByOwner, SessionRecord, SessionStore } from '../session-store.js';

interface Row { record: SessionRecord; leasedUntil: Instant | undefined; readonly number: number }

/** Sessions in memory, for tests. Records pass through JSON, as they do in a database. */
export class MemorySessionStore implements SessionStore {
  private readonly rows = new Map<SessionId, Row>();
  private readonly told = new Map<SessionId, SessionEvent[]>();
  private readonly logs = new Map<SessionId, string>();

  insert(record: SessionRecord): Promise<void> {
    this.rows.set(record.session.id, { record: copy(record), leasedUntil: undefined, number: this.rows.size });
    return Promise.resolve();
  }

  find(id: SessionId): Promise<SessionRecord | undefined> {
    const row = this.rows.get(id);
    return Promise.resolve(row && copy(row.record));
  }

  ofOfferSet(set: OfferSetId): Promise<SessionRecord | undefined> {
    const row = [...this.rows.values()].find((one) => one.record.session.offerSet === set);
    return Promise.resolve(row && copy(row.record));
  }

  list(query: SessionQueryByOwner): Promise<readonly SessionRecord[]> {
    const newest = [...this.rows.values()].sort((a, b) => b.record.session.created - a.record.session.created || b.number - a.number);
    const from = query.before === undefined ? 0 : newest.findIndex((row) => row.record.session.id === query.before) + 1;
    const wanted = newest.slice(from).filter(({ record: { session } }) =>
      (query.owner === undefined || session.owner === query.owner) && (query.phases === undefined || query.phases.includes(session.phase)));
    return Promise.resolve(wanted.slice(0, query.limit).map((row) => copy(row.record)));
  }

  claimDue(now: Instant, _claimant: string, until: Instant, limit: number): Promise<readonly SessionRecord[]> {
    const due = [...this.rows.values()].filter((row) => dueAt(row) <= now).sort((a, b) => (a.record.due ?? 0) - (b.record.due ?? 0)).slice(0, limit);
    for (const row of due) row.leasedUntil = until;
    return Promise.resolve(due.map((row) => copy(row.record)));
  }

  nextDue(): Promise<Instant | undefined> {
    let next = Number.POSITIVE_INFINITY;
    for (const row of this.rows.values()) next = Math.min(next, dueAt(row));
    return Promise.resolve(Number.isFinite(next) ? next : undefined);
  }

  save(next: SessionRecord, events: readonly Omit<SessionEvent, 'number'>[]): Promise<boolean> {
    const row = this.rows.get(next.session.id);
    if (!row || row.record.revision !== next.revision - 1) return Promise.resolve(false);
    row.record = copy(next);
    row.leasedUntil = undefined;
    const told = this.told.get(next.session.id) ?? [];
    this.told.set(next.session.id, told);
    for (const event of events) told.push(copy({ ...event, number: told.length + 1 }));
    return Promise.resolve(true);
  }

  events(id: SessionId, after: number, limit: number): Promise<readonly SessionEvent[]> {
    return Promise.resolve((this.told.get(id) ?? []).slice(after, after + limit));
  }

  keepLog(id: SessionId, text: string): Promise<void> {
    if (text.length >= (this.logs.get(id)?.length ?? 0)) this.logs.set(id, text);
    return Promise.resolve();
  }

  keptLog(id: SessionId): Promise<string | undefined> {
    return Promise.resolve(this.logs.get(id));
  }
}

function dueAt(row: Row): Instant {
  return row.record.due === undefined ? Number.POSITIVE_INFINITY : Math.max(row.record.due, row.leasedUntil ?? row.record.due);
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
