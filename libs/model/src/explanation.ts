import type { OfferSetId, RequesterId } from './ids.js';
import type { Instant } from './interval.js';
import type { Reason } from './reason.js';

/** One thing that was looked at while a request was answered. */
export interface ExplanationStep {
  /** What kind of thing: passage, request, data, policy, rule, platform, pool, candidate, ranking, offer or hint. */
  readonly step: string;
  /** Which one. */
  readonly about: string;
  /** Whether it let the request pass; `note` where it decides nothing. */
  readonly verdict: 'yes' | 'no' | 'note';
  readonly reasons: readonly Reason[];
  /** Numbers and names, as plain JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** How the answer to a request came about, in the order in which things were looked at. */
export interface Explanation {
  readonly set: OfferSetId;
  readonly owner: RequesterId;
  readonly created: Instant;
  readonly result: 'YES' | 'NO';
  readonly steps: readonly ExplanationStep[];
  /** Steps that were left out to keep the stored document small. */
  readonly left: number;
}
