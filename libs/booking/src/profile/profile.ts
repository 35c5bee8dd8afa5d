/**
 * A ledger in memory: totals, firm bookings, open offer sets, and their use of each pool over time. It changes by applying
 * the events of the log; each change can be undone exactly, newest first.
 */
import type { Instant, Interval, Milliseconds, OfferSetId, PoolId, PoolReport, Resources, SessionId } from '#model';
import { offerSetOf, sessionIdOf } from '#model';
import { AccountBook, isAccount } from '../accounts/accounts.js';
import type { Claim, Hold, LedgerEvent, PoolTotals } from '../booking.js';
import type { Booking, LedgerSnapshot } from '../booking-store.js';
import { capacitySteps, capacityStepsOfAlternatives, liveHolds } from './capacity-steps.js';
import { cutClaims } from '../times/cut-claims.js';
import { Grid } from './grid.js';
import { historyStart } from './profile-settings.js';
import type { ProfileSettings } from './profile-settings.js';
import type { Step } from '../times/steps.js';
import { endSlot, firstSlot } from '../times/steps.js';
import type { Timeline } from '../times/timeline.js';

export interface OpenSet { readonly set: OfferSetId; readonly expires: Instant; readonly holds: readonly Hold[]; readonly rejected: readonly number[] }
interface HeldSet extends OpenSet { readonly steps: readonly Step[] }
export type Undo = () => void;

/** More is used than there is: somebody's arithmetic is wrong. */
export interface Overbooking { readonly pool: PoolId; readonly resource: string; readonly at: Instant; readonly used: number; readonly total: number }
/** Promises that stand in the way of a change. */
export interface Concerned { readonly sessions: readonly SessionId[]; readonly sets: readonly OfferSetId[] }
export { historyStart } from './profile-settings.js';
export type { ProfileSettings } from './profile-settings.js';

export class Profile {
  /** What claims on accounts come to. */
  readonly accounts: AccountBook;
  private readonly totals = new Map<PoolId, Resources>();
  private readonly bookings = new Map<SessionId, Booking>();
  private readonly open = new Map<OfferSetId, HeldSet>();
  private grid: Grid;
  private firstExpiry: Instant | undefined = Infinity;
  private knownFrom: Instant;

  private constructor(private readonly settings: ProfileSettings, private now: Instant) {
    this.grid = Grid.of(0, 1, []);
    this.knownFrom = historyStart(settings, now);
    this.accounts = new AccountBook(settings.grain);
  }

  static from(snapshot: LedgerSnapshot, settings: ProfileSettings, now: Instant): Profile {
    const profile = new Profile(settings, now);
    for (const { pool, total } of snapshot.pools) profile.totals.set(pool, total);
    for (const booking of snapshot.bookings) {
      profile.bookings.set(booking.session, booking);
      profile.accounts.putBooking(booking.session, undefined, booking.claims);
    }
    for (const one of snapshot.open) {
      const held = profile.heldSet(one);
      profile.open.set(one.set, held);
      profile.accounts.putSet(one.set, undefined, liveHolds(held));
    }
    profile.firstExpiry = undefined;
    profile.rebuild();
    return profile;
  }

  get grain(): Milliseconds {
    return this.settings.grain;
  }

  /** Nothing is offered that would end after this. */
  get limit(): Instant {
    return this.now + this.settings.horizon;
  }

  /** Number of the grid's first slot, from the epoch; {@link timelineOf} counts from it. Both are good until time moves on. */
  get origin(): number {
    return this.grid.origin;
  }

  timelineOf(pool: PoolId, resource: string): Timeline {
    return this.grid.timeline(pool, resource);
  }

  /** Of these or all that there are; without accounts. */
  pools(of: Iterable<PoolId> = this.totals.keys()): readonly PoolTotals[] {
    return [...of].filter((pool) => !isAccount(pool) && this.totals.has(pool)).map((pool) => ({ pool, total: this.totals.get(pool) ?? {} }));
  }

  totalOf(pool: PoolId): Resources | undefined {
    return this.totals.get(pool);
  }

  bookingOf(session: SessionId): Booking | undefined {
    return this.bookings.get(session);
  }

  openSet(set: OfferSetId): OpenSet | undefined {
    return this.open.get(set);
  }

  /** When the next open set expires. */
  nextExpiry(): Instant | undefined {
    this.firstExpiry ??= Math.min(Infinity, ...[...this.open.values()].map((one) => one.expires));
    return this.firstExpiry === Infinity ? undefined : this.firstExpiry;
  }

  dueSets(now: Instant): readonly OfferSetId[] {
    if ((this.nextExpiry() ?? Infinity) > now) return [];
    return [...this.open.values()].filter((one) => one.expires <= now).map((one) => one.set);
  }

  /** False after the clock was set back so far that bookings are missing which ended before: the store has to be read again. */
  isWholeAt(now: Instant): boolean {
    return historyStart(this.settings, now) >= this.knownFrom;
  }

