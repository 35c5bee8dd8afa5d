/** One branded type per kind of identifier, so that one can't be passed where another is meant. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** UUID of an offer set. Its last byte is zero: see {@link sessionIdOf}. */
export type OfferSetId = Branded<'OfferSetId'>;
/** UUID of a session. An offer is a session in phase OFFERED, with the same identifier for life. */
export type SessionId = Branded<'SessionId'>;
/** UUID of a component (executable, compute, storage, data, volume) inside one session. */
export type ComponentId = Branded<'ComponentId'>;
/** `platform/pool` as the configuration names them. */
export type PoolId = Branded<'PoolId'>;
/** UUID of an entry of the site's calendar; of the form of a session's, as it books capacity in the same way. */
export type CalendarEntryId = Branded<'CalendarEntryId'>;
/** UUID of storage that is kept after sessions. */
export type KeptStorageId = Branded<'KeptStorageId'>;
/** Name of a configured platform instance. */
export type PlatformName = Branded<'PlatformName'>;
/** Realm and subject of a requester, `local:alice`; the anonymous requester is `anonymous:`. */
export type RequesterId = Branded<'RequesterId'>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a canonical lower-case UUID of any version. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** Most offers that one set can hold: an offer's number lives in the last byte of its identifier. */
export const mostOffersPerSet = 255;

/** Makes an offer set identifier from any UUID by clearing its last byte. */
export function offerSetIdFrom(uuid: string): OfferSetId {
  return `${uuid.slice(0, -2)}00` as OfferSetId;
}

/**
 * Identifier of offer `index` (0 …) of a set: the set's UUID with `index + 1` as its last byte. So a session leads to its
 * set without an index in the database, and a set is one row (docs/decisions/0003).
 */
export function sessionIdOf(set: OfferSetId, index: number): SessionId {
  if (index < 0 || index >= mostOffersPerSet) throw new RangeError(`offer index ${index} is outside 0…${mostOffersPerSet - 1}`);
  return (set.slice(0, -2) + (index + 1).toString(16).padStart(2, '0')) as SessionId;
}

/** The set that an offer belongs to. */
export function offerSetOf(session: SessionId): OfferSetId {
  return offerSetIdFrom(session);
}

/** The offer's number (0 …) within its set; -1 for an identifier that is a set's own. */
export function offerIndexOf(session: SessionId): number {
  return Number.parseInt(session.slice(-2), 16) - 1;
}
