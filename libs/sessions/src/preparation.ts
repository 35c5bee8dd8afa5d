/**
 * One prepare, as long as it takes and there is time for it: it keeps the session for this replica, tells progress and that it is late,
 * and is aborted when told to, or when too little would be left of the run.
 */
import { BrokerError } from '#model';
import type { Instant, Progress } from '#model';
import { prepared, prepareFailed } from './carry-out.js';
import type { Carrier } from './carrier.js';
import { isChangeable } from './change-session.js';
import { clearLate, isLate } from './clear-late.js';
import { latestStart } from './next-step.js';
import { Pace } from './pace.js';
import { failureReason, isSaidReadyLate, readyLate } from './reasons.js';
import { RecordChange } from './record-change.js';
import type { SessionRecord } from './session-store.js';

/** Milliseconds between two progress events of one session. */
const progressEvery = 1_000;

export class Preparation {
  private readonly abort = new AbortController();
  private saving: Promise<void> = Promise.resolve();
  private progressAt = Number.NEGATIVE_INFINITY;
  private over = false;
  private lost = false;
  private preparing = false;
  private tooLate: BrokerError | undefined;
  private readonly pace = new Pace();

  constructor(private readonly carrier: Carrier, private current: SessionRecord) {}

  /** While the platform prepares, which only it or the clock can end; what comes before and after is a step like any other. */
  get isPlatforms(): boolean {
    return this.preparing;
  }

  /** Ends the prepare; the record stays as it is, so that somebody can go on. */
  cut(): void {
    this.lost = true;
    this.abort.abort(new Error('the session was taken away from this prepare'));
  }

  /** Ends the prepare if somebody else has taken the session over or cancelled it; goes on with what a client has only changed. */
  async recheck(): Promise<void> {
    await this.saving;
    const stored = await this.carrier.store.find(this.current.session.id);
    if (this.over || stored?.revision === this.current.revision) return;
    // Whoever takes a session over gives it a new due; a client's change leaves it as it is (dueAfterChange).
    if (stored && isChangeable(stored) && stored.work.stage === 'preparing' && stored.due === this.current.due) this.current = stored;
    else this.cut();
  }

  /** The record after the prepare, failed or not; undefined when it was taken away. */
  async run(): Promise<SessionRecord | undefined> {
    const { carrier } = this;
    if (isLate(carrier, this.current)) return undefined;
    const done = new AbortController();
    const keeping = this.keep(done.signal);
    let change: () => RecordChange;
    try {
      const work = { signal: this.abort.signal, progress: (now: Progress) => { this.progress(now); } };
      this.preparing = true;
      const platform = carrier.platform(this.current.plan.platform);
      const handle = await platform.prepare(this.current.plan, work, this.current.handle);
      const { approachTime } = await platform.capabilities();
      change = () => prepared(carrier, this.current, { handle, approachTime });
    } catch (error) {
      change = () => prepareFailed(carrier, this.current, this.tooLate ?? error);
    } finally {
      this.preparing = false;
    }
    done.abort(new Error('prepared'));
    await keeping;
    await this.saving;
    this.over = true;
    const saved = this.lost ? undefined : await carrier.save(change());
    if (!saved) await clearLate(carrier, this.current);
    return saved;
  }

  private progress(now: Progress): void {
    const at = this.carrier.clock.now();
    this.pace.note(now, at);
    if (this.over || at - this.progressAt < progressEvery) return;
    this.progressAt = at;
    this.save((change) => change.progress(now));
  }

  private async keep(done: AbortSignal): Promise<void> {
    const { clock, timing } = this.carrier;
    while (!done.aborted) {
      const now = clock.now();
      await clock.sleep(Math.min(now + timing.lease / 2, this.nextTurn(now)) - now, done).catch((error: unknown) => { if (!done.aborted) throw error; });
      if (done.aborted) return;
      this.save((change) => (this.isToBeToldLate() ? change.say([readyLate(this.current, this.pace.expected)]) : change));
      this.endIfTooLate();
    }
  }

  /** The next instant at which being unprepared means something else than before. */
  private nextTurn(now: Instant): Instant {
    const turns = [this.current.plan.run.start, latestStart(this.current) + 1].filter((at) => at > now);
    return Math.min(...turns, Number.POSITIVE_INFINITY);
  }

  private isToBeToldLate(): boolean {
    const { session, plan } = this.current;
    return this.carrier.clock.now() >= plan.run.start && !isSaidReadyLate(session);
  }

  private endIfTooLate(): void {
    const now = this.carrier.clock.now();
    if (this.tooLate || now <= latestStart(this.current)) return;
    this.tooLate = new BrokerError('conflict', 'us', [failureReason('too-late', this.current, now)]);
    this.abort.abort(this.tooLate);
  }

  private save(fill: (change: RecordChange) => RecordChange): void {
    this.saving = this.saving.then(async () => {
      if (this.lost) return;
      const { clock, timing } = this.carrier;
      const saved = await this.carrier.save(fill(new RecordChange(this.current, clock.now()).again(clock.now() + timing.lease)));
      if (saved) this.current = saved;
      else this.cut();
    }).catch((error: unknown) => {
      // A renewal that failed is tried again at the next one; until then nobody else is due.
      this.carrier.log.warn('a session that is being prepared could not be kept', { session: this.current.session.id, error: String(error) });
    });
  }
}
