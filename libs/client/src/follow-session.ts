/** Following one session until it ends: server-sent events where there are any, polls where there are none. */
import { isFinal } from '#model';
import type { Clock, Milliseconds } from '#model';
import { ClientError } from './client-error.js';
import { eventsOf } from './event-lines.js';
import { isConnectionFault } from './transport.js';
import type { Transport } from './transport.js';
import type { WireEvent, WireMessage, WireSession } from './wire.js';

export interface FollowOptions {
  /** Number of the last event that is known already; 0 for all. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/** What following needs from the client. */
export interface Followed {
  readonly transport: Transport;
  readonly clock: Clock;
  /** A look at it, which ends when the reader leaves. */
  readonly session: () => Promise<WireSession>;
  readonly uuid: string;
}

const pollEvery: Milliseconds = 2_000;
const reconnectAfter: Milliseconds = 1_000;
/** Attempts in a row without one event before we believe that the broker is gone: a restart takes some seconds. */
const mostAttempts = 60;

/** Statuses by which a plain v1.0 server says that it has no such endpoint. */
const noSuchEndpoint = new Set([404, 405, 406, 501]);

/** Events in order, without gaps or repeats over reconnects; ends with the session, or when the signal aborts. */
export async function* followSession(of: Followed, options: FollowOptions): AsyncGenerator<WireEvent> {
  const { signal } = options;
  const seen = seenUpTo(options.after);
  for (let attempts = 1; !isAborted(signal); attempts += 1) {
    const before = seen.last;
    try {
      yield* connect(of, seen, signal);
      if (seen.final || isFinal((await of.session()).phase)) return;
    } catch (error) {
      if (isAborted(signal)) return;
      if (hasNoEvents(error)) return yield* untilLeft(pollSession(of, seen.last, signal), signal);
      if (seen.last > before) attempts = 1;
      if (!isPassing(error) || attempts >= mostAttempts) throw error;
    }
    await pause(of.clock, reconnectAfter, signal);
  }
}

/** How far the events of a session have been told. */
interface Seen { last: number; final: boolean }

function seenUpTo(last = 0): Seen {
  return { last, final: false };
}

function hasNoEvents(error: unknown): boolean {
  return error instanceof ClientError && noSuchEndpoint.has(error.status ?? 0);
}

async function* connect(of: Followed, seen: Seen, signal: AbortSignal | undefined): AsyncGenerator<WireEvent> {
  const headers: Record<string, string> = seen.last > 0 ? { 'last-event-id': String(seen.last) } : {};
  const call = { method: 'GET', path: `/sessions/${of.uuid}/events`, accept: 'text/event-stream', headers, ...(signal ? { signal } : {}) } as const;
  for await (const { data, event } of eventsOf(of.transport.stream(call, `events of ${of.uuid}`))) {
    const parsed = JSON.parse(data) as WireEvent;
    if (parsed.number <= seen.last) continue;
    seen.last = parsed.number;
    seen.final = isFinal(parsed.phase);
    yield { ...parsed, kind: parsed.kind ?? event };
  }
}

/** An abort ends the events, also in the middle of a look at the session. */
async function* untilLeft(events: AsyncGenerator<WireEvent>, signal: AbortSignal | undefined): AsyncGenerator<WireEvent> {
  try {
    yield* events;
  } catch (error) {
    if (!isAborted(signal)) throw error;
  }
}

/** Changes between two looks at the session become events, numbered by us. */
async function* pollSession(of: Followed, after: number, signal: AbortSignal | undefined): AsyncGenerator<WireEvent> {
  let number = after;
  let phase: string | undefined;
  let told = 0;
  while (!isAborted(signal)) {
    const session = await of.session();
    const at = new Date(of.clock.now()).toISOString();
    const base = { at, phase: session.phase };
    const messages: readonly WireMessage[] = session.meta.messages ?? [];
    for (const message of messages.slice(told)) yield { ...base, number: number += 1, kind: 'message', message };
    told = messages.length;
    if (session.phase !== phase) yield { ...base, number: number += 1, kind: 'phase' };
    phase = session.phase;
    if (isFinal(session.phase)) return;
    await pause(of.clock, pollEvery, signal);
  }
}

function isPassing(error: unknown): boolean {
  return isConnectionFault(error) || (error instanceof ClientError && [429, 502, 503, 504].includes(error.status ?? 0));
}

/** Sleeps; an abort ends the sleep without an error. */
export async function pause(clock: Clock, length: Milliseconds, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(length, signal);
  } catch (error) {
    if (!isAborted(signal)) throw error;
  }
}

/** A function, so that the compiler does not take the answer of a moment ago for the answer of now. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
