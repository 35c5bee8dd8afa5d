/** What an update of an offer or a live session asks for: one path, in one of the four kinds. */
import type { Instant, Session, Update } from '#model';
import { BrokerError, parseDuration, parseInstant, reason } from '#model';
import type { Resizable } from './room.js';
import { resizable } from './room.js';

/** `of` gives the new value from the present one: milliseconds for the length, whole amounts for sizes. */
export interface Wish { readonly what: 'length' | Resizable; of(now: number): number }

const lengthPaths: ReadonlySet<string> = new Set(['duration', 'schedule.duration', 'schedule.available.duration']);

const second = 1000;
const units: Readonly<Record<string, number>> = {
  s: second, second, seconds: second, min: 60 * second, minute: 60 * second, minutes: 60 * second, h: 3600 * second, hour: 3600 * second, hours: 3600 * second,
};

/** Undefined for paths that are no length or size. Throws 'conflict' for what can't be read. */
export function wantedChange(update: Update, session: Session, start: Instant): Wish | undefined {
  const path = update.path.replaceAll('/', '.');
  const name = resizable.find((one) => path === `compute.${one}`);
  if (name !== undefined) return { what: name, of: wantedAmount(update, session, name) };
  return lengthPaths.has(path) ? { what: 'length', of: wantedLength(update, session, start) } : undefined;
}

const amountUnits: Readonly<Record<Resizable, readonly string[]>> = { cores: ['core', 'cores'], memory: ['gib'] };

function wantedAmount(update: Update, session: Session, name: Resizable): Wish['of'] {
  if ('units' in update && update.units !== undefined && !amountUnits[name].includes(update.units.toLowerCase())) {
    throw unreadable(session, update, name === 'memory' ? 'memory is counted in GiB; leave units out' : 'cores are counted one by one; leave units out');
  }
  if (update.kind === 'integer') return () => update.value;
  if (update.kind === 'delta') return (now) => now + update.delta;
  throw unreadable(session, update, 'send an integer value or an integer delta');
}

function wantedLength(update: Update, session: Session, start: Instant): Wish['of'] {
  if (update.kind === 'string') {
    const parsed = parseDuration(update.value, start);
    if (!parsed.ok) throw unreadable(session, update, parsed.fault);
    return () => parsed.value;
  }
  const by = deltaOf(update, session, 'PT2H');
  return (now) => now + by;
}

/** The instant to which an offer's expiry shall be moved; undefined for other paths. Throws 'conflict' for what can't be read. */
export function wantedExpiry(update: Update, session: Session): Instant | undefined {
  if (update.path !== 'expires') return undefined;
  if (update.kind !== 'string') return (session.expires ?? 0) + deltaOf(update, session, '2030-06-03T09:00:00Z');
  const parsed = parseInstant(update.value);
  if (!parsed.ok) throw unreadable(session, update, parsed.fault);
  return parsed.value;
}

/** Milliseconds. */
function deltaOf(update: Update, session: Session, example: string): number {
  if (update.kind !== 'delta') throw unreadable(session, update, `send a string such as ${example}, or an integer delta in seconds, minutes or hours`);
  const unit = Object.hasOwn(units, update.units ?? 's') ? units[update.units ?? 's'] : undefined;
  if (unit === undefined) throw unreadable(session, update, 'units are seconds, minutes or hours');
  return update.delta * unit;
}

function unreadable(session: Session, update: Update, fix: string): BrokerError {
  return new BrokerError('conflict', 'caller', [reason('update', '{path} can not be changed so: {fix}', { fix }, { path: update.path })], { session });
}
