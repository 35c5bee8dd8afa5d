/** One client's work on a ledger: ask (find and hold 10 slots durably), then accept one, by which its siblings are freed. */
import { randomUUID } from 'node:crypto';
import type { Candidate, Ledger, SlotQuery, StoredOfferSet } from '#booking';
import { planOffers } from '#booking';
import type { Milliseconds, PoolId, RequesterId } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import { systemClock } from '#runtime';
import { grain } from './preload.js';

export const pool = 'bench/pool' as PoolId;
const owner = 'local:bench' as RequesterId;
const hour = 3_600_000;
const day = 24 * hour;

/** What a document carries beside its offers, so that it has about 2 KB, as those of a node. */
const rest = Array.from({ length: 12 }, (_, number) => ({ kind: `https://www.purl.org/ivoa.net/EB/schema/v1.0/types/x-${number}`, uuid: randomUUID(), path: `/data/${randomUUID()}`, cores: { min: number, max: number + 4 } }));

/** Durable operations that were done: an ask and an accept, or an ask that was refused. */
export async function cycle(ledger: Ledger, query: SlotQuery): Promise<number> {
  const set = await ask(ledger, query);
  if (set.state !== 'OFFERED') return 1;
  await acceptFirst(ledger, set);
  return 2;
}

export function ask(ledger: Ledger, query: SlotQuery): Promise<StoredOfferSet> {
  const created = systemClock.now();
  return ledger.offer({
    set: offerSetIdFrom(randomUUID()), owner, created, expires: created + 5 * 60_000,
    choose: (profile) => planOffers({ queries: [query], rules: { most: 10, spacing: hour } }, profile),
    compose: (candidates) => ({ document: documentOf(candidates), state: candidates.length > 0 ? 'OFFERED' : 'REFUSED' }),
  });
}

export async function acceptFirst(ledger: Ledger, { id: set }: StoredOfferSet): Promise<void> {
  const created = systemClock.now();
  const session = sessionIdOf(set, 0);
  const accepted = await ledger.accept(set, 0, { id: session, owner, phase: 'ACCEPTED', due: created, document: { session: { id: session, offerSet: set, owner, phase: 'ACCEPTED', created }, rest } });
  if (accepted.kind !== 'accepted') throw new Error(`the offer was not kept: ${accepted.why}`);
}

/** A few cores, anywhere in the next 45 days, so that a run does not fill the pool and measure refusals; at most four hours unless told. */
export function inventQuery(random: () => number, duration: Milliseconds = (1 + Math.floor(random() * 48)) * grain): SlotQuery {
  const now = systemClock.now();
  const cores = 1 + Math.floor(random() * 4);
  const amount = { cores, memory: 4 * cores, storage: Math.floor(random() * 100) };
  const start = now + Math.floor(random() * 45 * day);
  return { demands: [{ pool, min: amount, max: amount, during: 'run' }], windows: [{ start, end: start + 7 * day }], duration: { min: duration, max: duration }, lead: 0, trail: 0, notBefore: now };
}

function documentOf(candidates: readonly Candidate[]): unknown {
  return { offers: candidates.map(({ start, duration, granted }) => ({ start, duration, granted })), rest: rest.slice(0, 6) };
}
