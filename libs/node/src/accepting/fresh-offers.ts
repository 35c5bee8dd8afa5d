/** Who loses an offer to others between offer and acceptance gets fresh ones with the refusal. */
import type { Log, Requester } from '#model';
import { BrokerError } from '#model';
import type { StoredOfferSet } from '#booking';
import type { AskingParts } from '../offering/asking.js';
import { ask } from '../offering/asking.js';
import { isLost } from './native-reservation.js';
import { documentOf, wholeSet } from '../offering/offer-views.js';

export type AnewParts = AskingParts & Parameters<typeof wholeSet>[0] & { readonly log: Log };

/** What `accept` gives; its loss of the place is thrown with the offers that the same request gets now. */
export async function offeringAnew<T>(parts: AnewParts, set: StoredOfferSet, requester: Requester, accept: () => Promise<T>): Promise<T> {
  try {
    return await accept();
  } catch (error) {
    const { request } = documentOf(set);
    if (!isLost(error) || !request) throw error;
    const fresh = await ask(parts, request, requester).then((one) => wholeSet(parts, one)).catch((fault: unknown) => {
      // The refusal is the answer, with or without them; it says that the request can be sent again.
      parts.log.warn('no fresh offers could be made in place of a lost one', { set: set.id, error: String(fault) });
      return undefined;
    });
    throw new BrokerError('conflict', 'caller', error.reasons, { cause: error, session: error.session, fresh });
  }
}
