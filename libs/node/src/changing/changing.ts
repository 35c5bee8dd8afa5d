/**
 * Changes of a session that lives: longer, shorter, bigger, smaller. At any moment the booking holds at least what the record
 * promises (docs/decisions/0009): it grows before the record does, and shrinks after it, so whoever is killed in between leaves
 * capacity booked too long, at most until the session ends, and never promises what is not booked.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Instant, Log, Reason, Requester, Resources, Session } from '#model';
import { BrokerError, formatDuration, formatInstant, reason } from '#model';
import type { Claim, Ledger } from '#booking';
import { dueAfterChange, isChangeable, RecordChange } from '#sessions';
import type { SessionRecord, SessionStore, SessionTasks } from '#sessions';
import { changeTerms } from './change-terms.js';
import type { ChangeTerms } from './change-terms.js';
import { shorterClaims } from '../pools/claim-shapes.js';
import { Growing } from './growth.js';
import type { Growth } from './growth.js';
import { lengthGrowth, priceOfSize, sizeGrowth } from './growth-of-session.js';
import { quote } from '../costs/quotes.js';
import type { Bounds, Resizable, RoomParts } from './room.js';
import { claimsOf, lengthBounds, lengthOf, sizeBounds } from './room.js';
import type { NodeSettings } from '../settings.js';
import { prepareAccounts } from '../pools/shares.js';
import { smallerClaims } from './shrinking.js';
import type { Wish } from './wanted-change.js';

export interface ChangingParts extends RoomParts {
  readonly settings: NodeSettings;
  readonly ledger: Pick<Ledger, 'preview' | 'bookingOf' | 'rebook' | 'release' | 'definePools'>;
  readonly sessions: Pick<SessionStore, 'find'>;
  readonly tasks: Pick<SessionTasks, 'change'>;
  readonly log: Log;
}

/** What a session shall become: `claims` where that is known, else what it grows by. */
interface Shape { readonly end: Instant; readonly granted: Resources; readonly remark: Reason; readonly claims: readonly Claim[] | Grows }
interface Grows { readonly growth: Growth; readonly terms: ChangeTerms }
/** With what the ledger has booked for it. */
interface Booked extends Omit<Shape, 'claims'> { readonly claims: readonly Claim[] }

/** Carries out the wish, or throws 'conflict' and nothing has changed. */
export async function changeLive(parts: ChangingParts, record: SessionRecord, wish: Wish, requester: Requester): Promise<Session> {
  const before = claimsOf(parts, record) ?? [];
  const shape = wish.what === 'length' ? await shapeOfLength(parts, record, wish.of(lengthOf(record)), { requester, before })
    : await shapeOfSize(parts, record, { name: wish.what, amount: wish.of(record.plan.granted[wish.what] ?? 0) }, { requester, before });
  const booked = { ...shape, claims: 'growth' in shape.claims ? await grow(parts, record, shape.claims) : shape.claims };
  try {
    await resizeNatively(parts, record, booked.granted);
    const changed = await parts.tasks.change(record.session.id, (current) => changeOf(parts, current, record, booked));
    await settleBooking(parts, changed, before).catch((error: unknown) => {
      parts.log.warn('capacity that a session gave back stays booked until it ends', { session: record.session.id, error: String(error) });
    });
    return changed.session;
  } catch (error) {
    await takeBack(parts, record, before);
    throw error;
  }
}

interface Context { readonly requester: Requester; readonly before: readonly Claim[] }

async function shapeOfLength(parts: ChangingParts, record: SessionRecord, length: number, { requester, before }: Context): Promise<Shape> {
  const { run, granted } = record.plan;
  const bounds = await lengthBounds(parts, record, requester);
  requireWithin(record, bounds && { min: bounds.min / 1000, max: bounds.max / 1000 }, { path: 'duration', wanted: length / 1000, now: lengthOf(record) / 1000, units: 's' });
  const by = length - lengthOf(record);
  const values = { length: formatDuration(length), end: formatInstant(run.end + by), before: formatDuration(lengthOf(record)) };
  const remark = reason('length-changed', 'the run may now last {length}, until {end}; before it was {before}', values, { path: 'duration', level: 'INFO' });
  const claims = by < 0 ? shorterClaims(before, run.end, -by) : { growth: lengthGrowth(parts, record, before, by), terms: await changeTerms(parts, record, before, { requester, need: granted, longest: length }) };
  return { end: run.end + by, granted, claims, remark };
}

async function shapeOfSize(parts: ChangingParts, record: SessionRecord, size: { name: Resizable; amount: number }, { requester, before }: Context): Promise<Shape> {
  const { run, granted } = record.plan;
  const { name, amount } = size;
  const now = granted[name] ?? 0;
  requireWithin(record, await sizeBounds(parts, record, name, requester), { path: `compute.${name}`, wanted: amount, now, units: '' });
  const remark = reason('size-changed', 'it has {amount} {name} now; before it had {before}', { name, amount, before: now }, { path: `compute.${name}`, level: 'INFO' });
  const terms = await changeTerms(parts, record, before, { requester, need: { ...granted, [name]: Math.max(now, amount) }, longest: lengthOf(record) });
  const by = amount - now;
  const claims = by > 0 ? { growth: sizeGrowth(parts, record, before, { name, by }), terms }
    : smallerClaims({ before, run, name, by: -by, price: -priceOfSize(parts, record, { name, by }), now: parts.now(), grain: parts.settings.grain }, terms);
  return { end: run.end, granted: { ...granted, [name]: amount }, claims, remark };
}

