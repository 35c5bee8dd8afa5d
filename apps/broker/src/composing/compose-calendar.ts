/** The calendar with what it needs of the node: who is concerned by a cut, and how they are told. */
import { randomUUID } from 'node:crypto';
import { BrokerError, isFinal } from '#model';
import type { CalendarStore, Clock, Log, Milliseconds, Reason, SessionId } from '#model';
import type { Ledger } from '#booking';
import { Calendar } from '#calendar';
import type { NewEntry } from '#calendar';
import { RecordChange, changeSession } from '#sessions';
import type { SessionFeed, SessionRecord, SessionStore, SessionTasks } from '#sessions';

export interface CalendarGround {
  readonly ledger: Ledger;
  readonly store: CalendarStore;
  readonly sessions: SessionStore;
  readonly tasks: SessionTasks;
  readonly feed: SessionFeed;
  readonly clock: Clock;
  readonly log: Log;
  readonly horizon: Milliseconds;
}

export function openCalendar(ground: CalendarGround): Promise<Calendar> {
  const { ledger, store, sessions, clock, log, horizon } = ground;
  return Calendar.open({
    ledger, store, clock, log, horizon, newUuid: randomUUID,
    sessionFacts: async (id) => {
      const record = await sessions.find(id);
      return record && { owner: record.session.owner, run: record.plan.run };
    },
    tellSession: tellingWith(ground),
  });
}

export type TellingGround = Pick<CalendarGround, 'sessions' | 'tasks' | 'feed' | 'clock'>;

export function tellingWith(ground: TellingGround): (id: SessionId, reasons: readonly Reason[]) => Promise<void> {
  return (id, reasons) => tell(ground, id, reasons);
}

/** Says what was not said yet; a session that is over, or another entry of the calendar, is told nothing. */
async function tell({ sessions, clock, feed, tasks }: TellingGround, id: SessionId, reasons: readonly Reason[]): Promise<void> {
  const record = await sessions.find(id);
  if (!record || isFinal(record.session.phase) || reasons.every((one) => isSaid(record, one))) return;
  const told = await changeSession(sessions, id, (now) => new RecordChange(now, clock.now()).say(reasons.filter((one) => !isSaid(now, one))).again(now.work.stage === 'preparing' ? now.due : clock.now()));
  feed.saved(id);
  tasks.nudge(told);
}

/** Each entry warns of itself once, although its words may change while it lasts. */
function isSaid({ session }: SessionRecord, wanted: Reason): boolean {
  return session.messages.some((one) => one.kind === wanted.kind && one.values['entry'] === wanted.values['entry']);
}

/** Makes the entries of the configuration that are not there yet, known by their names. Returns what could not be made. */
export async function enterConfigured(calendar: Calendar, wanted: readonly (NewEntry & { readonly name: string })[], log: Log): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const entry of wanted) {
    if (calendar.entries.some((one) => one.name === entry.name)) continue;
    try {
      await calendar.add(entry, false);
      log.info('entered in the calendar', { entry: entry.name });
    } catch (error) {
      if (!(error instanceof BrokerError) || error.fixer === 'time') throw error;
      if (!isSettled(error)) faults.push(`calendar entry ${entry.name}: ${error.message}`);
    }
  }
  return faults;
}

/** An entry may stay in the configuration when its time is over, and another replica may have made it in this moment. */
function isSettled({ reasons }: BrokerError): boolean {
  return reasons.every((one) => one.kind.endsWith(':over') || one.kind.endsWith(':name-taken'));
}
