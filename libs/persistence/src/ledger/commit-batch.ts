/** A batch as the parameters of commit_batch. Empty parts are null, so that their statements are not run at all. */
import type { Claim, CommitBatch, Hold, LedgerEvent, PreparedRow } from '#booking';
import type { PoolId, SessionId } from '#model';
import { int4Array, int8Array, int8Matrix, jsonArray, textArray, uuidArray } from '../connections/binary-arrays.js';
import { packEvent, packHolds } from './packed-holds.js';

const parameterCount = 33;

export const commitStatement = {
  name: 'commit_batch',
  text: `select commit_batch(${Array.from({ length: parameterCount }, (_, index) => `$${index + 1}`).join(', ')}) as version`,
} as const;

/** What was written down ahead. Holds are in a set's row and in the event that tells of it. */
const documents = new WeakMap<PreparedRow, Buffer>();
const packed = new WeakMap<readonly Hold[], string>();

/** Writes down what is much of a row, if that is not done yet. */
export function encodeRow(row: PreparedRow): Buffer {
  if ('holds' in row) packedText(row.holds);
  let text = documents.get(row);
  if (!text) documents.set(row, text = Buffer.from(JSON.stringify('holds' in row ? row.document : row.seed.document)));
  return text;
}

/** Parameters from the fifth on. */
export function batchParameters(batch: CommitBatch): readonly unknown[] {
  const releases = lastPerSession(batch.releases);
  return [
    batch.at, `[${batch.events.map(eventText).join()}]`, jsonOrNull(batch.pools),
    ...setParameters(batch.newSets), ...acceptParameters(batch),
    jsonOrNull(batch.rejects), batch.expired.length === 0 ? null : uuidArray(batch.expired),
    releases.length === 0 ? null : uuidArray(releases.map(({ session }) => session)),
    releases.length === 0 ? null : claimsJson(releases.map(({ session, remaining }) => ({ session, claims: remaining }))),
    ...rebookedParameters(batch.rebooked),
    jsonOrNull(batch.prolonged.map(({ set, expires, holds }) => ({ set, expires, ...(holds ? { holds: packHolds(holds) } : {}) }))), jsonOrNull(batch.prolonged.map(({ document }) => document ?? null)),
  ];
}

function setParameters(sets: CommitBatch['newSets']): readonly unknown[] {
  if (sets.length === 0) return Array<null>(7).fill(null);
  return [
    uuidArray(sets.map((one) => one.id)), textArray(sets.map((one) => one.owner)), textArray(sets.map((one) => one.state)),
    int8Array(sets.map((one) => one.created)), int8Array(sets.map((one) => one.expires)),
    jsonArray(sets.map((one) => Buffer.from(packedText(one.holds)))), jsonArray(sets.map(encodeRow)),
  ];
}

function acceptParameters({ accepts, at }: CommitBatch): readonly unknown[] {
  if (accepts.length === 0) return Array<null>(10).fill(null);
  const seeds = accepts.map(({ seed }) => seed);
  return [
    uuidArray(accepts.map((one) => one.set)), int4Array(accepts.map((one) => one.index)),
    uuidArray(seeds.map((one) => one.id)), textArray(seeds.map((one) => one.owner)), textArray(seeds.map((one) => one.phase)),
    int8Array(seeds.map(({ document }) => createdOf(document) ?? at)), int8Array(seeds.map((one) => one.due)), jsonArray(accepts.map(encodeRow)),
    ...claimRows(accepts.map(({ booking }) => booking.claims)),
  ];
}

/** All sessions, then those that still have something, then what that is. */
function rebookedParameters(rebooked: CommitBatch['rebooked']): readonly unknown[] {
  if (rebooked.length === 0) return [null, null, null];
  const kept = rebooked.filter(({ claims }) => claims.length > 0);
  return [uuidArray(rebooked.map(({ session }) => session)), JSON.stringify(kept.map(({ session, set }) => ({ session, set }))), claimsJson(kept)];
}

function eventText(event: LedgerEvent): string {
  if (event.kind !== 'held') return JSON.stringify(packEvent(event));
  const { holds, ...rest } = event;
  return `${JSON.stringify(rest).slice(0, -1)},"holds":${packedText(holds)}}`;
}

function packedText(holds: readonly Hold[]): string {
  let text = packed.get(holds);
  if (text === undefined) packed.set(holds, text = JSON.stringify(packHolds(holds)));
  return text;
}

function jsonOrNull(rows: readonly unknown[]): string | null {
  return rows.length === 0 ? null : JSON.stringify(rows);
}

function claimsJson(bookings: readonly { readonly session: SessionId; readonly claims: readonly Claim[] }[]): string {
  return JSON.stringify(bookings.flatMap(({ session, claims }) => claims.map(({ pool, interval, amount }) => ({ session, pool, start: interval.start, end: interval.end, amount }))));
}

/**
 * Claims of bookings as numbers, which need not be parsed: of booking, shape, start, end and amounts. A shape is a pool and the kinds of
 * the amounts, and there are few.
 */
function claimRows(bookings: readonly (readonly Claim[])[]): readonly unknown[] {
  const shapes = new Map<string, { readonly pool: PoolId; readonly kinds: readonly string[]; readonly number: number }>();
  const rows = bookings.flatMap((claims, booking) => claims.map(({ pool, interval, amount }) => {
    const kinds = Object.keys(amount).filter((kind) => amount[kind] !== 0);
    const key = [pool, ...kinds].join('\n');
    const shape = shapes.get(key) ?? { pool, kinds, number: shapes.size + 1 };
    shapes.set(key, shape);
    return [booking + 1, shape.number, interval.start, interval.end, ...kinds.map((kind) => amount[kind] ?? 0)];
  }));
  return [JSON.stringify([...shapes.values()].map(({ pool, kinds }) => ({ pool, kinds }))), int8Matrix(rows)];
}

/** A session is listed by the time at which it was offered, which its document tells. */
function createdOf(document: unknown): number | undefined {
  const created = (document as { session?: { created?: unknown } } | null)?.session?.created;
  return typeof created === 'number' ? created : undefined;
}

/** Of several releases of one session in a batch the last tells what remains. */
function lastPerSession(releases: CommitBatch['releases']): CommitBatch['releases'] {
  return [...new Map(releases.map((one) => [one.session, one])).values()];
}
