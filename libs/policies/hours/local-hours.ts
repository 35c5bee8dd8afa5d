/**
 * Hours of the day by a place's clock, as intervals of real time. On a day with a clock change the hours begin at the first
 * instant at which the clock has reached `from`, and end at the first at which it has reached `to`: with a skipped hour they
 * begin with the change, with a repeated hour they end the first time round.
 */
import { IANAZone } from 'luxon';
import type { Instant, Interval } from '#model';

export const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type DayName = (typeof dayNames)[number];

/** `from` and `to` in minutes after local midnight; `to` ≤ `from` is on the next day. `days`: those on which the hours begin. */
export interface LocalHours { readonly days: readonly DayName[]; readonly from: number; readonly to: number }

const minute = 60_000;
const day = 1440 * minute;

/** The hours of every day that touch the window: in order, not clipped, joined where they touch. */
export function hoursWithin(hours: LocalHours, window: Interval, zone: string): readonly Interval[] {
  const place = IANAZone.create(zone);
  const length = hours.to > hours.from ? hours.to : hours.to + 1440;
  const first = localMidnight(window.start, place) - 2 * day;
  const last = localMidnight(window.end, place) + day;
  const found: Interval[] = [];
  for (let midnight = first; midnight <= last; midnight += day) {
    if (!hours.days.includes(dayName(midnight))) continue;
    const interval = { start: reached(midnight + hours.from * minute, place), end: reached(midnight + length * minute, place) };
    if (interval.start < interval.end && interval.end >= window.start && interval.start <= window.end) found.push(interval);
  }
  return joined(found);
}

/** A stretch of local times as real time; empty where a clock change skips all of it. */
export function localStretch({ from, to }: { readonly from: number; readonly to: number }, zone: string): Interval {
  const place = IANAZone.create(zone);
  return { start: reached(from, place), end: reached(to, place) };
}

/** Local times are numbers too: the instant at which a clock in UTC shows them. */
function localMidnight(at: Instant, place: IANAZone): number {
  const local = at + place.offset(at) * minute;
  return Math.floor(local / day) * day;
}

function dayName(midnight: number): DayName {
  return dayNames[(new Date(midnight).getUTCDay() + 6) % 7] ?? 'mon';
}

/** First instant at which the place's clock shows `local` or more. */
function reached(local: number, place: IANAZone): Instant {
  const before = place.offset(local - day) * minute;
  const after = place.offset(local + day) * minute;
  const early = local - before;
  if (place.offset(early) * minute === before) return early;
  const late = local - after;
  if (place.offset(late) * minute === after) return late;
  return changeBetween(late, early, place);
}

/** The clock change itself, where the wanted time of day is skipped. */
function changeBetween(from: Instant, to: Instant, place: IANAZone): Instant {
  const before = place.offset(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (place.offset(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** Sorted, with touching and overlapping intervals made one. */
export function joined(intervals: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && next.start <= last.end) result[result.length - 1] = { start: last.start, end: Math.max(last.end, next.end) };
    else result.push(next);
  }
  return result;
}

/** What is left of the window when the (joined) intervals are taken away. */
export function outside(intervals: readonly Interval[], window: Interval): readonly Interval[] {
  const left: Interval[] = [];
  let start = window.start;
  for (const taken of intervals) {
    if (taken.start > start) left.push({ start, end: Math.min(taken.start, window.end) });
    start = Math.max(start, taken.end);
  }
  if (start < window.end) left.push({ start, end: window.end });
  return left.filter((interval) => interval.start < interval.end);
}

/** The times in both of two joined lists. */
export function inBoth(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  return a.flatMap((one) => b.map((other) => ({ start: Math.max(one.start, other.start), end: Math.min(one.end, other.end) })))
    .filter((interval) => interval.start < interval.end);
}
