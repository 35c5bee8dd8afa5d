/** A batch as the parameters of commit_batch. Empty parts are null, so that their statements are not run at all. */
import type { Claim, CommitBatch } from '#booking';
import type { SessionId } from '#model';
import { packEvent, packHolds } from './packed-holds.js';

export const commitStatement = {
  name: 'commit_batch',
  text: 'select commit_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) as version',
} as const;

/** Parameters from the fourth on. */
export function batchParameters(batch: CommitBatch): readonly unknown[] {
  const { accepts } = batch;
  const releases = lastPerSession(batch.releases);
  return [
    batch.at, JSON.stringify(batch.events.map(packEvent)), jsonOrNull(batch.pools),
    jsonOrNull(batch.newSets.map(({ id, owner, state, created, expires, holds }) => ({ id, owner, state, created, expires, holds: packHolds(holds) }))), documentsOf(batch.newSets),
    jsonOrNull(accepts.map(({ set, index, seed }) => ({ set, index, session: seed.id, owner: seed.owner, phase: seed.phase, due: seed.due, created: createdOf(seed.document) ?? batch.at }))),
    documentsOf(accepts.map(({ seed }) => seed)),
    accepts.length === 0 ? null : claimsJson(accepts.map(({ booking }) => booking)),
    jsonOrNull(batch.rejects), batch.expired.length === 0 ? null : batch.expired,
    releases.length === 0 ? null : releases.map(({ session }) => session),
    releases.length === 0 ? null : claimsJson(releases.map(({ session, remaining }) => ({ session, claims: remaining }))),
    ...rebookedParameters(batch.rebooked),
    jsonOrNull(batch.prolonged.map(({ set, expires, holds }) => ({ set, expires, ...(holds ? { holds: packHolds(holds) } : {}) }))), documentsOf(batch.prolonged.map(({ document }) => ({ document: document ?? null }))),
  ];
}

/** All sessions, then those that still have something, then what that is. */
function rebookedParameters(rebooked: CommitBatch['rebooked']): readonly unknown[] {
  if (rebooked.length === 0) return [null, null, null];
  const kept = rebooked.filter(({ claims }) => claims.length > 0);
  return [rebooked.map(({ session }) => session), JSON.stringify(kept.map(({ session, set }) => ({ session, set }))), claimsJson(kept)];
}

function jsonOrNull(rows: readonly unknown[]): string | null {
  return rows.length === 0 ? null : JSON.stringify(rows);
}

function documentsOf(rows: readonly { readonly document: unknown }[]): string | null {
  return jsonOrNull(rows.map(({ document }) => document));
}

function claimsJson(bookings: readonly { readonly session: SessionId; readonly claims: readonly Claim[] }[]): string {
  return JSON.stringify(bookings.flatMap(({ session, claims }) => claims.map(({ pool, interval, amount }) => ({ session, pool, start: interval.start, end: interval.end, amount }))));
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
