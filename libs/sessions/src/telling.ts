/** Tells listeners of phase changes, each at least once: what was not told stays in the record until it was. */
import type { Instant, Log, SessionId } from '#model';
import type { SessionListener } from './ports.js';
import type { RecordChange } from './record-change.js';
import { factKey } from './record-change.js';
import type { SessionRecord } from './session-store.js';

export class Telling {
  private readonly told = new Map<SessionId, Set<string>>();

  constructor(private readonly listeners: readonly SessionListener[], private readonly log: Log) {}

  /** The record to save: without what was told. One that would never be looked at again is, at `retry`, while something is left to tell. */
  sift(change: RecordChange, retry: Instant): SessionRecord {
    const { session, work } = change.record();
    const everything = new Set((work.untold ?? []).map(factKey));
    const next = change.without(this.listeners.length === 0 ? everything : this.told.get(session.id) ?? new Set()).record();
    if (next.work.untold === undefined) this.told.delete(session.id);
    return next.work.stage === 'settled' && next.work.untold !== undefined && next.due === undefined ? change.again(retry).record() : next;
  }

  /** True when all listeners know all; a listener that fails is told again at the next look. */
  async tell(record: SessionRecord): Promise<boolean> {
    const { id, owner } = record.session;
    const done = this.told.get(id) ?? new Set<string>();
    for (const fact of record.work.untold ?? []) {
      if (done.has(factKey(fact))) continue;
      try {
        for (const listener of this.listeners) await listener.record({ session: id, owner, phase: fact.phase, at: fact.at, granted: record.plan.granted, start: record.plan.run.start });
      } catch (error) {
        this.log.error('a listener could not be told of a phase', { session: id, phase: fact.phase, error: String(error) });
        return false;
      }
      done.add(factKey(fact));
      this.told.set(id, done);
    }
    return true;
  }
}
