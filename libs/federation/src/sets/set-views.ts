/** A stored set as clients see it now. Pure. */
import { clientChoices, offerIndexOf } from '#model';
import type { Instant, OfferSet, Session, SessionId, SessionPhase } from '#model';
import type { FederatedSet } from './federation-store.js';

/** Offer `index`; expired ones are so by themselves, without anybody's doing. */
export function offerView(set: FederatedSet, index: number, now: Instant): Session | undefined {
  const session = set.offers[index]?.session;
  if (!session) return undefined;
  if (set.accepted === index) return session;
  const phase: SessionPhase = session.phase === 'OFFERED' && session.expires <= now ? 'EXPIRED' : session.phase;
  const values = clientChoices(phase);
  return { ...session, phase, options: values.length > 0 ? [{ kind: 'enum', path: 'phase', values }] : [] };
}

export function setView(set: FederatedSet, now: Instant): OfferSet {
  const { id, owner, created, modified, messages, name } = set;
  const offers = set.offers.flatMap((_, index) => offerView(set, index, now) ?? []);
  return { id, owner, created, modified, messages, offers, result: offers.length > 0 ? 'YES' : 'NO', ...(name === undefined ? {} : { name }) };
}

/** The set with offer `index` replaced by what was seen last; the same set where nothing that counts has changed. */
export function withSession(set: FederatedSet, index: number, session: Session): FederatedSet {
  const before = set.offers[index]?.session;
  if (!before || countsOf(before) === countsOf(session)) return set;
  return { ...set, modified: session.modified, offers: set.offers.map((one, at) => (at === index ? { ...one, session } : one)) };
}

/** What was known last is shown while a member is away, so it is written down when it has changed. */
function countsOf({ phase, connectors, schedule, compute }: Session): string {
  return JSON.stringify([phase, connectors.length, schedule.available, compute.spec.cores, compute.spec.memory]);
}

export function indexIn(set: FederatedSet | undefined, id: SessionId): number | undefined {
  const index = offerIndexOf(id);
  return set?.offers[index] ? index : undefined;
}

/** True for a phase that follows only on acceptance. */
export function isTaken(phase: SessionPhase): boolean {
  return phase !== 'INITIAL' && phase !== 'OFFERED' && phase !== 'REJECTED' && phase !== 'EXPIRED';
}

