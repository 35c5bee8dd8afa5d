/** What a firm booking could have besides what it has: longer, or more. */
import type { Instant, Milliseconds, Resources } from '#model';
import { isAccount } from '../accounts/accounts.js';
import type { Claim } from '../booking.js';
import type { Headroom } from '../times/headroom.js';
import { endSlot, firstSlot } from '../times/steps.js';

/** By how much all the claims could end later with what is free now; within the horizon. */
export function roomAfter(profile: Headroom, claims: readonly Claim[]): Milliseconds {
  let room = profile.limit - Math.max(...claims.map((claim) => claim.interval.end));
  for (const { pool, interval: { end }, amount } of claims) {
    if (isAccount(pool)) continue;
    for (const [name, wanted] of Object.entries(amount)) {
      if (wanted === 0 || room <= 0) continue;
      const free = (profile.totalOf(pool)?.[name] ?? 0) - wanted;
      const [from, until] = [endSlot(end, profile.grain), endSlot(end + room, profile.grain)];
      const slot = profile.timelineOf(pool, name).firstAbove(from - profile.origin, until - profile.origin, free);
      if (slot >= 0) room = (slot + profile.origin) * profile.grain - end;
    }
  }
  return Math.max(0, room);
}

/** How much more of each resource the claims could have from `from` until they end. */
export function roomBeside(profile: Headroom, claims: readonly Claim[], from: Instant): Resources {
  const room: Record<string, number> = {};
  for (const { pool, interval, amount } of claims) {
    if (isAccount(pool)) continue;
    for (const name of Object.keys(amount)) {
      const first = firstSlot(Math.max(from, interval.start), profile.grain) - profile.origin;
      const used = profile.timelineOf(pool, name).max(first, endSlot(interval.end, profile.grain) - profile.origin);
      room[name] = Math.max(0, Math.min(room[name] ?? Infinity, (profile.totalOf(pool)?.[name] ?? 0) - used));
    }
  }
  return room;
}
