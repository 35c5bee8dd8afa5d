/** Changes that clients ask for, saved against reconcilers that save at the same time. */
import { BrokerError, isFinal, reason } from '#model';
import type { Instant, SessionId } from '#model';
import type { RecordChange } from './record-change.js';
import type { SessionRecord, SessionStore, SessionWork } from './session-store.js';

/** Times that a change is tried. */
const tries = 50;

/**
 * `fill` makes the change of the record as it is; after somebody else's save it is called again with the new record, and what
 * it throws ends the attempt. Throws 'not-found' for a session that is not there.
 */
export async function changeSession(store: SessionStore, id: SessionId, fill: (record: SessionRecord) => RecordChange): Promise<SessionRecord> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const record = await store.find(id);
    if (!record) throw new BrokerError('not-found', 'caller', [reason('not-found', 'there is no session {id}', { id })]);
    const change = fill(record);
    const next = change.record();
    if (await store.save(next, change.events)) return next;
  }
  throw new BrokerError('busy', 'time', [reason('busy', 'session {id} changes too fast; try again', { id })]);
}

const lively: ReadonlySet<SessionWork['stage']> = new Set(['booked', 'preparing', 'prepared', 'starting', 'running']);

/** True while length and size may still be changed: the payload is still to run, or runs, and nobody has it stopped. */
export function isChangeable({ session, work }: SessionRecord): boolean {
  return !isFinal(session.phase) && session.phase !== 'RELEASING' && lively.has(work.stage) && work.stop === undefined;
}

/**
 * When reconcilers shall look at a changed session. What is being prepared stays with whoever prepares it: he is told, and goes on
 * with the changed record.
 */
export function dueAfterChange(record: SessionRecord, now: Instant): Instant | undefined {
  return record.work.stage === 'preparing' ? record.due : now;
}
