/** How much a candidate can draw from each share, less what it has drawn already for another of its claims. */
import type { Instant, Reason, Resources } from '#model';
import { accountPool, nextChangeOf } from '#booking';
import type { Candidate, Claim, Profile } from '#booking';
import { claimOf, limitsOf, refusalOf } from './charging.js';
import type { Drawn, DrawingGround } from './drawing-ground.js';
import { isWithinRuns, userAccount } from './shares.js';
import type { OpenShare } from './shares.js';

interface Taken { readonly share: OpenShare; readonly claim: Claim }
export interface Charged { readonly share: OpenShare; readonly claim: Claim; readonly why: Reason | undefined }

export class ShareRoom {
  private readonly taken: Taken[] = [];

  constructor(private readonly ground: Pick<DrawingGround, 'profile' | 'requester' | 'now' | 'own' | 'claimOf'>) {}

  /** Takes from the shares in order; returns what they lack. */
  draw(shares: readonly OpenShare[], name: string, claim: Claim, candidate: Candidate): number {
    let lacking = claim.amount[name] ?? 0;
    for (const share of shares) {
      const amount = Math.min(lacking, this.of(share, name, claim, candidate));
      if (amount > 0) this.taken.push({ share, claim: { pool: share.pool, interval: claim.interval, amount: { [name]: amount } } });
      lacking -= amount;
    }
    return lacking;
  }

  /** What the share has for it. Nothing where it says nothing of the resource. */
  of(share: OpenShare, name: string, claim: Claim, candidate: Candidate): number {
    const { profile } = this.ground;
    if (!(name in share.pledge.amounts) || !this.isOpenAt(share, candidate)) return 0;
    const free = (profile.freeDuring(share.pool, claim.interval)[name] ?? 0) - this.reserved(share, name);
    const most = (share.atMost[name] ?? Infinity) - this.ownOf(share, name, claim);
    const room = Math.min(free, most, this.capRoom(share, name, claim)) - this.takenOf(share, name);
    return Math.max(0, Math.floor(room));
  }

  /** The first time after the candidate's start at which a share may have more: where its use falls below its highest, or an account changes. */
  nextRoom(shares: readonly OpenShare[], name: string, claim: Claim, candidate: Candidate): Instant | undefined {
    const { profile, now } = this.ground;
    const times = shares.flatMap((share) => {
      const hours = (share.runs ?? []).map((run) => run.start).filter((at) => at > candidate.start);
      if (share.isLoan && candidate.start > now + (share.pledge.lending?.ahead ?? 0)) return hours;
      const caps = share.charges.flatMap((charge) => nextChangeOf(profile.accounts, { ...claim, pool: accountPool(charge.account) }, limitsOf(charge)) ?? []);
      return [...hours, ...caps, ...afterHighest(profile, share, { name, claim, candidate })];
    });
    return times.length === 0 ? undefined : Math.min(...times);
  }

  claims(): readonly Claim[] {
    const merged = new Map<string, Claim>();
    for (const { claim } of this.taken) {
      const key = `${claim.pool} ${claim.interval.start} ${claim.interval.end}`;
      const before = merged.get(key);
      merged.set(key, before ? { ...before, amount: { ...before.amount, ...claim.amount } } : claim);
    }
    return [...merged.values()];
  }

  drawn(): readonly Drawn[] {
    const all = new Map<OpenShare, Record<string, number>>();
    for (const { share, claim } of this.taken) {
      const amounts = all.get(share) ?? {};
      for (const [name, amount] of Object.entries(claim.amount)) amounts[name] = (amounts[name] ?? 0) + amount;
      all.set(share, amounts);
    }
    return [...all].map(([share, amount]) => ({ share, amount }));
  }

