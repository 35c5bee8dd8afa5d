import type { OfferSet } from './offerset.js';
import type { Reason } from './reason.js';
import { reasonText } from './reason.js';
import type { Session } from './session.js';

/** Who can put it right: the caller, the operator, time (retry), or the authors of this software. */
export type Fixer = 'caller' | 'operator' | 'time' | 'us';

/** What went wrong, in words that an edge translates (HTTP status, exit code). */
export type FaultWord =
  | 'malformed' | 'unauthenticated' | 'forbidden' | 'not-found' | 'conflict' | 'too-large' | 'unsupported-media-type'
  | 'not-acceptable' | 'too-many' | 'busy' | 'unavailable' | 'defect';

/**
 * The one class of errors that are thrown on purpose. Its message is fit for end users; `detail` and `cause` are for
 * operators. A refusal to offer is not an error but an answer with reasons.
 */
export class BrokerError extends Error {
  readonly word: FaultWord;
  readonly fixer: Fixer;
  readonly reasons: readonly Reason[];
  /** The session as it is now, where a refused update concerns one. */
  readonly session: Session | undefined;
  /** Offers in place of the one that was lost to others between offer and acceptance. */
  readonly fresh: OfferSet | undefined;

  constructor(word: FaultWord, fixer: Fixer, reasons: readonly Reason[], more: { cause?: unknown; session?: Session | undefined; fresh?: OfferSet | undefined } = {}) {
    super(reasons.map(reasonText).join('; '), more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'BrokerError';
    this.word = word;
    this.fixer = fixer;
    this.reasons = reasons;
    this.session = more.session;
    this.fresh = more.fresh;
  }
}
