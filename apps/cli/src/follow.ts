/** Following a session on a screen or in a pipe: phases and progress on stderr, the payload's output on stdout. */
import type { BrokerClient, WireEvent, WireSession } from '#client';
import { ClientError, exitCodeOf, messageText } from '#client';
import { exits } from './exit.js';
import { shown } from './render/shown.js';
import { showInstant } from './render/times.js';
import type { Terminal } from './terminal.js';

export interface Watching { readonly client: BrokerClient; readonly uuid: string; readonly terminal: Terminal; readonly zone: string; readonly signal: AbortSignal }

/** Tells every event until the session is final. */
export async function showEvents(of: Watching): Promise<void> {
  let doing: string | undefined;
  for await (const event of of.client.events(of.uuid, { signal: of.signal })) {
    const before = doing;
    doing = event.kind === 'progress' ? event.progress?.what : undefined;
    const line = eventLine(event, of.zone);
    if (of.terminal.errIsScreen) of.terminal.err(`${rewind}${line}${doing === undefined ? '\n' : ''}`);
    else if (doing === undefined || doing !== before) of.terminal.err(`${line}\n`);
  }
}

/** On a screen, progress that moves on is one line that is written again; in a pipe only a change of what is done is told. */
const rewind = '\r\u001b[K';

/** `11:00:00 PREPARING  bringing data 42 %`. */
export function eventLine(event: WireEvent, zone: string): string {
  return shown(wordsOf(event, zone));
}

function wordsOf(event: WireEvent, zone: string): string {
  const head = `${showInstant(event.at, zone).slice(11)}  ${event.phase}`;
  if (event.message !== undefined) return `${head}  ${messageText(event.message)}`;
  if (event.progress !== undefined) return `${head}  ${event.progress.what} ${amount(event.progress)}`;
  const ways = (event.connectors ?? []).map((connector) => `${connector.location ?? ''} ${connector.status ?? ''}`);
  return ways.length > 0 ? `${head}  ${ways.join(', ')}` : head;
}

function amount(progress: { readonly done: number; readonly total?: number; readonly unit: string }): string {
  if (progress.unit === 'percent') return `${Math.round(progress.done)} %`;
  if (progress.total !== undefined && progress.total > 0) return `${Math.round((100 * progress.done) / progress.total)} %`;
  return `${progress.done} ${progress.unit}`;
}

/** Streams the log to stdout. A broker that keeps no logs (plain v1.0) is said so, and is no failure. */
export async function showLog(of: Watching, follow: boolean): Promise<void> {
  try {
    for await (const piece of of.client.logs(of.uuid, { follow, signal: of.signal })) of.terminal.out(piece);
  } catch (error) {
    if (!(error instanceof ClientError) || !follow || ![404, 405, 406, 501].includes(error.status ?? 0)) throw error;
    of.terminal.err('this broker shows no logs\n');
  }
}

/** Exit code of `eb run` and `eb watch` for a session that ended. */
export function exitOf(session: WireSession): number {
  const code = exitCodeOf(session);
  if (code !== undefined) return code;
  if (session.phase === 'COMPLETED') return exits.done;
  return session.phase === 'CANCELLED' ? exits.cancelled : exits.failed;
}