  /** Moves the horizon with time. The grid is built anew when it no longer reaches, or when the clock was set back before it. */
  moveTo(now: Instant): void {
    this.now = now;
    if (firstSlot(now, this.grain) < this.grid.origin || endSlot(this.limit, this.grain) > this.grid.end) this.rebuild();
  }

  apply(event: LedgerEvent): Undo {
    switch (event.kind) {
      case 'pool': return this.setTotal(event.pool, event.total);
      case 'held': return this.replaceSet(event.set, this.heldSet({ ...event, rejected: [] }));
      case 'rejected': return this.reject(event.set, event.index);
      case 'expired': return this.replaceSet(event.set, undefined);
      case 'prolonged': return this.prolong(event);
      case 'accepted': return this.accept(event.set, event.index);
      case 'released': return this.release(event.session, event.from);
      case 'rebooked': return this.rebook(event);
    }
  }

  /** Where more is used than there is, looking only where `event`, just applied, may have changed something. */
  overbookedBy(event: LedgerEvent): readonly Overbooking[] {
    if (event.kind === 'pool') return this.overuse(Object.keys(event.total).map((resource) => ({ pool: event.pool, resource, from: firstSlot(this.now, this.grain), until: this.grid.end, amount: 0 })));
    if (event.kind === 'held' || event.kind === 'prolonged') return this.overuse(this.open.get(event.set)?.steps ?? []);
    if (event.kind === 'rebooked') return this.overbookedIn(event.claims);
    if (event.kind !== 'accepted') return [];
    return this.overbookedIn(this.bookings.get(sessionIdOf(event.set, event.index))?.claims ?? []);
  }

  /** Where more is used than there is, looking only where the claims are. */
  overbookedIn(claims: readonly Claim[]): readonly Overbooking[] {
    return this.overuse(capacitySteps(claims, this.grain));
  }

  /** Who else takes part where more is used than there is, looking only where the claims are. */
  inTheWayOf(claims: readonly Claim[], own: SessionId | OfferSetId): Concerned {
    const wanted = capacitySteps(claims, this.grain);
    const { sessions, sets } = this.concerned((steps) => steps.some((step) => wanted.some((one) => one.pool === step.pool && one.resource === step.resource
      && this.grid.max(step.pool, step.resource, { from: Math.max(one.from, step.from), until: Math.min(one.until, step.until) }) > (this.totals.get(step.pool)?.[step.resource] ?? 0))));
    return { sessions: sessions.filter((one) => one !== own), sets: sets.filter((one) => one !== own) };
  }

  /** What a total would cut into: bookings and open sets that take part where too much would be used from now on. */
  concernedBy(pool: PoolId, total: Resources): Concerned {
    const now = firstSlot(this.now, this.grain);
    return this.concerned((steps) => steps.some((step) => step.pool === pool
      && this.grid.max(pool, step.resource, { from: Math.max(now, step.from), until: step.until }) > (total[step.resource] ?? 0)));
  }

  /** Firm bookings that have something in the window. */
  bookingsDuring({ start, end }: Interval): readonly Booking[] {
    return [...this.bookings.values()].filter(({ claims }) => claims.some(({ interval }) => interval.start < end && interval.end > start));
  }

  /** What is free during all of the interval; never below zero, nothing in a pool that is unknown. */
  freeDuring(pool: PoolId, interval: Interval): Resources {
    const range = { from: firstSlot(interval.start, this.grain), until: endSlot(interval.end, this.grain) };
    return Object.fromEntries(Object.entries(this.totals.get(pool) ?? {}).map(([name, amount]) => [name, Math.max(0, amount - this.grid.max(pool, name, range))]));
  }

  /** What is free in each step of the window, of these pools or all: the least within the step. */
  report(window: Interval, step: Milliseconds, of?: ReadonlySet<PoolId>): readonly PoolReport[] {
    const count = Math.max(0, Math.ceil((window.end - window.start) / step));
    return this.pools(of).map(({ pool, total }) => ({
      pool, total,
      free: Array.from({ length: count }, (_, index) => {
        const start = window.start + index * step;
        const range = { from: firstSlot(start, this.grain), until: endSlot(Math.min(start + step, window.end), this.grain) };
        return Object.fromEntries(Object.entries(total).map(([name, amount]) => [name, amount - this.grid.max(pool, name, range)]));
      }),
    }));
  }

  private concerned(isConcerned: (steps: readonly Step[]) => boolean): Concerned {
    return {
      sessions: [...this.bookings.values()].filter((one) => isConcerned(capacitySteps(one.claims, this.grain))).map((one) => one.session),
      sets: [...this.open.values()].filter((one) => isConcerned(one.steps)).map((one) => one.set),
    };
  }

  private heldSet({ set, expires, holds, rejected }: OpenSet): HeldSet {
    return { set, expires, holds, rejected, steps: capacityStepsOfAlternatives(liveHolds({ holds, rejected }), this.grain) };
  }

