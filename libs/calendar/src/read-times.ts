/** When an entry is in force: windows as everywhere else, and how often they come again. No repeats on the wire of v1.0: they are multiplied here. */
import { DateTime, Duration, IANAZone } from 'luxon';
import { parseInterval, reason } from '#model';
import type { Instant, Reason, Stretch } from '#model';
import { fault } from './fault.js';

interface Repeat { readonly count: number; readonly every: string; readonly zone?: string | undefined }

/** Sorted; what lies in the past is left out. Faults go to `faults` and make the result meaningless. */
export function readTimes(raw: { readonly when: string | readonly string[]; readonly repeat?: Repeat | undefined }, now: Instant, faults: Reason[]): readonly Stretch[] {
  const written = typeof raw.when === 'string' ? [raw.when] : raw.when;
  const once = written.flatMap((text, index): readonly Stretch[] => {
    const parsed = parseInterval(text);
    if (parsed.ok) return [text.includes('/') ? parsed.value : { start: parsed.value.start }];
    faults.push(fault(typeof raw.when === 'string' ? 'when' : `when.${index}`, parsed.fault, 'write start/end, start/duration, or a start'));
    return [];
  });
  const times = (raw.repeat ? repeated(once, raw.repeat, faults) : once).toSorted((a, b) => a.start - b.start);
  if (faults.length > 0) return [];
  if (times.some((one, index) => (one.end ?? Infinity) > (times[index + 1]?.start ?? Infinity))) faults.push(fault('when', 'its times overlap', 'keep them apart'));
  if (times.some((one) => one.end === one.start)) faults.push(fault('when', 'a time is empty', 'let it end after its start'));
  const left = times.filter((one) => (one.end ?? Infinity) > now);
  if (left.length === 0) faults.push(reason('over', '{path}: all of it is over; write a time that is to come', {}, { path: 'when' }));
  return left;
}

/** By the clock of the zone, so that a weekly course keeps its hour when the clocks change. */
function repeated(once: readonly Stretch[], repeat: Repeat, faults: Reason[]): readonly Stretch[] {
  const every = Duration.fromISO(repeat.every);
  const zone = repeat.zone ?? 'utc';
  if (!every.isValid || every.toMillis() <= 0) faults.push(fault('repeat.every', `'${repeat.every}' is no ISO 8601 duration`, 'write for example P7D'));
  if (repeat.zone !== undefined && !IANAZone.isValidZone(repeat.zone)) faults.push(fault('repeat.zone', `'${repeat.zone}' is no IANA time zone`, 'write for example Europe/London'));
  if (once.some((one) => one.end === undefined)) faults.push(fault('repeat', 'what has no end cannot repeat', 'give each time an end'));
  if (faults.length > 0) return [];
  return once.flatMap((one) => Array.from({ length: repeat.count }, (_, index): Stretch => {
    const shift = (at: Instant): Instant => Array.from({ length: index }).reduce<DateTime>((moved) => moved.plus(every), DateTime.fromMillis(at, { zone })).toMillis();
    return { start: shift(one.start), end: shift(one.end ?? one.start) };
  }));
}
