/** Who may ask now. Reads, accepts and cancels never pass here: what was offered can be had however busy the node is. */
import { BrokerError, isAdmin, reason } from '#model';
import type { Clock, Milliseconds, Requester } from '#model';
import { AskLimit } from './ask-limit.js';
import { TokenBuckets } from './token-buckets.js';

export interface AdmissionLimits {
  /** Asks per second of one requester, on average; left out: no limit. Administrators are exempt. */
  readonly requestsPerSecond?: number;
  /** Asks at once of one requester; default: two seconds' worth. */
  readonly burst?: number;
  /** Most asks under way at a time; fewer when answers come late. */
  readonly mostAsks: number;
  /** Time within which an ask should be answered. */
  readonly askWithin: Milliseconds;
}

export const defaultAdmissionLimits: AdmissionLimits = { mostAsks: 512, askWithin: 1_000 };

/** What it measures by; `steady` never goes back, `loopDelay` is how late the process is with everything. */
export interface AdmissionGauges { steady(): Milliseconds; loopDelay(): Milliseconds }

export class Admission {
  private readonly asks: AskLimit;
  private readonly buckets: TokenBuckets | undefined;

  constructor(private readonly limits: AdmissionLimits, clock: Pick<Clock, 'now'>, private readonly gauges: AdmissionGauges) {
    const { requestsPerSecond: rate, burst } = limits;
    this.asks = new AskLimit(limits.mostAsks, limits.askWithin);
    this.buckets = rate === undefined ? undefined : new TokenBuckets(rate, burst ?? Math.max(1, rate * 2), clock);
  }

  /** Does `work`, or throws 'too-many' (this requester asks too often) or 'busy' (everybody together does). */
  async ask<T>(requester: Requester, work: () => Promise<T>): Promise<T> {
    const wait = isAdmin(requester) ? 0 : (this.buckets?.take(requester.id) ?? 0);
    if (wait > 0) throw tooMany(Math.ceil(wait / 1000), this.limits.requestsPerSecond ?? 0);
    if (this.gauges.loopDelay() > this.limits.askWithin / 2 || !this.asks.enter()) throw busy();
    const began = this.gauges.steady();
    try {
      return await work();
    } finally {
      this.asks.leave(began, this.gauges.steady());
    }
  }
}

function tooMany(retryAfter: number, rate: number): BrokerError {
  const fix = `wait ${retryAfter} s, as Retry-After says`;
  return new BrokerError('too-many', 'time', [reason('limit', 'you ask more than {rate} times a second (limits.requestsPerSecond); {fix}', { rate, retryAfter, fix, limit: 'limits.requestsPerSecond' })]);
}

function busy(): BrokerError {
  const fix = 'ask again after the time that Retry-After says';
  return new BrokerError('busy', 'time', [reason('busy', 'more is asked of this node than it can answer in time; {fix}', { fix, retryAfter: 1 })]);
}
