/** Sessions carried out on the scripted platform, by a hand-moved clock, with a switch for what shall go wrong. */
import type { Clock, PlatformName, SessionId, SessionPhase } from '#model';
import { kinds } from '#model';
import { guardPlatform } from '#plugin-sdk';
import type { Platform, SessionFact } from '#plugin-sdk';
import { testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { ScriptedPlatform, scriptedPlugin } from '#platforms/scripted';
import { HandClock } from '#runtime/testing';
import { SessionFeed, SessionLogs, SessionTasks } from '#sessions';
import type { SessionRecord, SessionTasksParts } from '#sessions';
import { aRecord, MemorySessionStore, passTime, settle } from '#sessions/testing';

export type Script = Readonly<Record<string, unknown>>;
export type Wrap = (platform: Platform) => Platform;

export class SessionsWorld {
  readonly clock = HandClock.at('2030-06-03T09:00:00Z');
  readonly store = new MemorySessionStore();
  readonly freed = new Map<SessionId, number>();
  readonly facts: SessionFact[] = [];
  tasks!: SessionTasks;
  feed!: SessionFeed;
  logs!: SessionLogs;
  private host!: TestHost;
  private scripted!: ScriptedPlatform;
  private starts = 0;
  private life: Life = { isOver: false, asleep: Promise.resolve() };

  private constructor(private readonly more: Partial<SessionTasksParts>) {}

  static async open(wrap: Wrap = (platform) => platform, more: Partial<SessionTasksParts> = {}): Promise<SessionsWorld> {
    const world = new SessionsWorld(more);
    world.host = await testHost({ clock: world.clock, instance: 'scripted' });
    world.boot(wrap);
    return world;
  }

  /** As kill -9 does: from here on the present tasks get no answer from anything, and do nothing. */
  kill(): void {
    this.life.isOver = true;
  }

  /** As SIGSTOP does: from here on the present tasks get no answer and have no effect, until they are woken. */
  freeze(): { readonly asleep: Promise<void>; wake(): void } {
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => { wake = resolve; });
    this.life.asleep = asleep;
    return { asleep, wake };
  }

  /** New tasks and a new platform on what is stored, as after a restart. */
  boot(wrap: Wrap = (platform) => platform): void {
    this.life = { isOver: false, asleep: Promise.resolve() };
    const store = mortal(this.store, this.life);
    const clock: Clock = { now: () => this.clock.now(), sleep: (length, signal) => answerOf(this.clock.sleep(length, signal), this.life) };
    this.scripted = new ScriptedPlatform(scriptedPlugin.parseConfig({ approach: 'PT3S' }), { ...this.host, clock });
    const platform = guardPlatform(wrap(this.scripted), { name: 'scripted', clock, log: this.host.log });
    const platforms = new Map([['scripted' as PlatformName, platform]]);
    this.feed = new SessionFeed(store, clock);
    this.logs = new SessionLogs(store, platforms, this.feed);
    this.starts += 1;
    this.tasks = new SessionTasks({
      store, platforms, clock, log: this.host.log, claimant: `replica-${this.starts}`,
      bookings: { release: (id, from) => { if (!this.freed.has(id)) this.freed.set(id, from); return Promise.resolve(); } },
      listeners: [{ record: (fact) => { this.facts.push(fact); return Promise.resolve(); } }],
      saved: (id) => { this.feed.saved(id); }, ...this.more,
    });
    this.tasks.start();
  }

  /** Accepts a session that starts `after` seconds from now. */
  async accept(script: Script, times: { readonly after?: number; readonly length?: number; readonly preparing?: number } = {}): Promise<SessionId> {
    const created = this.clock.now();
    const record = aRecord({
      created, start: created + (times.after ?? 10) * 1000, length: (times.length ?? 60) * 1000, preparing: (times.preparing ?? 0) * 1000,
      executable: { kind: kinds.scripted, script },
    });
    await this.store.insert(record);
    this.tasks.nudge();
    await settle(this.tasks);
    return record.session.id;
  }

  pass(seconds: number): Promise<void> {
    return passTime(this.tasks, this.clock, seconds * 1000);
  }

  async record(id: SessionId): Promise<SessionRecord> {
    const record = await this.store.find(id);
    if (!record) throw new Error(`session ${id} is lost`);
    return record;
  }

  async phase(id: SessionId): Promise<SessionPhase> {
    return (await this.record(id)).session.phase;
  }

  async phases(id: SessionId): Promise<readonly SessionPhase[]> {
    return (await this.store.events(id, 0, 1000)).filter((event) => event.kind === 'phase').map((event) => event.phase);
  }

  /** Words of the session's messages. */
  async words(id: SessionId): Promise<readonly string[]> {
    return (await this.record(id)).session.messages.map((message) => message.kind.split(':').at(-1) ?? '');
  }

  async passUntil(id: SessionId, phase: SessionPhase): Promise<void> {
    for (let tries = 0; tries < 400 && await this.phase(id) !== phase; tries += 1) await this.pass(0.5);
  }

  async passUntilSettled(id: SessionId): Promise<void> {
    for (let tries = 0; tries < 600 && (await this.record(id)).work.stage !== 'settled'; tries += 1) await this.pass(0.5);
  }

  leftovers(): readonly SessionId[] {
    return this.scripted.leftovers();
  }

  /** Moves the clock while the tasks may hang, as those of a killed node do. */
  async moveOn(length: number): Promise<void> {
    await this.clock.advance(length);
    for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => { setImmediate(resolve); });
  }

  /** For worlds with tasks that hang for ever: they are left as they are. */
  closeAbruptly(): Promise<void> {
    return this.host.close();
  }

  async close(): Promise<void> {
    await this.tasks.stop();
    await this.host.close();
  }
}

interface Life { isOver: boolean; asleep: Promise<void> }

/** An answer that comes when the life that asked is awake, and never once it is over. */
async function answerOf<T>(answer: Promise<T>, life: Life): Promise<T> {
  await answer.catch(() => undefined);
  if (life.isOver) return new Promise<never>(() => undefined);
  await life.asleep;
  return answer;
}

/** The same store, for callers that may be killed or frozen: afterwards calls have no effect and no answer, or late ones. */
function mortal(store: MemorySessionStore, life: Life): MemorySessionStore {
  return new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...values: unknown[]) => Promise<unknown>;
      return async (...values: unknown[]) => {
        await life.asleep;
        return life.isOver ? new Promise(() => undefined) : answerOf(method.apply(target, values), life);
      };
    },
  });
}
