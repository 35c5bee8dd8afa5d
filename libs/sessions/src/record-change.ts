/** One change of a record: the next revision and the events that tell of it, to be saved together. */
import { mayMove } from '#model';
import type { Connector, Instant, Message, Plan, Progress, Range, Reason, Resources, Schedule, Session, SessionEvent, SessionPhase } from '#model';
import type { Claim } from '#booking';
import type { Handle } from '#plugin-sdk';
import { inPhase } from './in-phase.js';
import type { SessionRecord, SessionWork } from './session-store.js';

export type NewEvent = Omit<SessionEvent, 'number'>;

/** Revision of a record that no reconciler has touched. */
const firstRevision = 1;

/** First record of a session, written by the commit that accepts its offer; due at once. `session` is the offer, `claims` what it held. */
export function newRecord(session: Session, plan: Plan, now: Instant, claims?: readonly Claim[]): SessionRecord {
  return {
    session: inPhase(session, 'ACCEPTED', now), plan, revision: firstRevision, due: now,
    work: { stage: 'booked', failures: 0, untold: [{ phase: 'ACCEPTED', at: now }], ...(claims ? { claims } : {}) },
  };
}

/** One phase change of a session, as a word. */
export function factKey(fact: { readonly phase: SessionPhase; readonly at: Instant }): string {
  return `${fact.phase}@${fact.at}`;
}

export class RecordChange {
  readonly events: NewEvent[] = [];
  private session: Session;
  private progressed: SessionWork;
  private handle: Handle | undefined;
  private due: Instant | undefined;
  private plan: Plan;

  constructor(private readonly from: SessionRecord, private readonly now: Instant) {
    this.session = from.session;
    this.progressed = from.work;
    this.handle = from.handle;
    this.due = from.due;
    this.plan = from.plan;
    // The commit that accepted the offer wrote no event: the first save tells of it.
    if (from.revision === firstRevision) this.tell({ kind: 'phase' }, from.session.modified);
  }

  get phase(): SessionPhase {
    return this.session.phase;
  }

  /** Takes the session to a phase; what the table does not allow is a defect and throws. */
  to(phase: SessionPhase, by: 'client' | 'broker' = 'broker'): this {
    if (phase === this.session.phase) return this;
    if (!mayMove(this.session.phase, phase, by)) throw new RangeError(`no way from ${this.session.phase} to ${phase} by the ${by}`);
    this.session = inPhase(this.session, phase, this.now, phase !== 'CANCELLED' || this.progressed.stage === 'settled');
    if (phase !== 'PREPARING') this.clearProgress();
    this.progressed = { ...this.progressed, untold: [...(this.progressed.untold ?? []), { phase, at: this.now }] };
    this.tell({ kind: 'phase' });
    return this;
  }

  /** Components of a session in a final phase: RELEASING until its native side is settled, then as the phase says. */
  components(settled: boolean): this {
    this.session = inPhase(this.session, this.session.phase, this.now, settled);
    return this;
  }

  work(more: Partial<SessionWork>): this {
    this.progressed = { ...this.progressed, ...more };
    return this;
  }

  forget(name: 'unknownSince' | 'untold' | 'approachAt'): this {
    this.progressed = Object.fromEntries(Object.entries(this.progressed).filter(([key]) => key !== name)) as unknown as SessionWork;
    return this;
  }

  say(reasons: readonly Reason[]): this {
    for (const reason of reasons) {
      const message: Message = { ...reason, time: this.now };
      this.session = { ...this.session, modified: this.now, messages: [...this.session.messages, message] };
      this.tell({ kind: 'message', message });
    }
    return this;
  }

  progress(progress: Progress): this {
    this.session = { ...this.session, progress, modified: this.now };
    this.tell({ kind: 'progress', progress });
    return this;
  }

  /** Says nothing when they are as before. */
  connectors(connectors: readonly Connector[]): this {
    if (JSON.stringify(connectors) === JSON.stringify(this.session.connectors)) return this;
    this.session = { ...this.session, connectors, modified: this.now };
    this.tell({ kind: 'connectors', connectors });
    return this;
  }

  ended(how: Pick<Session, 'outcome' | 'exitCode'>): this {
    this.session = { ...this.session, ...how };
    return this;
  }

  /** Leaves out the phases that listeners have been told of; the rest stay to be told. */
  without(told: ReadonlySet<string>): this {
    const left = (this.progressed.untold ?? []).filter((fact) => !told.has(factKey(fact)));
    return left.length === 0 ? this.forget('untold') : this.work({ untold: left });
  }

  with(handle: Handle): this {
    this.handle = handle;
    return this;
  }

  /** The run ends at another instant: the plan, and the schedules of the session and its components. */
  endAt(end: Instant): this {
    const { start } = this.plan.run;
    const delayed = <Part extends { readonly schedule: Schedule }>(part: Part): Part => ({
      ...part, schedule: { ...part.schedule, available: { ...part.schedule.available, duration: end - start }, releasing: { ...part.schedule.releasing, start: end } },
    });
    const { session } = this;
    this.plan = { ...this.plan, run: { start, end } };
    this.session = {
      ...delayed(session), modified: this.now, executable: delayed(session.executable), compute: delayed(session.compute),
      storage: session.storage.map(delayed), data: session.data.map(delayed),
    };
    this.tell({ kind: 'schedule' });
    return this;
  }

  /** Another size from now on; what it may still grow to stays. */
  resize(granted: Resources): this {
    this.plan = { ...this.plan, granted };
    const { spec } = this.session.compute;
    const range = (name: string, shown: Range | undefined): Range => ({ min: granted[name] ?? 0, max: Math.max(granted[name] ?? 0, shown?.max ?? 0) });
    this.session = { ...this.session, modified: this.now, compute: { ...this.session.compute, spec: { ...spec, cores: range('cores', spec.cores), memory: range('memory', spec.memory) } } };
    return this;
  }

  /** What the session costs and how fast it is, as it is now. */
  quote(quotes: Pick<Session, 'costs' | 'metrics'>): this {
    const { compute } = this.session;
    this.session = { ...this.session, ...quotes, compute: { ...compute, spec: { ...compute.spec, ...quotes } } };
    return this;
  }

  again(at: Instant | undefined): this {
    this.due = at;
    return this;
  }

  record(): SessionRecord {
    const { session, plan } = this;
    const { revision } = this.from;
    return {
      session, plan, revision: revision + 1, work: this.progressed,
      ...(this.handle === undefined ? {} : { handle: this.handle }), ...(this.due === undefined ? {} : { due: this.due }),
    };
  }

  private clearProgress(): void {
    if (this.session.progress === undefined) return;
    this.session = Object.fromEntries(Object.entries(this.session).filter(([key]) => key !== 'progress')) as unknown as Session;
  }

  private tell(what: Pick<NewEvent, 'kind' | 'progress' | 'message' | 'connectors'>, at: Instant = this.now): void {
    this.events.push({ session: this.session.id, at, phase: this.session.phase, ...what });
  }
}
