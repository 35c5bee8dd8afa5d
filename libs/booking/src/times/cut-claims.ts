import type { Instant, Milliseconds } from '#model';
import type { Claim } from '../booking.js';
import { firstSlot } from './steps.js';

/**
 * Splits claims at the start of the grain of `from`, so that what remains and what is freed occupy together exactly what the
 * whole did. Cutting again at the same or a later instant frees nothing.
 */
export function cutClaims(claims: readonly Claim[], from: Instant, grain: Milliseconds): { readonly remaining: readonly Claim[]; readonly freed: readonly Claim[] } {
  const cut = firstSlot(from, grain) * grain;
  const remaining: Claim[] = [];
  const freed: Claim[] = [];
  for (const claim of claims) {
    const { start, end } = claim.interval;
    if (start < cut) remaining.push(end <= cut ? claim : { ...claim, interval: { start, end: cut } });
    if (end > cut) freed.push(start >= cut ? claim : { ...claim, interval: { start: cut, end } });
  }
  return { remaining, freed };
}
