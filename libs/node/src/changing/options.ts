/** What a caller may change now, told truthfully: the same bounds decide on the updates themselves. */
import type { Option, Requester, Session } from '#model';
import { isAdmin } from '#model';
import { optionsFor } from '#sessions';
import type { SessionRecord } from '#sessions';
import { expiryBounds } from './expiry.js';
import type { ExpiryParts, StoredOffer } from './expiry.js';
import type { Found } from '../offering/offer-views.js';
import type { RoomParts } from './room.js';
import { lengthBounds, lengthOf, resizable, sizeBounds } from './room.js';

/** Days, hours, minutes and seconds. */
const durationPattern = '^P(\\d+D)?(T(\\d+H)?(\\d+M)?(\\d+S)?)?$';
const instantPattern = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$';

const expiryAsInstant: Option = { kind: 'string', path: 'expires', pattern: instantPattern };

/** The session with what this caller may change; strangers who may read it may change nothing. */
export async function withOptions(parts: RoomParts & ExpiryParts, { session, record, offer }: Found, requester: Requester): Promise<Session> {
  if (session.owner !== requester.id && !isAdmin(requester)) return { ...session, options: [] };
  const more = [
    ...(record ? [...await lengthOptions(parts, record, requester), ...await sizeOptions(parts, record, requester)] : []),
    ...(offer ? await expiryOptions(parts, session, offer, requester) : []),
  ];
  return { ...session, options: [...optionsFor(session), ...more] };
}

async function expiryOptions(parts: ExpiryParts, { expires }: Session, offer: StoredOffer, requester: Requester): Promise<readonly Option[]> {
  const bounds = await expiryBounds(parts, offer, requester);
  if (!bounds || bounds.min >= bounds.max) return [];
  return [
    { kind: 'delta', path: 'expires', min: Math.ceil((bounds.min - expires) / 1000), max: Math.floor((bounds.max - expires) / 1000), units: 'seconds' },
    expiryAsInstant,
  ];
}

async function lengthOptions(parts: RoomParts, record: SessionRecord, requester: Requester): Promise<readonly Option[]> {
  const bounds = await lengthBounds(parts, record, requester);
  const now = lengthOf(record);
  if (!bounds || bounds.min >= bounds.max) return [];
  return [
    { kind: 'delta', path: 'duration', min: Math.ceil((bounds.min - now) / 1000), max: Math.floor((bounds.max - now) / 1000), units: 'seconds' },
    { kind: 'string', path: 'duration', pattern: durationPattern },
  ];
}

async function sizeOptions(parts: RoomParts, record: SessionRecord, requester: Requester): Promise<readonly Option[]> {
  const all = await Promise.all(resizable.map(async (name) => ({ name, bounds: await sizeBounds(parts, record, name, requester) })));
  return all.flatMap(({ name, bounds }): readonly Option[] => {
    if (!bounds || bounds.min >= bounds.max) return [];
    const now = record.plan.granted[name] ?? 0;
    const unit = name === 'memory' ? { units: 'GiB' } : {};
    return [
      { kind: 'integer', path: `compute.${name}`, ...bounds, ...unit },
      { kind: 'delta', path: `compute.${name}`, min: bounds.min - now, max: bounds.max - now, ...unit },
    ];
  });
}
