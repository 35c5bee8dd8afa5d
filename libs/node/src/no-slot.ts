/** Why no slot was found, and what would have worked. */
import type { Instant, Reason, Resources } from '#model';
import { formatDuration, formatInstant, reason } from '#model';
import type { Judgement } from './judgement.js';

export interface Hint { readonly first?: Instant; readonly biggest?: Resources }

/** The reasons of an answer NO for lack of a slot. */
export function noSlot(need: Resources, duration: number, hint: Hint, limits: Judgement & { kind: 'allow' }): readonly Reason[] {
  const wish = Object.entries(need).map(([name, amount]) => `${amount} ${name}`).join(', ');
  const values = { wish, duration: formatDuration(duration) };
  const path = { path: 'schedule.requested.start' };
  const first = hint.first === undefined
    ? reason('capacity', 'no pool has {wish} free for {duration} at any time of its calendar', values, { path: 'compute' })
    : reason('capacity', 'no pool has {wish} free for {duration} inside the wanted windows; the first start that would work is {first}', { ...values, first: formatInstant(hint.first) }, path);
  return [first, ...biggest(hint, need), ...limits.reasons];
}

function biggest(hint: Hint, need: Resources): readonly Reason[] {
  const fits = hint.biggest;
  if (!fits || Object.values(fits).every((amount) => amount === 0)) return [];
  const smaller = Object.keys(need).filter((name) => (fits[name] ?? 0) < (need[name] ?? 0));
  if (smaller.length === 0) return [];
  const size = Object.entries(fits).map(([name, amount]) => `${amount} ${name}`).join(', ');
  return [reason('biggest', 'the biggest size that would fit inside the windows is {size}', { size }, { path: 'compute', level: 'INFO' })];
}
