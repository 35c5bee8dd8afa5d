/**
 * Which owned shares a candidate draws on, and what it charges: decided inside the ledger's decision, so that what is split is
 * what is held. Shares are drawn in order, each resource by itself, as much as each has room for.
 */
import type { Instant, Reason, Resources } from '#model';
import { formatDuration, reason } from '#model';
import { nextChangeOf } from '#booking';
import type { Admission, Candidate, Claim } from '#booking';
import { claimOf, limitsOf, refusalOf } from './charging.js';
import type { OpenShare } from './shares.js';
import { ShareRoom } from './share-room.js';
import type { Drawn, DrawingGround } from './drawing-ground.js';

export type Draw = { readonly ok: true; readonly claims: readonly Claim[]; readonly drawn: readonly Drawn[] } | { readonly ok: false; readonly reasons: readonly Reason[]; readonly next: Instant | undefined };

export class Drawing implements Admission {
  private last: { readonly candidate: Candidate; readonly draw: Draw } | undefined;
  private readonly kept = new Map<Candidate, readonly Drawn[]>();
  private first: readonly Reason[] = [];
  /** Why shares were closed for the candidate that is looked at. */
  private closedReasons: readonly Reason[] = [];

  constructor(private readonly ground: DrawingGround) {}

  admits(candidate: Candidate): boolean {
    const draw = this.drawFor(candidate);
    if (!draw.ok && this.first.length === 0) this.first = draw.reasons;
    return draw.ok;
  }

  retry(candidate: Candidate): Instant | undefined {
    const draw = this.drawFor(candidate);
    return draw.ok || draw.next === undefined || draw.next <= candidate.start ? undefined : draw.next;
  }

  complete(candidate: Candidate): Candidate {
    const draw = this.drawFor(candidate);
    if (!draw.ok || draw.claims.length === 0) return candidate;
    const whole = { ...candidate, claims: [...candidate.claims, ...draw.claims] };
    this.kept.set(whole, draw.drawn);
    return whole;
  }

  /** What of each divided resource is left for it at that place: the sum over its shares. */
  most(candidate: Candidate): Resources | undefined {
    const room = new ShareRoom(this.ground);
    const sums: Record<string, number> = {};
    for (const claim of candidate.claims) {
      for (const name of this.dividedNames(claim)) {
        const all = this.sharesOf(claim).reduce((sum, share) => sum + room.of(share, name, claim, candidate), 0);
        sums[name] = (sums[name] ?? 0) + all;
      }
    }
    return Object.keys(sums).length === 0 ? undefined : sums;
  }

  /** Said with an offer: from which shares it comes. */
  sharesTold(candidate: Candidate): readonly Reason[] {
    const drawn = this.kept.get(candidate) ?? [];
    if (drawn.length === 0) return [];
    const told = drawn.map(({ share: { pledge, isLoan }, amount }) => `${sizeText(amount)} of ${pledge.name}${isLoan ? ' (on loan)' : ''}`).join(', ');
    return [reason('pool-shares', 'drawn from pools: {shares}', { shares: told, ...Object.fromEntries(drawn.flatMap(({ share, amount }) => Object.entries(amount).map(([name, value]) => [`${share.pledge.name}.${name}`, value]))) }, { level: 'INFO' })];
  }

  /** Why nothing was admitted; empty when nothing was refused here. */
  refusal(): readonly Reason[] {
    return this.first;
  }

  private drawFor(candidate: Candidate): Draw {
    if (this.last?.candidate !== candidate) this.last = { candidate, draw: this.draw(candidate) };
    return this.last.draw;
  }

  private draw(candidate: Candidate): Draw {
    const { profile, charges } = this.ground;
    this.closedReasons = [];
    const split = this.split(candidate, new Set());
    if (!split.ok) return split;
    const counted = { granted: candidate.granted, price: this.ground.priceOf(candidate) };
    const claimFor = this.ground.claimOf ?? claimOf;
    const claims = charges.flatMap((charge) => {
      const claim = claimFor(charge, candidate, counted);
      return claim ? [{ charge, claim }] : [];
    });
    const reasons = claims.flatMap(({ charge, claim }) => refusalOf(profile.accounts, charge, claim) ?? []);
    if (reasons.length === 0) return { ...split, claims: [...split.claims, ...claims.map(({ claim }) => claim)] };
    const next = claims.map(({ charge, claim }) => nextChangeOf(profile.accounts, claim, limitsOf(charge)));
    return { ok: false, reasons, next: earliest(next) };
  }

  /** A share whose own charges can't be made is closed, and it is split over the others. */
  private split(candidate: Candidate, closed: ReadonlySet<string>): Draw {
    const room = new ShareRoom(this.ground);
    for (const claim of candidate.claims) {
      for (const name of this.dividedNames(claim)) {
        const open = this.sharesOf(claim).filter(({ pledge }) => !closed.has(pledge.name));
        const lacking = room.draw(open, name, claim, candidate);
        if (lacking > 0) return { ok: false, reasons: [...this.whyLacking(open, name, { claim, candidate, lacking }), ...this.closedReasons], next: room.nextRoom(open, name, claim, candidate) };
      }
    }
    const charged = room.charges(candidate, this.ground.priceOf(candidate));
    const refused = charged.filter(({ why }) => why !== undefined);
    if (refused.length > 0) {
      this.closedReasons = refused.flatMap(({ why }) => why ?? []);
      return this.split(candidate, new Set([...closed, ...refused.map(({ share }) => share.pledge.name)]));
    }
    return { ok: true, claims: [...room.claims(), ...charged.map(({ claim }) => claim)], drawn: room.drawn() };
  }

  private whyLacking(open: readonly OpenShare[], name: string, { claim, candidate, lacking }: { readonly claim: Claim; readonly candidate: Candidate; readonly lacking: number }): readonly Reason[] {
    const room = new ShareRoom(this.ground);
    const shares = open.map((share) => `${share.pledge.name} has ${room.of(share, name, claim, candidate)} for you`).join(', ');
    const values = { wanted: claim.amount[name] ?? 0, resource: name, lacking, shares: shares === '' ? 'none is open to you' : shares, duration: formatDuration(candidate.duration) };
    return [reason('pool-share', '{wanted} {resource} are more than the pools that you may draw on have for {duration}: {shares}', values, { path: `compute.${name}` }), ...this.ground.shares.closedReasons];
  }

  private sharesOf(claim: Claim): readonly OpenShare[] {
    return this.ground.shares.of(claim.pool);
  }

  /** Resources of the claim that pledges of its pool speak of. */
  private dividedNames(claim: Claim): readonly string[] {
    return this.ground.shares.namesOf(claim.pool).filter((name) => (claim.amount[name] ?? 0) > 0);
  }
}

function sizeText(amount: Resources): string {
  return Object.entries(amount).map(([name, value]) => `${value} ${name}`).join(' and ');
}

export function earliest(times: readonly (Instant | undefined)[]): Instant | undefined {
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