  /** What the shares' own accounts are charged for what was drawn, and why they can't be. Money by the part of it that is drawn here. */
  charges(candidate: Candidate, price: number): readonly Charged[] {
    const claimFor = this.ground.claimOf ?? claimOf;
    return this.drawn().flatMap(({ share, amount }) => share.charges.flatMap((charge): Charged | [] => {
      const claim = claimFor(charge, candidate, { granted: amount, price: price * partOf(amount, candidate.granted) });
      return claim ? { share, claim, why: refusalOf(this.ground.profile.accounts, charge, claim) } : [];
    }));
  }

  /** What the session that grows has drawn from the share at that time. */
  private ownOf(share: OpenShare, name: string, { interval }: Claim): number {
    const drawn = (this.ground.own ?? []).filter(({ pool, interval: { start, end } }) => pool === share.pool && start < interval.end && end > interval.start);
    return drawn.reduce((sum, { amount }) => sum + (amount[name] ?? 0), 0);
  }

  private takenOf(share: OpenShare, name: string): number {
    return this.taken.reduce((sum, one) => (one.share.pool === share.pool ? sum + (one.claim.amount[name] ?? 0) : sum), 0);
  }

  private isOpenAt({ pledge, isLoan, longest, runs }: OpenShare, { start, duration }: Candidate): boolean {
    const { lending } = pledge;
    const isLendable = !isLoan || (lending !== undefined && duration <= lending.longest && start <= this.ground.now + lending.ahead);
    return isLendable && duration <= longest && isWithinRuns(runs, start, start + duration);
  }

  /** What stays for the owners of a loan, and for those who have used less than their fair share. */
  private reserved({ pledge, isLoan, pool }: OpenShare, name: string): number {
    const kept = isLoan ? pledge.lending?.keep[name] ?? 0 : 0;
    const fair = pledge.fairShare?.reserve[name] ?? 0;
    return kept + (fair > 0 && this.hasUsedMore(pool, name, pledge.fairShare?.period ?? 0) ? fair : 0);
  }

  private hasUsedMore(pledge: OpenShare['pool'], name: string, period: number): boolean {
    const { profile, requester, now } = this.ground;
    const window = { start: now - period, end: now };
    const used = profile.accounts.named(`${pledge}/user/`).map((pool) => ({ pool, hours: profile.accounts.spent(pool, name, window) })).filter(({ hours }) => hours > 0);
    const own = used.find(({ pool }) => pool === accountPool(userAccount(pledge, requester.id)))?.hours ?? 0;
    return own > used.reduce((sum, { hours }) => sum + hours, 0) / Math.max(1, used.length);
  }

  private capRoom({ charges }: OpenShare, name: string, { interval }: Claim): number {
    const { accounts } = this.ground.profile;
    const rooms = charges.flatMap((charge) => charge.limits.flatMap((limit) => {
      const most = charge.counts === 'granted' && limit.kind === 'at-once' ? limit.most[name] : undefined;
      return most === undefined ? [] : [most - accounts.mostAtOnce(accountPool(charge.account), name, interval)];
    }));
    return Math.min(Infinity, ...rooms);
  }
}

/** What was drawn of what is granted, from 0 to 1. */
export function partOf(amount: Resources, granted: Resources): number {
  const parts = Object.entries(amount).map(([name, value]) => value / Math.max(value, granted[name] ?? 0, 1));
  return parts.length === 0 ? 0 : parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

/** While the last grain with the highest use is still covered, nothing more is free. */
function afterHighest(profile: Profile, { pool }: OpenShare, { name, claim, candidate }: { readonly name: string; readonly claim: Claim; readonly candidate: Candidate }): readonly Instant[] {
  const { grain, origin } = profile;
  const [from, until] = [Math.floor(claim.interval.start / grain) - origin, Math.ceil(claim.interval.end / grain) - origin];
  const usage = profile.timelineOf(pool, name);
  const highest = usage.max(from, until);
  const slot = highest > 0 ? usage.lastAbove(from, until, highest - 1) : -1;
  return slot < 0 ? [] : [(slot + 1 + origin) * grain + candidate.start - claim.interval.start];
}
