/** The port that carries the project: the broker and the aggregator are two implementations of it. */
import type { ExecutionRequest } from './request.js';
import type { Explanation } from './explanation.js';
import type { OfferSet } from './offerset.js';
import type { OfferSetId, SessionId } from './ids.js';
import type { Passage } from './passage.js';
import type { Requester } from './requester.js';
import type { Session, SessionEvent, Update } from './session.js';
import type { SessionPhase } from './phase.js';
import type { CapacityReport } from './capacity.js';
import type { Digest } from './digest.js';
import type { Interval } from './interval.js';

/** Refusals to offer are answers; everything else that fails throws a BrokerError. */
export interface ExecutionBroker {
  /** Looks for slots and holds them; each call makes a new set (not idempotent, as the draft says). Of several copies with one `passage` only the first is. */
  ask(request: ExecutionRequest, requester: Requester, passage?: Passage): Promise<OfferSet>;
  /** Asks and accepts the first offer. A refusal gives the set with result NO. */
  direct(request: ExecutionRequest, requester: Requester): Promise<Session | OfferSet>;
  offerSet(id: OfferSetId, requester: Requester): Promise<OfferSet>;
  /** How the answer came about: every rule, platform, pool and candidate that was looked at. For the owner and admins. */
  explanation(id: OfferSetId, requester: Requester): Promise<Explanation>;
  session(id: SessionId, requester: Requester): Promise<Session>;
  /** The requester's own sessions (an admin's: all), newest first; offers are not listed. */
  sessions(query: SessionQuery, requester: Requester): Promise<readonly Session[]>;
  /** Applies an update or throws 'conflict' with the session as it is; nothing is half done. */
  update(id: SessionId, update: Update, requester: Requester): Promise<Session>;
  /** Events after number `after`, then live ones until the session is final or the signal aborts. */
  events(id: SessionId, after: number, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>>;
  /** The payload's output as text pieces. With `follow`, goes on until it ends or the signal aborts. */
  logs(id: SessionId, follow: boolean, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<string>>;
  /** Totals and free amounts over time, for people who want to see the calendar. */
  capacity(window: Interval, requester: Requester): Promise<CapacityReport>;
  /** What it could offer at best, for aggregators; some seconds old. */
  digest(requester: Requester): Promise<Digest>;
}

export interface SessionQuery { readonly phases?: readonly SessionPhase[]; readonly limit: number; readonly before?: SessionId }