  private setTotal(pool: PoolId, total: Resources): Undo {
    const before = this.totals.get(pool);
    this.totals.set(pool, total);
    return () => { if (before) this.totals.set(pool, before); else this.totals.delete(pool); };
  }

  private replaceSet(set: OfferSetId, next: HeldSet | undefined): Undo {
    const before = this.open.get(set);
    this.putSet(set, before, next);
    return () => { this.putSet(set, next, before); };
  }

  private putSet(set: OfferSetId, before: HeldSet | undefined, next: HeldSet | undefined): void {
    this.accounts.putSet(set, before && liveHolds(before), next && liveHolds(next));
    if (before) this.grid.add(before.steps, -1);
    if (next) {
      this.grid.add(next.steps, 1);
      this.open.set(set, next);
    } else {
      this.open.delete(set);
    }
    if (before && before.expires === this.firstExpiry) this.firstExpiry = undefined;
    if (next && this.firstExpiry !== undefined) this.firstExpiry = Math.min(this.firstExpiry, next.expires);
  }

  private reject(set: OfferSetId, index: number): Undo {
    const before = this.open.get(set);
    if (!before) return nothing;
    const rejected = [...before.rejected, index];
    const isEmpty = before.holds.every((hold) => rejected.includes(hold.index));
    return this.replaceSet(set, isEmpty ? undefined : this.heldSet({ ...before, rejected }));
  }

  private prolong({ set, expires, holds }: Extract<LedgerEvent, { kind: 'prolonged' }>): Undo {
    const before = this.open.get(set);
    if (!before) return nothing;
    return this.replaceSet(set, holds ? this.heldSet({ set, expires, holds, rejected: before.rejected }) : { ...before, expires });
  }

  private accept(set: OfferSetId, index: number): Undo {
    const hold = this.open.get(set)?.holds.find((one) => one.index === index);
    if (!hold) return nothing;
    const reopen = this.replaceSet(set, undefined);
    const session = sessionIdOf(set, index);
    const unbook = this.replaceBooking(session, { session, set, claims: hold.claims });
    return () => { unbook(); reopen(); };
  }

  private release(session: SessionId, from: Instant): Undo {
    const booking = this.bookings.get(session);
    if (!booking) return nothing;
    return this.replaceBooking(session, { ...booking, claims: cutClaims(booking.claims, from, this.grain).remaining });
  }

  private rebook({ booking, claims, set }: Extract<LedgerEvent, { kind: 'rebooked' }>): Undo {
    const before = this.bookings.get(booking);
    if (!before && claims.length === 0) return nothing;
    return this.replaceBooking(booking, { session: booking, set: set ?? before?.set ?? offerSetOf(booking), claims });
  }

  private replaceBooking(session: SessionId, next: Booking | undefined): Undo {
    const before = this.bookings.get(session);
    this.putBooking(session, before, next);
    return () => { this.putBooking(session, next, before); };
  }

  private putBooking(session: SessionId, before: Booking | undefined, next: Booking | undefined): void {
    this.accounts.putBooking(session, before?.claims, next?.claims);
    if (before) this.grid.add(capacitySteps(before.claims, this.grain), -1);
    if (!next) this.bookings.delete(session);
    else {
      this.grid.add(capacitySteps(next.claims, this.grain), 1);
      this.bookings.set(session, next);
    }
  }

  private overuse(steps: readonly Step[]): readonly Overbooking[] {
    return steps.flatMap(({ pool, resource, from, until }) => {
      const total = this.totals.get(pool)?.[resource] ?? 0;
      const slot = this.grid.timeline(pool, resource).firstAbove(from - this.grid.origin, until - this.grid.origin, total) + this.grid.origin;
      if (slot < this.grid.origin) return [];
      return [{ pool, resource, at: slot * this.grain, used: this.grid.max(pool, resource, { from: slot, until: slot + 1 }), total }];
    });
  }

  private rebuild(): void {
    const { grain, horizon } = this.settings;
    const begin = historyStart({ horizon }, this.now);
    const origin = firstSlot(begin, grain);
    this.knownFrom = Math.max(this.knownFrom, begin);
    this.accounts.prune(historyStart(this.settings, this.now));
    for (const [session, { claims }] of this.bookings) {
      if (claims.every((claim) => endSlot(claim.interval.end, grain) <= origin)) this.bookings.delete(session);
    }
    this.grid = Grid.of(origin, endSlot(this.now - begin + horizon + horizon / 4, grain) + 2, this.allSteps());
  }

  private *allSteps(): Iterable<Step> {
    for (const { claims } of this.bookings.values()) yield* capacitySteps(claims, this.grain);
    for (const { steps } of this.open.values()) yield* steps;
  }
}

function nothing(): void { /* The event had nothing to change: a repeat is harmless. */ }
