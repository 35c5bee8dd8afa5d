/** What happened to a session and what happens to it now, in order. */
import { isFinal } from '#model';
import type { Clock, SessionEvent, SessionId } from '#model';
import type { SessionRecord, SessionStore } from './session-store.js';
import { Waker } from './waker.js';

/** Events read at a time, and milliseconds between two looks for those that other replicas wrote. */
const page = 100;
const lookEvery = 1_000;

export class SessionFeed {
  private readonly followers = new Map<SessionId, Set<Waker>>();

  constructor(private readonly store: SessionStore, private readonly clock: Clock) {}

  /** Something was saved by this replica: those who follow see it at once. */
  saved(session: SessionId): void {
    for (const follower of this.followers.get(session) ?? []) follower.wake();
  }

  /** Events after number `after`, then live ones until the session's phase is final or the signal aborts. */
  async *events(session: SessionId, after: number, signal: AbortSignal): AsyncIterable<SessionEvent> {
    let last = after;
    for await (const record of this.looks(session, signal)) {
      for (let events = await this.page(session, last); events.length > 0; events = await this.page(session, last)) {
        for (const event of events) {
          if (signal.aborted) return;
          last = event.number;
          yield event;
        }
      }
      // The record was read before its events, and both are saved together: a final phase has been told by now.
      if (!record || isFinal(record.session.phase)) return;
    }
  }

  /** The record now, after each save by this replica, and every second; ends when the signal aborts. */
  async *looks(session: SessionId, signal: AbortSignal): AsyncIterable<SessionRecord | undefined> {
    const follower = new Waker();
    const wake = (): void => { follower.wake(); };
    const followers = this.followers.get(session) ?? new Set();
    this.followers.set(session, followers.add(follower));
    signal.addEventListener('abort', wake, { once: true });
    try {
      while (!signal.aborted) {
        yield await this.store.find(session);
        await follower.sleepUntil(this.clock, this.clock.now() + lookEvery);
      }
    } finally {
      signal.removeEventListener('abort', wake);
      followers.delete(follower);
      if (followers.size === 0 && this.followers.get(session) === followers) this.followers.delete(session);
    }
  }

  private page(session: SessionId, after: number): Promise<readonly SessionEvent[]> {
    return this.store.events(session, after, page);
  }
}
