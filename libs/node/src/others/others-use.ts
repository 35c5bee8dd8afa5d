/**
 * What others use of platforms that they share with this broker: read from each platform again and again, kept in memory, and laid
 * over the calendar whenever a slot is searched. It is no promise, so the ledger knows nothing of it (docs/decisions/0019).
 */
import type { Clock, Instant, Interval, Log, Milliseconds, PlatformName, PoolId, Reason, Resources, SessionId } from '#model';
import { formatInstant, offerSetOf, reason } from '#model';
import type { Platform } from '#plugin-sdk';
import type { Admission, Claim, Headroom, Profile } from '#booking';
import { Overlay } from '#booking';
import { isBeyond, othersClaims } from './others-claims.js';
import type { Reading } from './others-claims.js';
import { RefusedPlaces } from './refused-places.js';

export interface OthersUseParts {
  preview<Result>(look: (profile: Profile) => Result): Result;
  /** Brings the ledger's totals in line with what the platform has; gives what they are made of from now on. */
  define(pools: readonly { readonly pool: PoolId; readonly total: Resources }[]): Promise<ReadonlyMap<PoolId, Resources>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly grain: Milliseconds;
  readonly horizon: Milliseconds;
}

/** An answer older than this is asked again before anything is offered. */
const freshFor: Milliseconds = 5_000;
/** Nothing is offered on an answer older than this. */
const believedFor: Milliseconds = 120_000;
/** An ask waits so long for a fresh answer when there is one that can be believed. */
const patience: Milliseconds = 2_000;
/** Reasons of an answer NO that tell of single pools. */
const mostTold = 40;

interface Used { readonly resource: string; readonly used: number; readonly total: number }

class Shared {
  reading: Reading | undefined;
  bases: ReadonlyMap<PoolId, Resources> = new Map();
  fault: string | undefined = 'it was not asked yet';
  underWay: Promise<void> | undefined;

  constructor(readonly name: PlatformName, readonly platform: Platform) {}
}

export class OthersUse {
  private overlay: Overlay;
  private readonly places = new RefusedPlaces();
  private readonly shared: ReadonlyMap<PlatformName, Shared>;

  private constructor(private readonly parts: OthersUseParts, shared: readonly Shared[]) {
    this.shared = new Map(shared.map((one) => [one.name, one]));
    this.overlay = new Overlay([], parts.grain);
  }

  /** Platforms that others use too, each asked once; one that does not answer offers nothing until it does. */
  static async open(parts: OthersUseParts, platforms: ReadonlyMap<PlatformName, Platform>): Promise<OthersUse> {
    const use = new OthersUse(parts, [...platforms].map(([name, platform]) => new Shared(name, platform)));
    await use.readAll();
    return use;
  }

  watches(platform: PlatformName): boolean {
    return this.shared.has(platform);
  }

  /** Asks every platform again, whatever is known. */
  async readAll(): Promise<void> {
    await Promise.all([...this.shared.values()].map((one) => this.read(one)));
  }

  /** Asks again where what is known is not fresh. Waits only a little while something is known that can be believed. */
  async refresh(): Promise<void> {
    const { clock } = this.parts;
    const old = [...this.shared.values()].filter(({ reading }) => reading === undefined || clock.now() - reading.at > freshFor);
    await Promise.all(old.map((one) => (this.isBelievable(one) ? this.brieflyWaitingFor(this.read(one)) : this.read(one))));
  }

  /** The calendar with what others use. */
  over(profile: Headroom): Headroom {
    return this.overlay.over(profile);
  }

  /** Why nothing can be offered on the platform now; undefined when something can. */
  refusalOf(platform: PlatformName): Reason | undefined {
    const shared = this.shared.get(platform);
    if (!shared || this.isBelievable(shared)) return undefined;
    const since = shared.reading === undefined ? 'this node started' : formatInstant(shared.reading.at);
    const text = "what others use of '{platform}' can't be read since {since} ({fault}), so nothing is offered there until it answers";
    return reason('use-unknown', text, { platform, since, fault: shared.fault ?? 'no answer' });
  }

