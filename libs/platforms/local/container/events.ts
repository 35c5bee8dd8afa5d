/** Events of the runtime as hints; the connection is made again whenever it breaks. */
import type { SessionId } from '#model';
import { isUuid } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import type { Hints } from '../hints.js';
import type { Connection } from './connection.js';
import { sessionLabel } from './names.js';

/** Pause before listening again. */
const pause = 2000;

/** Rings for each container of ours that starts or ends, until the signal aborts. */
export async function listenToEvents(connection: Connection, host: PlatformHost, hints: Hints, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const docker = await connection.docker();
      const stream = await docker.getEvents({ filters: { type: ['container'] }, abortSignal: signal });
      for await (const line of linesOf(stream as AsyncIterable<Buffer>)) ringFor(line, hints);
    } catch (fault) {
      if (!signal.aborted) host.log.debug('container events broke off', { fault: String(fault) });
    }
    await host.clock.sleep(pause, signal).catch((fault: unknown) => { if (!signal.aborted) throw fault; });
  }
}

interface NativeEvent { readonly Action?: string; readonly status?: string; readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> } }

const telling = new Set(['start', 'die', 'died', 'oom', 'remove', 'destroy']);

function ringFor(line: string, hints: Hints): void {
  const event = JSON.parse(line) as NativeEvent;
  const attributes = event.Actor?.Attributes ?? {};
  // By the name where a runtime leaves the labels out of its events.
  const session = attributes[sessionLabel] ?? attributes.name?.replace(/^eb-/, '') ?? '';
  if (isUuid(session) && telling.has(event.Action ?? event.status ?? '')) hints.ring(session as SessionId);
}

async function* linesOf(stream: AsyncIterable<Buffer>): AsyncIterable<string> {
  let rest = '';
  for await (const piece of stream) {
    const lines = (rest + piece.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
}
