import type { BrokerClient, WireOfferSet, WireSession } from '#client';
import { ClientError } from '#client';
import { exits, UsageError } from '../exit.js';
import { readRequest } from '../request.js';
import type { RequestFlags } from '../request.js';
import { drawOffers, drawReasons, drawSession, reasonsOf } from '../render/sessions.js';
import type { Session } from '../settings.js';

export async function ask(session: Session, file: string | undefined, flags: RequestFlags, words: readonly string[]): Promise<number> {
  const request = await readRequest(file, flags, words, session.terminal);
  const client = await session.client();
  return showSet(session, await client.ask(request));
}

export async function offers(session: Session, uuid: string): Promise<number> {
  const client = await session.client();
  return showSet(session, await client.offerSet(uuid));
}

function showSet(session: Session, set: WireOfferSet): number {
  if (set.result === 'NO') return showRefusal(session, set);
  session.answer(set, () => `offer set ${set.meta.uuid}\n\n${drawOffers(set, session.look)}\naccept one with: eb accept ${set.meta.uuid} --offer 1\n`);
  return exits.done;
}

/** A NO is an answer (stdout) where a machine reads it, and every reason is told on stderr. */
export function showRefusal(session: Session, set: WireOfferSet): number {
  session.answer(set, () => '');
  session.terminal.err(`NO: the broker offers nothing for this request\n${drawReasons(reasonsOf(set))}`);
  return exits.refused;
}

export async function accept(session: Session, uuid: string, number: number | undefined): Promise<number> {
  const client = await session.client();
  const accepted = await client.accept(number === undefined ? await acceptable(client, uuid) : await numbered(client, uuid, number));
  session.answer(accepted, () => drawSession(accepted, session.look));
  return exits.done;
}

async function numbered(client: BrokerClient, uuid: string, number: number): Promise<string> {
  const set = await client.offerSet(uuid);
  const offer = set.offers[number - 1];
  if (offer === undefined) throw new UsageError(`there is no offer ${number} in this set`, `it has ${set.offers.length}; see eb offers ${uuid}`);
  return offer.meta.uuid;
}

/** The identifier of a session is taken as it is; that of a set leads to its best open offer. */
async function acceptable(client: BrokerClient, uuid: string): Promise<string> {
  const set = await client.offerSet(uuid).catch((error: unknown) => {
    if (error instanceof ClientError && (error.status === 404 || error.status === 400)) return undefined;
    throw error;
  });
  return set === undefined ? uuid : firstOpen(set).meta.uuid;
}

/** The broker ranks its best offer first. */
export function firstOpen(set: WireOfferSet): WireSession {
  const open = set.offers.find((offer) => offer.phase === 'OFFERED');
  if (open === undefined) throw new UsageError('no offer of this set is open any more', 'ask again');
  return open;
}
