/** A calendar entry as an administrator or the configuration writes it → an entry, or every fault with its path. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { BrokerError, isSoundText, parseDuration } from '#model';
import type { CalendarEntry, CalendarEntryId, Instant, Milliseconds, PoolId, Reason, Resources } from '#model';
import { fault } from './fault.js';
import { readTimes } from './read-times.js';

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, maxLength: 200 });

/** Shape of an entry in the configuration and in `POST /admin/calendar`. */
export const newEntrySchema = Type.Object({
  name: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,40}$', description: 'unique; a block\'s pool is called after it' })),
  kind: Type.Union([Type.Literal('maintenance'), Type.Literal('growth'), Type.Literal('block')]),
  pool: Type.String({ pattern: '^[^/\\s]{1,64}/[^/\\s]{1,64}$', description: 'platform/pool' }),
  amounts: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 64 }), Type.Integer({ minimum: 0, maximum: 2 ** 40 }), { minProperties: 1, maxProperties: 20, description: 'default, for maintenance only: all of the pool' })),
  when: Type.Union([text, Type.Array(text, { minItems: 1, maxItems: 400 })], { description: 'start/end or start/duration, one or several; a bare start: for good (not for blocks)' }),
  repeat: Type.Optional(Type.Object({
    count: Type.Integer({ minimum: 1, maximum: 400 }),
    every: Type.String({ minLength: 1, maxLength: 40, description: 'ISO 8601 duration, for example P7D' }),
    zone: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'time zone whose clock the repeats keep; default UTC' })),
  }, { ...closed, description: 'how often the times come again' })),
  group: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'group that a block is for' })),
  grace: Type.Optional(Type.String({ minLength: 1, maxLength: 40, description: 'ISO 8601: after so long the unused part of a block goes back; default: never' })),
  whenFull: Type.Optional(Type.Union([Type.Literal('general'), Type.Literal('refuse')], { description: 'what the group gets when its block is full; default general' })),
  note: Type.Optional(Type.String({ maxLength: 200 })),
  force: Type.Optional(Type.Boolean({ description: 'maintenance: take what is free now, and the rest as it becomes free' })),
}, closed);

export type NewEntry = Static<typeof newEntrySchema>;

/** Throws 'malformed' with every fault. */
export function readEntry(raw: unknown, given: { readonly id: CalendarEntryId; readonly now: Instant }): CalendarEntry {
  if (!Value.Check(newEntrySchema, raw)) {
    throw malformed([...Value.Errors(newEntrySchema, raw)].slice(0, 20).map((one) => fault(one.path.slice(1).replaceAll('/', '.'), one.message, 'see NewCalendarEntry in the API description')));
  }
  const faults: Reason[] = [];
  const times = readTimes(raw, given.now, faults);
  const grace = raw.grace === undefined ? undefined : readLength(raw.grace, 'grace', faults);
  faults.push(...misfits(raw, times.some((one) => one.end === undefined)));
  if (faults.length > 0) throw malformed(faults);
  const amounts = raw.amounts as Resources | undefined;
  return {
    id: given.id, kind: raw.kind, pool: raw.pool as PoolId, times, forced: raw.force === true, created: given.now,
    ...(raw.name === undefined ? {} : { name: raw.name }), ...(amounts ? { amounts } : {}), ...(raw.note === undefined ? {} : { note: raw.note }),
    ...(raw.group === undefined ? {} : { block: { group: raw.group, whenFull: raw.whenFull ?? 'general', ...(grace === undefined ? {} : { grace }) } }),
  };
}

/** What keeps an entry of the configuration out of the calendar, whatever is in it; paths are those inside the entry. One that is over is no fault: it was made once. */
export function entryFaults(raw: NewEntry, now: Instant): readonly Reason[] {
  try {
    readEntry(raw, { id: raw.name as CalendarEntryId, now });
    return [];
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return error.reasons.filter((one) => !one.kind.endsWith(':over'));
  }
}

/** Keys that do not go with the kind, or are missing for it. */
function misfits(raw: NewEntry, isOpen: boolean): readonly Reason[] {
  return [
    ...(raw.kind === 'block' ? blockMisfits(raw, isOpen) : (['group', 'grace', 'whenFull'] as const).filter((key) => raw[key] !== undefined).map((key) => fault(key, 'is for blocks only', 'leave it out'))),
    ...(raw.kind !== 'maintenance' && raw.amounts === undefined ? [fault('amounts', `a ${raw.kind} needs amounts`, 'write for example {cores: 8}')] : []),
    ...(raw.kind !== 'maintenance' && raw.force === true ? [fault('force', 'only maintenance can be forced', 'leave it out')] : []),
  ];
}

function blockMisfits(raw: NewEntry, isOpen: boolean): readonly Reason[] {
  return [
    ...(raw.group === undefined ? [fault('group', 'a block is for a group', 'name it')] : isSoundText(raw.group) ? [] : [fault('group', 'no group is called so', 'write its name, without control characters')]),
    ...(isOpen ? [fault('when', 'a block needs an end', 'write start/end or start/duration')] : []),
  ];
}

function readLength(text: string, path: string, faults: Reason[]): Milliseconds | undefined {
  const parsed = parseDuration(text, 0);
  if (parsed.ok) return parsed.value;
  faults.push(fault(path, parsed.fault, 'write an ISO 8601 duration such as PT20M'));
  return undefined;
}

function malformed(faults: readonly Reason[]): BrokerError {
  return new BrokerError('malformed', 'caller', faults);
}
