/** Small readers of documents that nobody has checked: each gives what can be used of a value. */
import { parseDuration, parseInstant, parseInterval } from '#model';
import type { Instant, Interval, Level, Measure, Message, Milliseconds, Reason } from '#model';
import { reasonText } from '#model';

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** As nearly all of them are written; the rest goes through the whole parser, which costs fifty times as much. */
const plainInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;
const plainDuration = /^PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?$/;

/** Times beyond these, and what is reckoned from them, could not be written as v1.0 writes times, in four digits of years. */
const [first, last]: readonly Instant[] = [Date.parse('1900-01-01T00:00:00Z'), Date.parse('9000-01-01T00:00:00Z')];
const longest: Milliseconds = 100 * 366 * 86_400_000;

/** Nanoseconds and zone-less times of foreign servers are read too. */
export function instantOf(value: unknown): Instant | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = readPlainInstant(value);
  if (plain !== undefined) return inTime(plain);
  const parsed = parseInstant(value);
  return parsed.ok ? inTime(parsed.value) : undefined;
}

function inTime(at: Instant): Instant | undefined {
  return at >= (first as Instant) && at <= (last as Instant) ? at : undefined;
}

function readPlainInstant(text: string): Instant | undefined {
  const plain = plainInstant.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(plain) ? undefined : plain;
}

export function durationOf(value: unknown, from: Instant): Milliseconds | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = readPlainDuration(value);
  if (plain !== undefined) return ofSomeLength(plain);
  const parsed = parseDuration(value, from);
  return parsed.ok ? ofSomeLength(parsed.value) : undefined;
}

function ofSomeLength(length: Milliseconds): Milliseconds | undefined {
  return length <= longest ? length : undefined;
}

function readPlainDuration(text: string): Milliseconds | undefined {
  const plain = text.length > 2 ? plainDuration.exec(text) : null;
  return plain ? (Number(plain[1] ?? 0) * 3_600 + Number(plain[2] ?? 0) * 60 + Number(plain[3] ?? 0)) * 1_000 : undefined;
}

export function intervalOf(value: unknown): Interval | undefined {
  if (typeof value !== 'string') return undefined;
  const plain = readPlainInterval(value);
  if (plain) return withinTime(plain);
  const parsed = parseInterval(value);
  return parsed.ok ? withinTime(parsed.value) : undefined;
}

function withinTime(of: Interval): Interval | undefined {
  return inTime(of.start) === undefined || inTime(of.end) === undefined ? undefined : of;
}

function readPlainInterval(text: string): Interval | undefined {
  const slash = text.indexOf('/');
  const start = slash < 0 ? undefined : readPlainInstant(text.slice(0, slash));
  if (start === undefined) return undefined;
  const rest = text.slice(slash + 1);
  const length = readPlainDuration(rest);
  const end = length === undefined ? readPlainInstant(rest) : start + length;
  return end === undefined || end < start ? undefined : { start, end };
}

const levels: readonly string[] = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'OTHER'];
const mostMessages = 200;
const mostCharacters = 4_000;

export function messagesOf(value: unknown, now: Instant): readonly Message[] {
  return listOf(value).slice(0, mostMessages).map((one) => messageOf(fieldsOf(one), now));
}

function messageOf(from: Fields, now: Instant): Message {
  const { path, ...values } = textsOf(from['values']);
  const level = (levels as readonly unknown[]).includes(from['level']) ? from['level'] as Level : 'OTHER';
  const text = clipped(textOf(from['message']) ?? '');
  const base: Reason = {
    kind: textOf(from['kind']) ?? 'urn:execution-broker:reason:foreign', level, template: clipped(textOf(from['template']) ?? text), values,
    ...(path === undefined ? {} : { path }),
  };
  // Templates of another style than ours can't be filled in again: the text that the member made of them stands.
  const plain = text === '' || reasonText(base) === text ? base : { ...base, template: text.replaceAll('{', '(').replaceAll('}', ')') };
  return { ...plain, time: instantOf(from['time']) ?? now };
}

function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([name, one]) => [name, clipped(typeof one === 'string' ? one : JSON.stringify(one))]));
}

function clipped(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters).toWellFormed()}…`;
}

export function measuresOf(value: unknown): readonly Measure[] {
  return listOf(value).map(fieldsOf).filter((one) => typeof one['kind'] === 'string') as unknown as readonly Measure[];
}
