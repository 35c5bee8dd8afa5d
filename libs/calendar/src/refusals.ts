/** Why the calendar can't be changed so: a reason for every promise in the way. */
import { BrokerError, formatInterval, reason } from '#model';
import type { CalendarEntry, Reason, SessionId } from '#model';
import type { CalendarParts } from './calendar-settings.js';
import type { Promises } from './concerned.js';

/** The reasons in order: sessions with their owners and times, offer sets, other entries of the calendar. */
export async function inTheWay(parts: Pick<CalendarParts, 'sessionFacts'>, entries: readonly CalendarEntry[], promises: Promises): Promise<readonly Reason[]> {
  const sessions = await Promise.all(promises.sessions.map(async (id) => ({ id, facts: await parts.sessionFacts(id) })));
  return [
    ...sessions.map(({ id, facts }) => {
      if (facts) return reason('session-concerned', 'session {session} of {owner} runs {run}', { session: id, owner: facts.owner, run: formatInterval(facts.run) });
      const entry = entries.find((one) => asSession(one) === id);
      return reason('entry-concerned', 'the {kind} {entry} of the calendar takes it', { entry: entry?.name ?? id, kind: entry?.kind ?? 'entry' });
    }),
    ...promises.sets.map((set) => reason('offer-concerned', 'offer set {set} holds it until it expires', { set })),
  ];
}

export function refusedCut(reasons: readonly Reason[], fix: string): BrokerError {
  const head = reason('promised', 'promises are in the way: {count}; {fix}', { count: reasons.length, fix });
  return new BrokerError('conflict', 'caller', [head, ...reasons]);
}

/** Entries book under their own identifier, as sessions do. */
export function asSession(entry: Pick<CalendarEntry, 'id'>): SessionId {
  return entry.id as string as SessionId;
}

/** What a session is told when capacity that it was promised is taken away by force. */
export function atRisk(entry: CalendarEntry): Reason {
  const text = 'the site needs capacity that is promised to this session: {note}; it may fail or be stopped by the site';
  return reason('at-risk', text, { entry: entry.id, note: entry.note ?? `${entry.kind} of ${entry.pool}` });
}
