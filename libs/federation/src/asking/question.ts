import type { ExecutionRequest, Milliseconds, OfferSetId, RequesterId } from '#model';
import type { Terms } from '../judging/offer-terms.js';
import type { Actor, Trail } from '../members/member.js';

/** One request, as members are asked it. */
export interface Question {
  readonly set: OfferSetId;
  readonly owner: RequesterId;
  readonly actor: Actor;
  readonly request: ExecutionRequest;
  /** The request as JSON: its texts are no secret to its client. */
  readonly said: string;
  readonly terms: Terms;
  readonly trail: Trail;
  readonly deadline: Milliseconds;
}
