/**
 * The reconcilers: woken by a nudge, by a platform's hint, and by the clock when the next session is due, they take what is
 * due, look at everything that runs with one call for each platform, and do the next step of each session.
 */
import type { Clock, Instant, Log, PlatformName, Session, SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { Observation, Platform } from '#plugin-sdk';
import { cancelSession } from './cancel-session.js';
import { changeSession } from './change-session.js';
import { carryOut } from './carry-out.js';
import type { Carrier } from './carrier.js';
import { HeldSessions } from './held-sessions.js';
import type { Held } from './held-sessions.js';
import { StepLanes } from './lanes.js';
import { groupByPlatform, listenToHints, observeAll } from './looking.js';
import { isWatched, nextLookAt, nextStep, restWithin } from './next-step.js';
import { defaultTiming } from './ports.js';
import type { Bookings, SessionListener, Timing } from './ports.js';
import { Preparation } from './preparation.js';
import { RecordChange } from './record-change.js';
import type { SessionRecord, SessionStore } from './session-store.js';
import { Telling } from './telling.js';
import { Waker } from './waker.js';

export interface SessionTasksParts {
  readonly store: SessionStore;
  /** Guarded platforms by the name of their instance. */
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly bookings: Bookings;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of this replica, different for each start of a process. */
  readonly claimant: string;
  readonly listeners?: readonly SessionListener[];
  /** Called after each save, for example to wake those who follow events. */
  readonly saved?: (session: SessionId) => void;
  readonly timing?: Partial<Timing>;
}

/** Sessions taken from the store at a time. */
const batch = 200;

export class SessionTasks {
  private readonly held = new HeldSessions();
  private readonly busy = new Map<SessionId, Promise<void>>();
  private readonly preparations = new Map<SessionId, Preparation>();
  private readonly observing = new Map<PlatformName, Promise<void>>();
  private readonly waker = new Waker();
  private readonly telling: Telling;
  private readonly timing: Timing;
  private readonly lanes: StepLanes;
  private readonly carrier: Carrier;
  private claimAt: Instant = Number.NEGATIVE_INFINITY;
  private ending = new AbortController();
  private looping: readonly Promise<void>[] = [];
  private waitingForQuiet: (() => void)[] = [];

  constructor(private readonly parts: SessionTasksParts) {
    this.timing = { ...defaultTiming, ...parts.timing };
    this.lanes = new StepLanes(this.timing);
    this.telling = new Telling(parts.listeners ?? [], parts.log);
    const { store, bookings, clock, log } = parts;
    this.carrier = {
      store, bookings, clock, log, timing: this.timing, platform: (name) => this.platform(name),
      save: (change) => this.save(change), prepare: (record) => this.prepare(record),
    };
  }

  start(): void {
    if (this.looping.length > 0) return;
    this.ending = new AbortController();
    const hint = (id: SessionId): void => { if (this.held.hint(id, this.parts.clock.now())) this.waker.wake(); };
    const listening = [...this.parts.platforms.values()].map((platform) => listenToHints(this.carrier, platform, this.ending.signal, hint));
    this.looping = [this.loop(this.ending.signal), ...listening];
  }

  /** Ends after the steps in hand; long prepares are cut, and begun again by whoever starts next. */
  async stop(): Promise<void> {
    this.ending.abort(new Error('the node stops'));
    for (const preparation of this.preparations.values()) preparation.cut();
    this.waker.wake();
    await Promise.all(this.looping);
    await Promise.all([...this.observing.values(), ...this.busy.values()]);
    await Promise.all(this.busy.values());
    for (const resolve of this.waitingForQuiet.splice(0)) resolve();
    this.looping = [];
    this.held.clear();
  }

  /** Something has changed in the store; `saved` when it is known what. */
  nudge(saved?: SessionRecord): void {
    const session = saved?.session.id;
    const preparation = session && this.preparations.get(session);
    if (saved && session && !this.busy.has(session)) this.held.dropBefore(session, saved.revision);
    preparation?.recheck().catch((error: unknown) => { this.parts.log.warn('a prepare could not be checked', { session, error: String(error) }); });
    this.claimAt = Number.NEGATIVE_INFINITY;
    this.waker.wake();
  }

  /** Cancels for the client; throws 'not-found', or 'conflict' with the session as it is. */
  async cancel(session: SessionId): Promise<Session> {
    const cancelled = await cancelSession(this.parts.store, session, this.parts.clock);
    this.parts.saved?.(session);
    this.nudge(cancelled);
    return cancelled.session;
  }

  /** Saves a client's change (see changeSession) and has it carried out; `fill` says what it is, or throws why it can't be. */
  async change(session: SessionId, fill: (record: SessionRecord) => RecordChange): Promise<SessionRecord> {
    const changed = await changeSession(this.parts.store, session, fill);
    this.parts.saved?.(session);
    this.nudge(changed);
    return changed;
  }

  /** Resolves when nothing is due now and no step is in hand. Long prepares don't count: only the clock can end them. */
  settled(): Promise<void> {
    const quiet = new Promise<void>((resolve) => { this.waitingForQuiet.push(resolve); });
    this.nudge();
    return quiet;
  }

  /** When this replica will look again by itself, as far as it knows; for tests that move a clock by hand. */
  async nextLook(): Promise<Instant | undefined> {
    const looks = [await this.parts.store.nextDue(), this.held.nextLook(this.busy)].filter((at) => at !== undefined);
    return looks.length === 0 ? undefined : Math.min(...looks);
  }

  private async loop(ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      const next = await this.round().catch((error: unknown) => {
        this.parts.log.error('sessions could not be looked after; trying again', { error: String(error) });
        return this.parts.clock.now() + this.timing.longestPause / 10;
      });
      this.tellQuiet(next);
      await this.waker.sleepUntil(this.parts.clock, next);
    }
  }

  private async round(): Promise<Instant> {
    const now = this.parts.clock.now();
    // Further ahead than it is ever set: the clock was set back.
    if (now >= this.claimAt || this.claimAt > now + this.timing.idle) await this.claim(now);
    this.held.dropLapsed(now, this.busy);
    const ready = this.held.ready(now, this.busy);
    const watched = ready.filter((held) => isWatched(held.record));
    for (const held of ready) if (!isWatched(held.record)) this.work(held, { seen: 'unknown' });
    for (const [platform, group] of groupByPlatform(watched)) this.look(platform, group);
    return Math.min(this.claimAt, this.held.nextLook(this.busy, this.observing) ?? Number.POSITIVE_INFINITY);
  }

  private async claim(now: Instant): Promise<void> {
    const { store, claimant } = this.parts;
    this.claimAt = now + this.timing.idle;
    const until = now + this.timing.lease;
    for (let claimed = batch; claimed === batch && !this.ending.signal.aborted;) {
      const records = await store.claimDue(now, claimant, until, batch);
      for (const record of records) this.held.take({ record, until, at: now }, this.busy);
      claimed = records.length;
    }
    this.claimAt = Math.min(this.claimAt, await store.nextDue() ?? this.claimAt);
  }

  /** One call for all that run on a platform; a slow platform holds up only its own sessions. */
  private look(name: PlatformName, group: readonly Held[]): void {
    if (this.observing.has(name)) return;
    const looking = observeAll(this.carrier, name, group).then((seen) => {
      const now = this.parts.clock.now();
      for (const held of group) {
        if (this.held.has(held) && !this.busy.has(held.record.session.id)) this.afterLook(held, seen.get(held.record.session.id) ?? { seen: 'unknown' }, now);
      }
    }).finally(() => {
      this.observing.delete(name);
      this.waker.wake();
    });
    this.observing.set(name, looking);
  }

  private afterLook(held: Held, seen: Observation, now: Instant): void {
    // Most looks find nothing new: the session then waits in memory, without a write.
    held.at = nextLookAt(held.record, now, this.timing);
    this.work(held, seen);
  }

  private work(held: Held, seen: Observation): void {
    const { id } = held.record.session;
    const working = this.advance(held, seen).catch((error: unknown) => {
      this.held.rest(held, this.parts.clock.now() + this.timing.firstPause);
      this.parts.log.error('a step failed and is tried again', { session: id, error: String(error) });
    }).finally(() => {
      this.busy.delete(id);
      this.held.free(id);
      this.waker.wake();
    });
    this.busy.set(id, working);
  }

  /** Steps until there is nothing to do but wait. */
  private async advance(held: Held, seen: Observation): Promise<void> {
    const inLane = <T>(act: () => Promise<T>): Promise<T> => this.lanes.of(nextStep(held.record, seen, this.parts.clock.now(), this.timing)).run(act);
    await inLane(() => this.telling.tell(held.record));
    for (let goesOn = true; goesOn && !this.ending.signal.aborted;) goesOn = await inLane(() => this.step(held, seen));
  }

  /** True when the next step is due at once. */
  private async step(held: Held, seen: Observation): Promise<boolean> {
    const { record } = held;
    const now = this.parts.clock.now();
    const step = nextStep(record, seen, now, this.timing);
    const restUntil = restWithin(step, held.until);
    if (restUntil !== undefined) return this.held.rest(held, restUntil);
    const after = await carryOut(this.carrier, record, step);
    if (after === record) return isWatched(record) ? false : this.held.drop(record.session.id);
    if (!after) return this.held.drop(record.session.id);
    const isSame = step.do === 'watch' || record.work.stage === after.work.stage;
    this.held.replace(held, after, isSame ? nextLookAt(after, now, this.timing) : now);
    return after.due !== undefined && after.due <= this.parts.clock.now() ? true : this.waitFor(after);
  }

  /** What is watched is held until its next look; the rest is left to the store until it is due. */
  private waitFor(record: SessionRecord): false {
    if (isWatched(record)) return false;
    this.claimAt = Math.min(this.claimAt, record.due ?? this.claimAt);
    return this.held.drop(record.session.id);
  }

  private async prepare(record: SessionRecord): Promise<SessionRecord | undefined> {
    const { id } = record.session;
    const preparation = new Preparation(this.carrier, record);
    this.preparations.set(id, preparation);
    this.waker.wake();
    try {
      return await preparation.run();
    } finally {
      this.preparations.delete(id);
    }
  }

  private async save(change: RecordChange): Promise<SessionRecord | undefined> {
    const next = this.telling.sift(change, this.parts.clock.now() + this.timing.lease);
    if (!await this.parts.store.save(next, change.events)) return undefined;
    this.parts.saved?.(next.session.id);
    const allTold = await this.telling.tell(next);
    const isLast = next.work.stage === 'settled' && next.work.untold !== undefined;
    return isLast && allTold ? this.save(new RecordChange(next, this.parts.clock.now()).again(undefined)) : next;
  }

  private platform(name: PlatformName): Platform {
    const platform = this.parts.platforms.get(name);
    if (platform) return platform;
    throw new BrokerError('unavailable', 'operator', [reason('no-platform', 'the platform {name} of this session is not configured or not in order', { name }, { level: 'ERROR' })]);
  }

  private tellQuiet(next: Instant): void {
    const inHand = [...this.busy.keys()].some((id) => this.preparations.get(id)?.isPlatforms !== true);
    if (inHand || this.observing.size > 0 || this.waker.isWoken || next <= this.parts.clock.now()) return;
    for (const resolve of this.waitingForQuiet.splice(0)) resolve();
  }
}
