/**
 * What a session that becomes longer or bigger takes besides what it has: drawn from owned shares and charged to accounts like
 * an offer of the difference, inside the ledger's decision, so that no limit is exceeded whoever else is at it.
 */
import type { Instant, Interval, Milliseconds, Resources } from '#model';
import type { Charge } from '#plugin-sdk';
import { accountPool, claimsBeyond } from '#booking';
import type { Candidate, ChosenClaims, Claim, Profile } from '#booking';
import type { ChangeTerms } from './change-terms.js';
import { amountOf, isCountedBySlots } from '../pools/charging.js';
import type { Counted } from '../pools/charging.js';
import { isCapacity, joined } from '../pools/claim-shapes.js';
import { Drawing } from '../pools/drawing.js';
import { isPledge } from '../pools/pledges.js';

export interface Growth {
  /** What it has. */
  readonly before: readonly Claim[];
  /** The capacity that it shall have. */
  readonly capacity: readonly Claim[];
  /** The run as it shall be: shares are asked whether they are open for all of it. */
  readonly run: Interval;
  /** What is added: all of it for some time, or more for the rest of the time. */
  readonly granted: Resources;
  /** How much longer; zero where it becomes bigger instead. */
  readonly by: Milliseconds;
  /** Of what is added. */
  readonly price: number;
}

interface When { readonly now: Instant; readonly grain: Milliseconds }

export class Growing {
  private chosen: readonly Claim[] = [];

  constructor(private readonly growth: Growth, private readonly terms: ChangeTerms, private readonly when: When) {}

  /** What was chosen last. */
  get claims(): readonly Claim[] {
    return this.chosen;
  }

  private get isLonger(): boolean {
    return this.growth.by > 0;
  }

  /** Pure but for {@link claims}; what is booked besides what is known of the session stays: another change may be under way. */
  choose(profile: Profile, booked: readonly Claim[]): ChosenClaims {
    const { before, capacity, price } = this.growth;
    const more = claimsBeyond(capacity, before.filter(isCapacity));
    const { requester, charges, shares } = this.terms;
    const drawing = new Drawing({
      profile, requester, charges, shares, now: this.when.now, own: before, priceOf: () => price,
      claimOf: (charge, _candidate, counted) => this.claimOf(charge, counted, more),
    });
    const candidate = this.candidateOf(more);
    if (!drawing.admits(candidate)) return { reasons: drawing.refusal() };
    const owed = [...this.filledUp(before.filter((one) => !isCapacity(one)), more), ...drawing.complete(candidate).claims.slice(candidate.claims.length)];
    this.chosen = [...capacity, ...joined(owed)];
    return { claims: [...this.chosen, ...claimsBeyond(booked, this.chosen)] };
  }

  /** Shares count by grains, and the last one is taken already by what becomes longer. */
  private candidateOf(more: readonly Claim[]): Candidate {
    const { run, granted } = this.growth;
    const claims = more.map((one) => ({ ...one, interval: { ...one.interval, start: this.free(one.interval.start) } })).filter(({ interval }) => interval.start < interval.end);
    return { start: run.start, duration: run.end - run.start, granted, claims, query: 0 };
  }

  private free(start: Instant): Instant {
    const { grain } = this.when;
    return this.isLonger ? Math.ceil(start / grain) * grain : start;
  }

  /** What lasted to the end and is counted by grains lasts for the rest of its last one, which costs nothing. */
  private filledUp(owed: readonly Claim[], more: readonly Claim[]): readonly Claim[] {
    const { charges, shares } = this.terms;
    const atOnce = new Set([...charges, ...shares.accounts().map(({ charge }) => charge)].filter(isCountedBySlots).map(({ account }) => accountPool(account)));
    return owed.map((claim) => {
      const next = this.isLonger && (isPledge(claim.pool) || atOnce.has(claim.pool)) ? more.find(({ interval }) => interval.start === claim.interval.end) : undefined;
      return next ? { ...claim, interval: { start: claim.interval.start, end: Math.min(next.interval.end, this.free(next.interval.start)) } } : claim;
    });
  }

  private claimOf(charge: Charge, counted: Counted, more: readonly Claim[]): Claim | undefined {
    const pool = accountPool(charge.account);
    const isCounted = this.growth.before.some((one) => one.pool === pool);
    if (charge.counts === 'sessions' && !this.isLonger && isCounted) return undefined;
    const interval = isCountedBySlots(charge) ? this.occupied(more) : this.lasting(more);
    return interval.start < interval.end ? { pool, interval, amount: amountOf(charge, counted, interval) } : undefined;
  }

  /** For what is counted at once: until it is released, by grains. */
  private occupied(more: readonly Claim[]): Interval {
    const starts = more.map(({ interval }) => interval.start);
    const start = this.isLonger ? this.free(Math.max(...starts)) : Math.min(...starts);
    return { start, end: Math.max(...more.map(({ interval }) => interval.end)) };
  }

  /** For what is counted in a period: as long as it runs, exactly. */
  private lasting(more: readonly Claim[]): Interval {
    const { run, by } = this.growth;
    const end = Math.max(run.end, Math.min(...more.map(({ interval }) => interval.end)));
    return { start: this.isLonger ? end - by : Math.max(this.when.now, run.start), end };
  }
}
