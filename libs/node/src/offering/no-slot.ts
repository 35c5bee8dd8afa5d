/** Why no slot was found, and what would have worked. */
import type { Reason, Resources } from '#model';
import { formatDuration, formatInstant, reason, withoutRepeats } from '#model';
import type { Hints } from './hints.js';
import { hintReasons } from './hints.js';
import type { Wanted } from './slot-choice.js';

/** The reasons of an answer NO for lack of a slot. */
export function noSlot({ need, times, judgement, placements, others }: Wanted, hints: Hints): readonly Reason[] {
  // Several placements may fail for the same reason.
  const full = withoutRepeats(placements.flatMap((placement) => placement.ifFull ?? []));
  const wanted = { start: Math.min(...times.windows.map((one) => one.start)), end: Math.max(...times.windows.map((one) => one.end)) + times.duration.min };
  const inUse = others?.inUse(placements.flatMap(({ demands }) => demands), wanted) ?? [];
  return [capacity(need.min, times.duration.min, hints), ...hintReasons({ ...hints, first: undefined }), ...judgement.reasons, ...full, ...inUse];
}

function capacity(need: Resources, duration: number, { first }: Hints): Reason {
  const wish = Object.entries(need).map(([name, amount]) => `${amount} ${name}`).join(', ');
  const values = { wish, duration: formatDuration(duration) };
  if (first === undefined) return reason('capacity', 'no pool has {wish} free for {duration} at any time of its calendar', values, { path: 'compute' });
  const text = 'no pool has {wish} free for {duration} inside the wanted windows; the first start that would work is {first}';
  return reason('capacity', text, { ...values, first: formatInstant(first) }, { path: 'schedule.requested.start' });
}
