/** Which slots keep the bounds of a request on costs and metrics, and where a cheaper one may be found (UC-43). */
import type { ExecutionRequest, Instant, Reason } from '#model';
import { formatDuration, formatInstant, reason } from '#model';
import type { Admission, Candidate } from '#booking';
import { poolsOf } from './offer-terms.js';
import type { Placement } from './placements.js';
import type { Quotes } from '../costs/quotes.js';
import { quote } from '../costs/quotes.js';
import type { CostSettings } from '../costs/rates.js';
import { nextTurn, variesByTime } from '../costs/rates.js';
import { hasWishes, unknownWishes, unmetWishes } from '../costs/wishes.js';
import type { Unmet } from '../costs/wishes.js';

export interface Bounded { readonly request: ExecutionRequest; readonly costs: CostSettings; placementOf(candidate: Candidate): Placement }

/** Undefined when the request sets no bounds. */
export function boundsOf(bounded: Bounded): Bounds | undefined {
  return hasWishes(bounded.request) ? new Bounds(bounded) : undefined;
}

export interface Dropped { readonly candidate: Candidate; readonly reasons: readonly Reason[] }

const mostDropped = 20;

export class Bounds implements Admission {
  readonly dropped: Dropped[] = [];
  private nearest: { readonly candidate: Candidate; readonly unmet: Unmet } | undefined;
  private readonly varies: boolean;

  constructor(private readonly bounded: Bounded) {
    this.varies = variesByTime(bounded.costs);
  }

  admits(candidate: Candidate): boolean {
    const unmet = unmetWishes(this.bounded.request, this.quotesOf(candidate));
    if (unmet.reasons.length === 0) return true;
    if (this.dropped.length < mostDropped) this.dropped.push({ candidate, reasons: unmet.reasons });
    if (!this.nearest || unmet.excess < this.nearest.unmet.excess) this.nearest = { candidate, unmet };
    return false;
  }

  retry({ start, duration }: Candidate): Instant | undefined {
    return this.varies ? nextTurn(start, duration) : undefined;
  }

  /** Why nothing was admitted, with the slot that came nearest; empty when nothing was found at all. */
  refusal(): readonly Reason[] {
    if (!this.nearest) return [];
    const { candidate, unmet } = this.nearest;
    const quotes = [...this.quotesOf(candidate).costs, ...this.quotesOf(candidate).metrics].map((one) => `${one.type ?? ''} ${one.min ?? 0}`).join(', ');
    const size = Object.entries(candidate.granted).map(([name, amount]) => `${amount} ${name}`).join(', ');
    const values = { size, start: formatInstant(candidate.start), duration: formatDuration(candidate.duration), quotes };
    return [...unmet.reasons, reason('nearest', 'the nearest to these bounds is {size} from {start} for {duration}: {quotes}', values, { level: 'INFO' })];
  }

  private quotesOf(candidate: Candidate): Quotes {
    const { platform } = this.bounded.placementOf(candidate);
    return quote({ ...candidate, platform, pools: poolsOf(candidate) }, this.bounded.costs);
  }
}

/** Bounds on what none of the placements is quoted by. */
export function unknownBounds(request: ExecutionRequest, placements: readonly Placement[], costs: CostSettings): readonly Reason[] {
  if (!hasWishes(request)) return [];
  const all = placements.map(({ platform, demands }) => quote({ platform, pools: demands.map((one) => one.pool), start: 0, duration: 1, granted: {} }, costs));
  return unknownWishes(request, { costs: all.flatMap((one) => one.costs), metrics: all.flatMap((one) => one.metrics) });
}
