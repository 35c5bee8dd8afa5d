/** What stands in URLs: identifiers and query parameters. Every fault names the parameter and the fix. */
import { isUuid, parseInstant, sessionPhases } from '#model';
import type { Instant, Interval, OfferSetId, SessionId, SessionPhase, SessionQuery } from '#model';
import { malformed } from './fault.js';
import type { Fault } from './fault.js';

export type Query = Readonly<Record<string, unknown>>;

const day = 86_400_000;
/** Longest window of a capacity report: a year. */
const longestWindow = 366 * day;
const mostListed = 500;

export function readSessionId(text: string): SessionId {
  return uuid(text, 'uuid') as SessionId;
}

export function readOfferSetId(text: string): OfferSetId {
  return uuid(text, 'uuid') as OfferSetId;
}

/** `?phase=RUNNING,AVAILABLE&limit=50&before=uuid`. */
export function readSessionQuery(query: Query): SessionQuery {
  const phases = readPhases(query['phase']);
  const before = textOf(query, 'before');
  return {
    limit: readNumber(query, 'limit', { fallback: 50, least: 1, most: mostListed }),
    ...(phases.length > 0 && { phases }),
    ...(before !== undefined && { before: uuid(before, 'before') as SessionId }),
  };
}

/** `?from=…&to=…`; a day from now where nothing is said. */
export function readWindow(query: Query, now: Instant): Interval {
  const start = readInstant(query, 'from') ?? now;
  const end = readInstant(query, 'to') ?? start + day;
  if (end <= start) throw fault('to', 'is not after from', 'write a later instant');
  if (end - start > longestWindow) throw fault('to', 'is more than 366 days after from', 'ask for a shorter window');
  return { start, end };
}

/** `?after=` or Last-Event-ID, whichever is given; 0 where neither is. A client that has seen nothing may send the header empty. */
export function readAfter(query: Query, lastEventId: string | undefined): number {
  const [name, given] = lastEventId === undefined || lastEventId === '' ? ['after', query['after']] : ['Last-Event-ID', lastEventId];
  return readNumber({ [name]: given }, name, { fallback: 0, least: 0, most: Number.MAX_SAFE_INTEGER });
}

/** `?follow`, `?follow=true`. */
export function readFlag(query: Query, name: string): boolean {
  const text = textOf(query, name);
  if (text === undefined || text === 'false' || text === '0') return false;
  if (text === '' || text === 'true' || text === '1') return true;
  throw fault(name, `'${text.slice(0, 80)}' is neither true nor false`, 'write true or false');
}

function readPhases(given: unknown): readonly SessionPhase[] {
  const words = [given ?? []].flat().flatMap((each) => String(each).split(',')).map((each) => each.trim()).filter((each) => each !== '');
  const unknown = words.filter((word) => !(sessionPhases as readonly string[]).includes(word));
  if (unknown.length > 0) throw fault('phase', `'${unknown.join(', ').slice(0, 80)}' is not a phase`, `write some of ${sessionPhases.join(', ')}`);
  return words as readonly SessionPhase[];
}

function readNumber(query: Query, name: string, bounds: { readonly fallback: number; readonly least: number; readonly most: number }): number {
  const text = textOf(query, name);
  if (text === undefined) return bounds.fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.least && value <= bounds.most) return value;
  throw fault(name, `'${text.slice(0, 80)}' is not a whole number from ${bounds.least} to ${bounds.most}`, `write for example ${name}=${Math.max(bounds.fallback, bounds.least)}`);
}

function readInstant(query: Query, name: string): Instant | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const parsed = parseInstant(text);
  if (!parsed.ok) throw fault(name, parsed.fault, 'write an ISO 8601 instant');
  return parsed.value;
}

function textOf(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw fault(name, 'is given more than once', 'give it once');
}

function uuid(text: string, name: string): string {
  const lower = text.toLowerCase();
  if (!isUuid(lower)) throw fault(name, `'${text.slice(0, 80)}' is not a UUID`, 'write it as in meta.uuid, for example 123e4567-e89b-12d3-a456-426614174000');
  return lower;
}

function fault(path: string, what: string, fix: string): Error {
  const one: Fault = { path, fault: what, fix };
  return malformed([one]);
}
