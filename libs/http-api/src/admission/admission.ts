/** Who may ask now, and who may read. Accepts and cancels never pass here: what was offered can be had however busy the node is. */
import { BrokerError, isAdmin, reason } from '#model';
import type { Clock, Milliseconds, Requester } from '#model';
import { AskLimit } from './ask-limit.js';
import { AskLine } from './ask-line.js';
import type { LineGauges } from './ask-line.js';
import { Comebacks } from './comebacks.js';
import { TokenBuckets } from './token-buckets.js';

export interface AdmissionLimits {
  /** Asks per second of one requester, on average; left out: no limit. Administrators are exempt. */
  readonly requestsPerSecond?: number;
  /** Asks at once of one requester; default: two seconds' worth. */
  readonly burst?: number;
  /** Reads per second of one requester, on average, and at once; left out: no limit. Administrators are exempt. */
  readonly readsPerSecond?: number;
  /** Most asks at a time, those included that wait to be let in. */
  readonly mostAsks: number;
  /** Most asks under way at a time, fewer when answers come late; left out: as many as `mostAsks`. */
  readonly asksAtOnce?: number;
  /** Time within which an ask should be answered; half of it is the longest wait to be let in. */
  readonly askWithin: Milliseconds;
}

export const defaultAdmissionLimits: AdmissionLimits = { mostAsks: 512, askWithin: 1_000 };

/** What it measures by; `loopDelay` is how late the process is with everything. */
export interface AdmissionGauges extends LineGauges { loopDelay(): Milliseconds }

/** Seconds after which who was sent away may come back. */
const retryAfter = 1;
const fixOfBusy = 'ask again after the time that Retry-After says';

/** One for all, since there are many when it is thrown. */
export const busy = new BrokerError('busy', 'time', [reason('busy', 'more is asked of this node than it can answer in time; {fix}', { fix: fixOfBusy, retryAfter })]);

/** Seconds' worth of a rate that may come at once, where nothing else is said. */
const usualBurst = 2;

export class Admission {
  private readonly line: AskLine;
  private readonly comebacks: Comebacks;
  private readonly asks: TokenBuckets | undefined;
  private readonly reads: TokenBuckets | undefined;

  constructor(private readonly limits: AdmissionLimits, clock: Pick<Clock, 'now'>, private readonly gauges: AdmissionGauges) {
    const { requestsPerSecond, burst, readsPerSecond, mostAsks, asksAtOnce = mostAsks, askWithin } = limits;
    const limit = new AskLimit(Math.min(asksAtOnce, mostAsks), askWithin / 2);
    this.line = new AskLine(limit, { most: mostAsks, within: askWithin / 2 }, gauges);
    this.comebacks = new Comebacks(retryAfter * 1000, gauges);
    this.asks = bucketsOf(requestsPerSecond, burst, clock);
    this.reads = bucketsOf(readsPerSecond, undefined, clock);
  }

  /** Throws 'busy' when an ask could not be let in now: to be called before anything is done for it, its sender's password included. */
  requireRoom(): void {
    if (this.isFull) throw busy;
  }

  /** The same before the body is read. False: send it away with {@link busy}; who comes back too soon waits here for that. */
  async hasRoomFor(connection: object): Promise<boolean> {
    if (!this.isFull) return true;
    await this.comebacks.wait(connection);
    if (!this.isFull) return true;
    this.comebacks.note(connection);
    return false;
  }

  private get isFull(): boolean {
    return this.gauges.loopDelay() > this.limits.askWithin / 2 || this.line.isFull;
  }

  /** Does `work`, or throws 'too-many' (this requester asks too often) or 'busy' (everybody together does). */
  async ask<T>(requester: Requester, work: () => Promise<T>): Promise<T> {
    take(this.asks, requester, { verb: 'ask', rate: this.limits.requestsPerSecond, limit: 'limits.requestsPerSecond' });
    this.requireRoom();
    if (!await this.line.enter()) throw busy;
    const began = this.gauges.steady();
    try {
      return await work();
    } finally {
      this.line.leave(began);
    }
  }

  /** Throws 'too-many' when this requester reads too often. */
  read(requester: Requester): void {
    take(this.reads, requester, { verb: 'read', rate: this.limits.readsPerSecond, limit: 'limits.readsPerSecond' });
  }
}

function bucketsOf(rate: number | undefined, burst: number | undefined, clock: Pick<Clock, 'now'>): TokenBuckets | undefined {
  return rate === undefined ? undefined : new TokenBuckets(rate, burst ?? Math.max(1, rate * usualBurst), clock);
}

interface Limited { readonly verb: 'ask' | 'read'; readonly rate: number | undefined; readonly limit: string }

function take(buckets: TokenBuckets | undefined, requester: Requester, { verb, rate = 0, limit }: Limited): void {
  const wait = isAdmin(requester) ? 0 : (buckets?.take(requester.id) ?? 0);
  if (wait === 0) return;
  const seconds = Math.ceil(wait / 1000);
  const fix = `wait ${seconds} s, as Retry-After says`;
  throw new BrokerError('too-many', 'time', [reason('limit', 'you {verb} more than {rate} times a second ({limit}); {fix}', { verb, rate, retryAfter: seconds, fix, limit })]);
}
