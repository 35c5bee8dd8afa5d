import type { SessionId } from '#model';

/** Passes hints that a session moved to everybody who listens. Hints that nobody has taken yet are kept once per session. */
export class Hints {
  private readonly listeners = new Set<Listener>();

  ring(session: SessionId): void {
    for (const listener of this.listeners) listener.take(session);
  }

  /** Ends when the signal aborts. Listens from the call on, not from the first `next`. */
  listen(signal: AbortSignal): AsyncIterable<SessionId> {
    const listener = new Listener();
    this.listeners.add(listener);
    signal.addEventListener('abort', () => { listener.wake(); }, { once: true });
    return this.drain(listener, signal);
  }

  private async* drain(listener: Listener, signal: AbortSignal): AsyncIterable<SessionId> {
    try {
      while (!signal.aborted) {
        yield* listener.taken();
        if (!signal.aborted) await listener.waiting();
      }
    } finally {
      this.listeners.delete(listener);
    }
  }
}

class Listener {
  private sessions = new Set<SessionId>();
  private waiter: (() => void) | undefined;

  take(session: SessionId): void {
    this.sessions.add(session);
    this.wake();
  }

  wake(): void {
    this.waiter?.();
    this.waiter = undefined;
  }

  taken(): readonly SessionId[] {
    const taken = [...this.sessions];
    this.sessions.clear();
    return taken;
  }

  waiting(): Promise<void> {
    return this.sessions.size > 0 ? Promise.resolve() : new Promise((resolve) => { this.waiter = resolve; });
  }
}
