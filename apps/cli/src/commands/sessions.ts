import { sessionPhases } from '#model';
import type { SessionPhase } from '#model';
import { exits, UsageError } from '../exit.js';
import { exitOf, showEvents, showLog } from '../follow.js';
import { drawSession, drawSessions } from '../render/sessions.js';
import type { Session } from '../settings.js';

export async function list(session: Session, flags: { readonly phase?: string; readonly limit?: string; readonly before?: string }): Promise<number> {
  const phases = (flags.phase ?? '').split(',').filter((word) => word !== '').map(readPhase);
  const limit = flags.limit === undefined ? 50 : Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError(`--limit '${flags.limit ?? ''}' is not a number of sessions`);
  const client = await session.client();
  const sessions = await client.sessions({ phases, limit, ...(flags.before === undefined ? {} : { before: flags.before }) });
  session.answer(sessions, () => drawSessions(sessions, session.look));
  return exits.done;
}

function readPhase(word: string): SessionPhase {
  const phase = sessionPhases.find((known) => known === word.toUpperCase());
  if (phase === undefined) throw new UsageError(`'${word}' is not a phase`, `known: ${sessionPhases.join(', ')}`);
  return phase;
}

/** Follows without touching: Ctrl-C only stops looking. */
export async function watch(session: Session, uuid: string): Promise<number> {
  const client = await session.client();
  const stop = new AbortController();
  const release = session.terminal.onInterrupt(() => { stop.abort(); });
  try {
    await showEvents({ client, uuid, terminal: session.terminal, zone: session.look.zone, signal: stop.signal });
    if (stop.signal.aborted) return exits.done;
    const now = await client.session(uuid);
    session.answer(now, () => drawSession(now, session.look));
    return exitOf(now);
  } finally {
    release();
  }
}

export async function logs(session: Session, uuid: string, follow: boolean): Promise<number> {
  const client = await session.client();
  const stop = new AbortController();
  const release = session.terminal.onInterrupt(() => { stop.abort(); });
  try {
    await showLog({ client, uuid, terminal: session.terminal, zone: session.look.zone, signal: stop.signal }, follow);
    return exits.done;
  } finally {
    release();
  }
}

export async function cancel(session: Session, uuid: string): Promise<number> {
  const client = await session.client();
  const cancelled = await client.cancel(uuid);
  session.answer(cancelled, () => drawSession(cancelled, session.look));
  return exits.done;
}
