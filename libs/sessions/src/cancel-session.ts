import { BrokerError, clientChoices, mayMove, reason } from '#model';
import type { Clock, Session, SessionId } from '#model';
import { RecordChange } from './record-change.js';
import type { SessionRecord, SessionStore } from './session-store.js';

/** Times that a cancellation is tried against reconcilers that save at the same time. */
const tries = 50;

/** Says CANCELLED at once; reconcilers stop and release behind it. Throws 'not-found', or 'conflict' with the session as it is. */
export async function cancelSession(store: SessionStore, id: SessionId, clock: Clock): Promise<SessionRecord> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const record = await store.find(id);
    if (!record) throw new BrokerError('not-found', 'caller', [reason('not-found', 'there is no session {id}', { id })]);
    const { session } = record;
    if (!mayMove(session.phase, 'CANCELLED', 'client')) throw refusal(session);
    const change = new RecordChange(record, clock.now()).to('CANCELLED', 'client').connectors([]).again(clock.now());
    const next = change.record();
    if (await store.save(next, change.events)) return next;
  }
  throw new BrokerError('busy', 'time', [reason('busy', 'session {id} changes too fast; try again', { id })]);
}

function refusal(session: Session): BrokerError {
  const choices = clientChoices(session.phase);
  const fix = choices.length > 0 ? `it can become ${choices.join(' or ')}` : 'nothing can be changed any more';
  const why = reason('phase', 'a session in phase {phase} cannot be cancelled; {fix}', { phase: session.phase, fix }, { path: 'phase' });
  return new BrokerError('conflict', 'caller', [why], { session });
}
