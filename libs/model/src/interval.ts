/**
 * Instants, intervals and durations, and their ISO 8601 forms.
 * Instants are integer milliseconds since the epoch, UTC. Durations are integer milliseconds.
 */
import { DateTime, Duration } from 'luxon';

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;
/** Milliseconds. */
export type Milliseconds = number;
/** From `start` until `end`; half open, except as a window of starts, which is closed (WD 3.3, context notes). */
export interface Interval { readonly start: Instant; readonly end: Instant }
/** A minimum and a maximum duration. */
export interface Span { readonly min: Milliseconds; readonly max: Milliseconds }

/** A parsed text, or why it can't be read and how to mend it. */
export type Parsed<T> = { readonly ok: true; readonly value: T; readonly warning?: string } | { readonly ok: false; readonly fault: string };

const zoned = /T.*(?:Z|[+-](\d{2})(?::?(\d{2}))?)$/i;
const timed = /T\d/;

const day = 86_400_000;
const hour = 3_600_000;
const minute = 60_000;
/** The last instant that a Date can hold. */
const latest = 8.64e15;
const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
/** Times of one answer lie close together, so that the text of their day is mostly known. */
const lastDay = { number: Number.NaN, text: '' };

/** `2030-06-03T09:00:00Z`; milliseconds only where there are any. Runs for every time of every answer, hence by hand. */
export function formatInstant(at: Instant): string {
  if (!(Math.abs(at) <= latest)) return '';
  const number = Math.floor(at / day);
  if (number !== lastDay.number) Object.assign(lastDay, { number, text: new Date(number * day).toISOString().slice(0, -'00:00:00.000Z'.length) });
  const within = Math.floor(at - number * day);
  const time = `${twoDigits[Math.floor(within / hour)]}:${twoDigits[Math.floor(within / minute) % 60]}:${twoDigits[Math.floor(within / 1000) % 60]}`;
  const milliseconds = within % 1000;
  return milliseconds === 0 ? `${lastDay.text}${time}Z` : `${lastDay.text}${time}.${String(milliseconds).padStart(3, '0')}Z`;
}

/** ISO 8601 duration in days, hours, minutes and seconds only (never months or weeks, whose length varies): `P1DT2H30M`. */
export function formatDuration(length: Milliseconds): string {
  const days = Math.floor(length / day);
  const hours = Math.floor((length % day) / hour);
  const minutes = Math.floor((length % hour) / minute);
  const seconds = (length % minute) / 1000;
  const time = (hours > 0 ? `${hours}H` : '') + (minutes > 0 ? `${minutes}M` : '') + (seconds > 0 ? `${seconds}S` : '');
  const text = (days > 0 ? `${days}D` : '') + (time === '' ? '' : `T${time}`);
  return text === '' ? 'PT0S' : `P${text}`;
}

/** Reads an ISO 8601 instant. A zone-less one counts as UTC, with a warning; a bare date is refused. */
export function parseInstant(text: string): Parsed<Instant> {
  const trimmed = text.trim();
  if (!timed.test(trimmed)) return { ok: false, fault: `'${clip(text)}' has no time of day; write for example 2030-06-03T09:00:00Z` };
  const at = DateTime.fromISO(trimmed, { zone: 'utc' });
  const zone = zoned.exec(trimmed);
  if (!at.isValid || Number(zone?.[1] ?? 0) > 23 || Number(zone?.[2] ?? 0) > 59) return { ok: false, fault: `'${clip(text)}' is not an ISO 8601 instant; write for example 2030-06-03T09:00:00Z` };
  if (zone) return { ok: true, value: at.toMillis() };
  return { ok: true, value: at.toMillis(), warning: `'${clip(text)}' has no time zone; read as UTC` };
}

/** Reads an ISO 8601 duration that is greater than or equal to zero. Months and years are calendar amounts from `from`. */
export function parseDuration(text: string, from: Instant): Parsed<Milliseconds> {
  const plain = plainDuration(text);
  if (plain !== undefined) return { ok: true, value: plain };
  const hint = durationHint(text);
  if (hint !== undefined) return { ok: false, fault: hint };
  const duration = Duration.fromISO(text.trim().replace(/(\d),(\d)/, '$1.$2'));
  if (!duration.isValid) return { ok: false, fault: `'${clip(text)}' is not an ISO 8601 duration; write for example PT1H30M` };
  const end = DateTime.fromMillis(from, { zone: 'utc' }).plus(duration);
  const length = end.toMillis() - from;
  if (!end.isValid || !Number.isSafeInteger(length)) return { ok: false, fault: `'${clip(text)}' is too long` };
  if (length < 0) return { ok: false, fault: `'${clip(text)}' is negative` };
  return { ok: true, value: length };
}

const plainForm = /^P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/;

/** Whole days, hours, minutes and seconds, as nearly everybody writes them; undefined for other forms. */
function plainDuration(text: string): Milliseconds | undefined {
  const found = text.endsWith('T') || text === 'P' ? undefined : plainForm.exec(text);
  if (!found) return undefined;
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = found;
  return Number(days) * day + Number(hours) * hour + Number(minutes) * minute + Number(seconds) * 1000;
}

function durationHint(text: string): string | undefined {
  const wrongHours = /^P(\d+)H$/.exec(text.trim());
  if (wrongHours) return `'${clip(text)}' is not an ISO 8601 duration: hours follow a T, write PT${wrongHours[1]}H`;
  if (text.length > 100) return 'the duration is longer than 100 characters';
  return undefined;
}

/**
 * Reads a window: `start/end`, `start/duration`, or a bare instant (start exactly then). An elided end (`…T11:00Z/T12:00Z`)
 * is tolerated. `duration/end` and repeats are refused, as the draft excludes them.
 */
export function parseInterval(text: string): Parsed<Interval> {
  const [first = '', second] = text.trim().split('/');
  const fault = formFault(text);
  if (fault !== undefined) return { ok: false, fault: `'${clip(text)}' ${fault}` };
  const start = parseInstant(first);
  if (!start.ok) return start;
  const end = second === undefined ? start : parseEnd(second, first, start.value);
  if (!end.ok) return end;
  if (end.value < start.value) return { ok: false, fault: `'${clip(text)}' ends before it starts` };
  const warning = start.warning ?? end.warning;
  return { ok: true, value: { start: start.value, end: end.value }, ...(warning === undefined ? {} : { warning }) };
}

function parseEnd(text: string, startText: string, start: Instant): Parsed<Instant> {
  if (/^T/i.test(text)) return parseInstant(startText.slice(0, startText.search(/T/i)) + text);
  if (!/^P/i.test(text)) return parseInstant(text);
  const length = parseDuration(text, start);
  return length.ok ? { ok: true, value: start + length.value } : length;
}

/** Forms that ISO 8601 knows and the draft excludes. */
function formFault(text: string): string | undefined {
  if (/^\s*R/i.test(text)) return 'repeats; send one window for each repetition';
  if (/\/.*\//.test(text)) return "has more than one '/'; write start/end or start/duration";
  if (/^\s*P/i.test(text)) return 'begins with a duration; write start/end or start/duration';
  return undefined;
}

/** `start/duration`, the form that every v1.0 pattern accepts. */
export function formatInterval(interval: Interval): string {
  return `${formatInstant(interval.start)}/${formatDuration(interval.end - interval.start)}`;
}

/** True when the two half-open intervals share an instant. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.start < b.end && b.start < a.end;
}

/** The part of `a` inside `b`; undefined when they share not even an edge. */
export function intersection(a: Interval, b: Interval): Interval | undefined {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start <= end ? { start, end } : undefined;
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
