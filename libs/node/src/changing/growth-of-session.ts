/** What a session would take besides what it has, were it longer or bigger. */
import type { Instant, Milliseconds, Resources } from '#model';
import type { Claim, Ledger } from '#booking';
import type { SessionRecord } from '#sessions';
import type { ChangeTerms } from './change-terms.js';
import { claimsEndingLater, claimsOfSize, isCapacity } from '../pools/claim-shapes.js';
import { Growing } from './growth.js';
import type { Growth } from './growth.js';
import { monetary, quote } from '../costs/quotes.js';
import type { NodeSettings } from '../settings.js';

interface Parts { readonly settings: Pick<NodeSettings, 'grain' | 'costs'>; readonly ledger: Pick<Ledger, 'preview' | 'bookingOf'>; now(): Instant }

export function lengthGrowth({ settings }: Pick<Parts, 'settings'>, { plan }: SessionRecord, before: readonly Claim[], by: Milliseconds): Growth {
  const { run, granted } = plan;
  const price = priceOf(settings, plan, { start: run.start, end: run.end + by, granted }) - priceOf(settings, plan, { ...run, granted });
  return { before, capacity: claimsEndingLater(before.filter(isCapacity), run.end, by), run: { start: run.start, end: run.end + by }, granted, by, price };
}

export function sizeGrowth(parts: Pick<Parts, 'settings' | 'now'>, record: SessionRecord, before: readonly Claim[], size: { readonly name: string; readonly by: number }): Growth {
  const { run } = record.plan;
  const { name, by } = size;
  const capacity = claimsOfSize(before.filter(isCapacity), name, by, { from: parts.now(), end: run.end, grain: parts.settings.grain });
  return { before, capacity, run, granted: { [name]: by }, by: 0, price: priceOfSize(parts, record, size) };
}

/** What more (or, below zero, less) of a resource costs until the run ends. */
export function priceOfSize({ settings, now }: Pick<Parts, 'settings' | 'now'>, { plan }: SessionRecord, { name, by }: { readonly name: string; readonly by: number }): number {
  const { run, granted } = plan;
  const rest = { start: Math.max(now(), run.start), end: run.end };
  return priceOf(settings, plan, { ...rest, granted: { ...granted, [name]: (granted[name] ?? 0) + by } }) - priceOf(settings, plan, { ...rest, granted });
}

/** Whether shares and accounts have room for it now; nothing is held. */
export function isGrowthPossible({ ledger, settings, now }: Parts, { session }: SessionRecord, growth: Growth, terms: ChangeTerms): boolean {
  const growing = new Growing(growth, terms, { now: now(), grain: settings.grain });
  return ledger.preview((profile) => 'claims' in growing.choose(profile, profile.bookingOf(session.id)?.claims ?? []));
}

function priceOf({ costs }: Pick<NodeSettings, 'costs'>, { platform, pools }: SessionRecord['plan'], { start, end, granted }: { readonly start: Instant; readonly end: Instant; readonly granted: Resources }): number {
  return quote({ platform, pools, start, duration: end - start, granted }, costs).costs.find(({ type }) => type === monetary)?.min ?? 0;
}
