/** Server-sent events (HTML Living Standard, 9.2): pure text from events, with comments that keep silent connections open. */
import type { Clock, Log, Milliseconds, SessionEvent } from '#model';
import { presentEvent } from '../present/report.js';

export function writeEvent(of: SessionEvent): string {
  return `id: ${of.number}\nevent: ${of.kind}\ndata: ${JSON.stringify(presentEvent(of))}\n\n`;
}

export interface StreamSettings { readonly clock: Clock; readonly keepAlive: Milliseconds; readonly signal: AbortSignal; readonly log: Log }

/** Yields the stream's text until the events end or the signal aborts. Pulls the next event only when the last one was taken. */
export async function* eventStream(events: AsyncIterable<SessionEvent>, settings: StreamSettings): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]();
  const aborted = new Promise<'aborted'>((resolve) => {
    if (settings.signal.aborted) resolve('aborted');
    else settings.signal.addEventListener('abort', () => { resolve('aborted'); }, { once: true });
  });
  let next = iterator.next();
  try {
    yield ': following\n\n';
    for (;;) {
      const turn = await nextTurn(next, aborted, settings);
      if (turn === 'aborted') return;
      if (turn === 'silent') {
        yield ': still here\n\n';
        continue;
      }
      if (turn.done) return;
      yield writeEvent(turn.value);
      next = iterator.next();
    }
  } finally {
    await stop(iterator, next, settings);
  }
}

type Turn = IteratorResult<SessionEvent> | 'silent' | 'aborted';

async function nextTurn(next: Promise<IteratorResult<SessionEvent>>, aborted: Promise<'aborted'>, settings: StreamSettings): Promise<Turn> {
  const patience = new AbortController();
  const silent = settings.clock.sleep(settings.keepAlive, patience.signal).then((): Turn => 'silent', (): Turn => 'aborted');
  try {
    return await Promise.race<Turn>([next, aborted, silent]);
  } finally {
    patience.abort();
  }
}

/** The source hears of the end by its signal; what it still says then (an abort error) is of no interest to anybody but the log. */
async function stop(iterator: AsyncIterator<SessionEvent>, next: Promise<unknown>, settings: StreamSettings): Promise<void> {
  const note = (error: unknown): void => { settings.log.debug('event source ended with an error', { error: String(error) }); };
  void next.catch(note);
  if (settings.signal.aborted) void iterator.return?.().catch(note);
  else await iterator.return?.();
}
