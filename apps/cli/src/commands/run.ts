import type { BrokerClient } from '#client';
import { exitOf, showEvents, showLog } from '../follow.js';
import type { Watching } from '../follow.js';
import { exits } from '../exit.js';
import { readRequest } from '../request.js';
import type { RequestFlags } from '../request.js';
import { drawOffers } from '../render/sessions.js';
import type { Session } from '../settings.js';
import { firstOpen, showRefusal } from './offers.js';

/** Asks, accepts the best offer, follows it with its log, and ends with the payload's exit code. */
export async function run(session: Session, file: string | undefined, flags: RequestFlags, words: readonly string[]): Promise<number> {
  const request = await readRequest(file, flags, words, session.terminal);
  const client = await session.client();
  const set = await client.ask(request);
  if (set.result === 'NO') return showRefusal(session, set);
  session.terminal.err(drawOffers(set, session.look));
  const { uuid } = firstOpen(set).meta;
  await client.accept(uuid);
  session.terminal.err(`accepted ${uuid}; Ctrl-C cancels it\n`);
  return followUntilEnd(session, client, uuid);
}

/** The first Ctrl-C cancels the session and goes on following, the second one leaves it to its fate. */
async function followUntilEnd(session: Session, client: BrokerClient, uuid: string): Promise<number> {
  const leave = new AbortController();
  const { terminal } = session;
  let cancelling: Promise<unknown> | undefined;
  const release = terminal.onInterrupt(() => {
    if (cancelling !== undefined) {
      terminal.err(`left; see eb watch ${uuid}\n`);
      leave.abort();
      return;
    }
    terminal.err('cancelling; Ctrl-C again leaves\n');
    cancelling = client.cancel(uuid).catch((error: unknown) => { terminal.err(`could not cancel: ${(error as Error).message}\n`); });
  });
  try {
    const watching: Watching = { client, uuid, terminal, zone: session.look.zone, signal: leave.signal };
    await Promise.all([showEvents(watching), showLog(watching, true)]);
    await cancelling;
    if (leave.signal.aborted) return exits.cancelled;
    const ended = await client.session(uuid);
    session.answer(ended, () => '');
    terminal.err(`${ended.phase}, exit code ${exitOf(ended)}\n`);
    return exitOf(ended);
  } finally {
    leave.abort();
    release();
  }
}
