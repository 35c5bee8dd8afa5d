import { formatInstant, kinds } from '#model';
import type { OfferSet } from '#model';
import type { Schemas } from '#openapi';
import { presentMessage } from './notes.js';
import { offerSetUrl, presentSession } from './session.js';

/** An offer set in v1.0 form. `base`: URL of the node, without a slash at the end. */
export function presentOfferSet(of: OfferSet, base: string): Schemas['OfferSetResponse'] {
  return {
    kind: kinds.offerSet,
    meta: {
      uuid: of.id, ...(of.name !== undefined && { name: of.name }), url: offerSetUrl(of.id, base), created: formatInstant(of.created), modified: formatInstant(of.modified),
      ...(of.messages.length > 0 && { messages: of.messages.map(presentMessage) }),
    },
    result: of.result,
    offers: of.offers.map((offer) => presentSession(offer, base)),
  };
}
