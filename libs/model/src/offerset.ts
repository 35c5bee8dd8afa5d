import type { OfferSetId, RequesterId } from './ids.js';
import type { Instant } from './interval.js';
import type { Message } from './reason.js';
import type { Session } from './session.js';

/** The answer to one request. A NO is a normal answer and carries at least one message that says why. */
export interface OfferSet {
  readonly id: OfferSetId;
  readonly owner: RequesterId;
  readonly name?: string;
  readonly created: Instant;
  readonly modified: Instant;
  readonly result: 'YES' | 'NO';
  /** Best first. They stay listed after they are rejected or expired. */
  readonly offers: readonly Session[];
  readonly messages: readonly Message[];
}
