/** Bodies and query parameters of the administration, member by member; every fault names its place and the fix. */
import { BrokerError, isSoundText, isUuid, parseDuration, parseInstant, reason } from '#model';
import type { Instant, Milliseconds } from '#model';
import { readBody } from './account-input.js';

export type Members = Readonly<Record<string, unknown>>;

export function malformedAt(path: string, fault: string, fix: string): BrokerError {
  return new BrokerError('malformed', 'caller', [reason('malformed', path === '' ? '{fault}; {fix}' : '{path}: {fault}; {fix}', { fault, fix }, { path })]);
}

/** The members of a body; `known` are those that it may have. No body counts as an empty one. */
export function membersOf(body: unknown, known: readonly string[]): Members {
  const value = body === undefined || body === null ? {} : readBody(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformedAt('', 'the body is not an object', 'send an object');
  const strange = Object.keys(value).find((name) => !known.includes(name));
  if (strange !== undefined) throw malformedAt(strange.slice(0, 60), 'is not known here', `leave it out; known are ${known.join(', ')}`);
  return value as Members;
}

/** A text without control characters and halves of characters; undefined when it is left out. */
export function textAt(of: Members, path: string, longest: number): string | undefined {
  const value = of[path];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= longest && isSoundText(value)) return value;
  throw malformedAt(path, `is not a text of 1 to ${longest} characters`, 'write a short text');
}

/** Words out of a list; undefined when they are left out. */
export function wordsAt<Word extends string>(of: Members, path: string, known: readonly Word[]): readonly Word[] | undefined {
  const value = of[path];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((each) => known.includes(each as Word))) return [...new Set(value as Word[])];
  throw malformedAt(path, 'is not a list of known words', `write a list of ${known.join(', ')}`);
}

export function lengthAt(of: Members, path: string, now: Instant): Milliseconds | undefined {
  const text = textAt(of, path, 40);
  if (text === undefined) return undefined;
  const length = parseDuration(text, now);
  if (!length.ok || length.value <= 0) throw malformedAt(path, length.ok ? 'is not a time to come' : length.fault, 'write for example P30D');
  return length.value;
}

export function instantAt(of: Members, path: string): Instant | undefined {
  const text = textAt(of, path, 40);
  if (text === undefined) return undefined;
  const instant = parseInstant(text);
  if (!instant.ok) throw malformedAt(path, instant.fault, 'write an ISO 8601 instant');
  return instant.value;
}

/** A whole number of a query parameter; undefined when it is left out. */
export function numberAt(of: Members, path: string, most: number): number | undefined {
  const text = textAt(of, path, 16);
  if (text === undefined) return undefined;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw malformedAt(path, `is not a whole number up to ${most}`, 'write for example 100');
}

export function requireUuid(text: string, what: string): string {
  const lower = text.toLowerCase();
  if (isUuid(lower)) return lower;
  throw new BrokerError('not-found', 'caller', [reason('not-found', 'there is no {what} {id} here', { what, id: text.slice(0, 64) })]);
}