interface Wanted { readonly path: string; readonly wanted: number; readonly now: number; readonly units: string }

function requireWithin({ session }: SessionRecord, bounds: Bounds | undefined, { path, wanted, now, units }: Wanted): void {
  const values = { wanted, units, min: bounds?.min ?? now, max: bounds?.max ?? now, phase: session.phase };
  if (!bounds) throw conflict(session, reason('update', '{path} can not be changed now (phase {phase})', values, { path }));
  if (wanted === now) throw conflict(session, reason('update', '{path} is {wanted}{units} already', values, { path }));
  if (wanted < bounds.min || wanted > bounds.max) throw conflict(session, reason('no-room', '{path} can not become {wanted}{units} now, only {min}{units} to {max}{units}', values, { path }));
}

/** Books what it grows by, as others leave it at that moment; tells what it has then. */
async function grow(parts: ChangingParts, { session }: SessionRecord, { growth, terms }: Grows): Promise<readonly Claim[]> {
  await prepareAccounts(parts.ledger, terms, [growth.granted]);
  const growing = new Growing(growth, terms, { now: parts.now(), grain: parts.settings.grain });
  const result = await parts.ledger.rebook(session.id, (profile, booked) => growing.choose(profile, booked));
  if (result.kind === 'rebooked') return growing.claims;
  const others = reason('no-room', 'others have booked what this would need meanwhile; read the session again to see what there is room for', {}, { path: 'schedule' });
  throw new BrokerError('conflict', 'caller', result.reasons ?? [others], { session });
}

async function resizeNatively(parts: ChangingParts, { plan, handle, work }: SessionRecord, granted: Resources): Promise<void> {
  if (isDeepStrictEqual(granted, plan.granted) || !handle || work.stage === 'booked') return;
  await parts.platforms.get(plan.platform)?.resize?.(handle, granted);
}

function changeOf(parts: ChangingParts, current: SessionRecord, from: SessionRecord, shape: Booked): RecordChange {
  const isSame = isDeepStrictEqual([current.plan.run, current.plan.granted], [from.plan.run, from.plan.granted]);
  if (!isChangeable(current) || !isSame) throw conflict(current.session, reason('update', 'the session has changed meanwhile; read it again', {}, { path: 'phase' }));
  const { plan } = current;
  const change = new RecordChange(current, parts.now()).work({ claims: shape.claims });
  if (shape.end !== plan.run.end) change.endAt(shape.end);
  if (!isDeepStrictEqual(shape.granted, plan.granted)) change.resize(shape.granted);
  const priced = { platform: plan.platform, pools: plan.pools, start: plan.run.start, duration: shape.end - plan.run.start, granted: shape.granted };
  return change.quote(quote(priced, parts.settings.costs)).say([shape.remark]).again(dueAfterChange(current, parts.now()));
}

/** Times that booking and record are compared, against others who change them just then. */
const tries = 5;

/** The booking as the record has it: after a change, and after one that came to nothing. */
async function settleBooking(parts: ChangingParts, { session: { id } }: SessionRecord, before: readonly Claim[]): Promise<void> {
  let settled: readonly Claim[] | undefined;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const record = await parts.sessions.find(id);
    const claims = record && !isOver(record) ? record.work.claims ?? before : undefined;
    if (claims === undefined) {
      await parts.ledger.release(id, parts.now());
      return;
    }
    if (settled && isDeepStrictEqual(settled, claims)) return;
    const result = await parts.ledger.rebook(id, claims);
    if (result.kind === 'refused') parts.log.error('CAPACITY VIOLATION: a session has less booked than it was promised', { session: id, inTheWay: result });
    settled = claims;
  }
}

/** Its capacity was given back, or is just being. */
function isOver({ work }: SessionRecord): boolean {
  return work.bookingReleased === true || work.stage === 'releasing' || work.stage === 'settled';
}

/** Where that fails too, the booking stays larger than the record until the session ends, which is safe. */
async function takeBack(parts: ChangingParts, record: SessionRecord, before: readonly Claim[]): Promise<void> {
  const { id } = record.session;
  try {
    const now = await parts.sessions.find(id);
    await settleBooking(parts, record, before);
    if (now && isChangeable(now)) await resizeNatively(parts, { ...now, plan: { ...now.plan, granted: {} } }, now.plan.granted);
  } catch (error) {
    parts.log.warn('a change of a session failed, and what it had booked for it stays until the session ends', { session: id, error: String(error) });
  }
}

export function conflict(session: Session, why: Reason): BrokerError {
  return new BrokerError('conflict', 'caller', [why], { session });
}
