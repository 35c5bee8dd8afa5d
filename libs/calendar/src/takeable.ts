/** What of the wanted claims can be had beside what is promised: for entries that are forced. */
import type { Instant, Resources } from '#model';
import type { Claim, Profile } from '#booking';
import { amountAt, clip, joinClaims } from './claim-shapes.js';

/** The wanted claims, from now on cut down at each step to what is free or the entry's own already. What is past stays as it was. */
export function takeable(profile: Profile, wanted: readonly Claim[], own: readonly Claim[], now: Instant): readonly Claim[] {
  const { grain } = profile;
  const from = Math.floor(now / grain) * grain;
  const past = clip(own, { start: -Infinity, end: from });
  const future = clip(wanted, { start: from, end: Infinity });
  return joinClaims([...past, ...future.flatMap((claim) => segments(claim, own).flatMap((part) => new Room(profile, own).within(part)))]);
}

/** Cut where the own claims change, so that within a segment they are constant. */
function segments(claim: Claim, own: readonly Claim[]): readonly Claim[] {
  const { start, end } = claim.interval;
  const edges = own.filter(({ pool }) => pool === claim.pool).flatMap(({ interval }) => [interval.start, interval.end]).filter((at) => start < at && at < end);
  const cuts = [...new Set([start, ...edges, end])].sort((a, b) => a - b);
  return cuts.slice(1).map((until, index) => ({ ...claim, interval: { start: cuts[index] ?? start, end: until } }));
}

class Room {
  constructor(private readonly profile: Profile, private readonly own: readonly Claim[]) {}

  /** Halves the segment until each part is free altogether, or one grain. */
  within(claim: Claim): readonly Claim[] {
    const room = this.freeFor(claim);
    if (Object.entries(claim.amount).every(([name, amount]) => amount <= (room[name] ?? 0))) return [claim];
    const { grain } = this.profile;
    const { start, end } = claim.interval;
    const grains = Math.ceil(end / grain) - Math.floor(start / grain);
    if (grains <= 1) return [{ ...claim, amount: least(claim.amount, room) }];
    const middle = (Math.floor(start / grain) + Math.floor(grains / 2)) * grain;
    return [...this.within({ ...claim, interval: { start, end: middle } }), ...this.within({ ...claim, interval: { start: middle, end } })];
  }

  private freeFor({ pool, interval, amount }: Claim): Resources {
    const { grain, origin } = this.profile;
    const [from, until] = [Math.floor(interval.start / grain) - origin, Math.ceil(interval.end / grain) - origin];
    return Object.fromEntries(Object.keys(amount).map((resource) => {
      const used = this.profile.timelineOf(pool, resource).max(from, until) - amountAt(this.own, { pool, resource }, interval.start);
      return [resource, Math.max(0, (this.profile.totalOf(pool)?.[resource] ?? 0) - used)];
    }));
  }
}

function least(a: Resources, b: Resources): Resources {
  return Object.fromEntries(Object.entries(a).map(([name, amount]) => [name, Math.min(amount, b[name] ?? 0)]));
}