  /** For answers NO: what others use of the pools in the wanted time, and until when. Of thousands of hosts, the first few tell what the others would. */
  inUse(demands: readonly { readonly pool: PoolId; readonly min: Resources }[], wanted: Interval): readonly Reason[] {
    const pools = new Map(demands.map((one) => [one.pool, one.min]));
    const reasons = [...this.places.reasons([...pools.keys()], wanted, this.parts.clock.now())];
    const totals = this.parts.preview((profile) => profile.pools(pools.keys()));
    for (const { pool, total } of totals) {
      if (reasons.length >= mostTold) break;
      const worst = this.mostUsed(pool, total, wanted);
      if (worst !== undefined) reasons.push(this.inUseReason(pool, worst, { start: wanted.start, need: pools.get(pool)?.[worst.resource] ?? 0 }));
    }
    return reasons;
  }

  /** Most that others use in the interval, of each resource of a pool. */
  mostDuring(pool: PoolId, total: Resources, interval: Interval): Resources {
    return Object.fromEntries(Object.keys(total).map((name) => [name, this.overlay.mostDuring(pool, name, interval)] as const).filter(([, used]) => used > 0));
  }

  /** True when others use so much by now that the claims, which the profile has, have no room. */
  isTaken(claims: readonly Claim[]): boolean {
    return this.parts.preview((profile) => isBeyond(this.over(profile), claims));
  }

  /** A place that the platform did not give though it seemed free: not offered again for a while. */
  refused(claims: readonly Claim[]): void {
    this.places.note(claims, this.parts.clock.now());
  }

  admission(): Admission | undefined {
    return this.places.admission(this.parts.clock.now());
  }

  /** What was read last, for whoever looks after promises. */
  readings(): ReadonlyMap<PlatformName, Reading> {
    return new Map([...this.shared].flatMap(([name, { reading }]) => (reading === undefined ? [] : [[name, reading] as const])));
  }

  private mostUsed(pool: PoolId, total: Resources, during: Interval): Used | undefined {
    const uses = Object.entries(total).map(([resource, amount]): Used => ({ resource, used: this.overlay.mostDuring(pool, resource, during), total: amount }));
    return uses.filter(({ used }) => used > 0).sort((a, b) => b.used / b.total - a.used / a.total)[0];
  }

  private inUseReason(pool: PoolId, { resource, used, total }: Used, { start, need }: { start: Instant; need: number }): Reason {
    const until = this.overlay.firstBelow(pool, resource, { start, amount: Math.max(0, Math.min(total - need, used - 1)) });
    const values = { pool, resource, used, total, until: until === undefined ? 'an unknown time' : formatInstant(until) };
    return reason('in-use', "'{pool}': others use up to {used} of {total} {resource} in that time, in use by others until {until}; what is drained counts as theirs", values, { path: 'schedule.requested.start' });
  }

  private isBelievable({ reading }: Shared): boolean {
    return reading !== undefined && this.parts.clock.now() - reading.at <= believedFor;
  }

  /** One question at a time for each platform. */
  private read(shared: Shared): Promise<void> {
    shared.underWay ??= this.readNow(shared).finally(() => { shared.underWay = undefined; });
    return shared.underWay;
  }

  private async readNow(shared: Shared): Promise<void> {
    const { clock, log, horizon, define } = this.parts;
    const at = clock.now();
    try {
      const pools = await shared.platform.capacity({ start: at, end: at + horizon });
      shared.bases = await define(pools);
      shared.reading = { at, pools };
      if (shared.fault !== undefined) log.info('what others use of a platform can be read', { platform: shared.name });
      shared.fault = undefined;
      this.overlay = this.overlaid();
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      if (shared.fault !== fault) log.warn('what others use of a platform can not be read', { platform: shared.name, error: fault });
      shared.fault = fault;
    }
  }

  private overlaid(): Overlay {
    const isOwn = (profile: Profile) => (session: SessionId): boolean => profile.bookingOf(session) !== undefined || profile.openSet(offerSetOf(session)) !== undefined;
    const claims = this.parts.preview((profile) => [...this.shared.values()].flatMap(({ reading, bases }) => (
      reading === undefined ? [] : othersClaims(reading, bases, isOwn(profile))
    )));
    return new Overlay(claims, this.parts.grain);
  }

  private async brieflyWaitingFor(reading: Promise<void>): Promise<void> {
    const done = new AbortController();
    // Being told that the reading is done is the other way for this sleep to end well.
    await Promise.race([reading, this.parts.clock.sleep(patience, done.signal).catch(() => undefined)]);
    done.abort();
  }
}
