/**
 * Which slots become offers: pure, run inside the ledger's decision, so that what is chosen is what is held. First with
 * the whole time to accept; if nothing fits so, with a short one: a tight gap is offered to who decides quickly.
 */
import type { ExecutionRequest, Instant, Milliseconds, Need, Reason } from '#model';
import type { OfferTerms } from '#plugin-sdk';
import { planOffers } from '#booking';
import type { Admission, Candidate, Profile } from '#booking';
import { boundsOf } from './affordable.js';
import type { Dropped } from './affordable.js';
import { Drawing } from '../pools/drawing.js';
import type { DrawingGround } from '../pools/drawing-ground.js';
import { alternativesOf, duringRuns } from '../judging/judgement.js';
import type { Alternative, Judgement } from '../judging/judgement.js';
import type { Terms } from './offer-document.js';
import { at, poolsOf, TermsMaker } from './offer-terms.js';
import type { OthersUse } from '../others/others-use.js';
import type { Placement } from './placements.js';
import { queryOf } from './placements.js';
import { monetary, quote } from '../costs/quotes.js';
import { bothAdmit } from '../others/refused-places.js';
import type { RequestedTimes } from '../request/requested-schedule.js';
import type { NodeSettings } from '../settings.js';

/** Time to accept an offer that only fits when it is accepted quickly. */
const shortPatience: Milliseconds = 30_000;

export interface Wanted {
  readonly placements: readonly Placement[];
  readonly times: RequestedTimes;
  readonly need: Need;
  readonly judgement: Judgement & { kind: 'allow' };
  readonly request: ExecutionRequest;
  /** What others use of shared platforms; undefined where there are none. */
  readonly others?: OthersUse | undefined;
  /** Owned shares and accounts that are concerned; undefined where there are none. */
  readonly owed?: Pick<DrawingGround, 'requester' | 'shares' | 'charges'> | undefined;
  rank(terms: readonly OfferTerms[]): readonly OfferTerms[];
}

export interface SlotChoice {
  /** Called with the profile as it is at the moment of decision; may be called again after a conflict. */
  choose(profile: Profile): readonly Candidate[];
  /** What the last choice came to; no terms and no reasons: there is no slot. */
  outcome(): Choice;
}

export interface Choice {
  readonly candidates: readonly Candidate[];
  readonly terms: readonly Terms[];
  readonly reasons: readonly Reason[];
  /** Slots that did not keep the bounds on costs and metrics; the first few. */
  readonly dropped: readonly Dropped[];
}

export function searchSlots(wanted: Wanted, now: Instant, settings: NodeSettings): SlotChoice {
  let last: Choice = { candidates: [], terms: [], reasons: [], dropped: [] };
  return {
    choose: (profile) => {
      last = chooseWith(wanted, { now, patience: settings.offerExpiry }, settings, profile);
      if (last.terms.length === 0 && last.candidates.length === 0 && settings.offerExpiry > shortPatience) {
        last = chooseWith(wanted, { now, patience: shortPatience }, settings, profile);
      }
      return last.terms.length > 0 ? last.candidates : [];
    },
    outcome: () => last,
  };
}

interface Patience { readonly now: Instant; readonly patience: Milliseconds }

function chooseWith(wanted: Wanted, when: Patience, settings: NodeSettings, profile: Profile): Choice {
  const ways = waysOf(wanted);
  const queries = ways.map(({ placement, limits }) => queryOf(placement, wanted.times, limits, when));
  const bounds = boundsOf({ request: wanted.request, costs: settings.costs, placementOf: (candidate) => placementOf(ways, candidate) });
  const drawing = drawingOf(wanted, { profile, now: when.now, priceOf: (candidate) => priceOf(candidate, placementOf(ways, candidate), settings.costs) });
  const rules = { most: settings.mostOffers, spacing: settings.spacing, ...admissionOf(wanted, bothAdmit(bounds, drawing)) };
  const found = distinct(planOffers({ queries, rules }, wanted.others?.over(profile) ?? profile));
  if (found.length === 0) return { candidates: [], terms: [], reasons: refusalsOf(bounds, drawing), dropped: bounds?.dropped ?? [] };
  const maker = new TermsMaker({ ...when, settings, times: wanted.times, need: wanted.need });
  const pairs = found.map((candidate) => ({ candidate, terms: withShares(maker.termsOf(candidate, placementOf(ways, candidate)), drawing?.sharesTold(candidate), when.now) }));
  const ranked = wanted.rank(pairs.map(({ terms }) => terms)) as readonly Terms[];
  const kept = ranked.flatMap((terms) => pairs.filter((pair) => pair.terms === terms));
  return { candidates: kept.map((pair) => pair.candidate), terms: kept.map((pair) => pair.terms), reasons: [], dropped: bounds?.dropped ?? [] };
}

function refusalsOf(...all: readonly ({ refusal(): readonly Reason[] } | undefined)[]): readonly Reason[] {
  return all.flatMap((one) => one?.refusal() ?? []);
}

function drawingOf({ owed }: Wanted, ground: Pick<DrawingGround, 'profile' | 'now' | 'priceOf'>): Drawing | undefined {
  return owed && (!owed.shares.isEmpty || owed.charges.length > 0) ? new Drawing({ ...owed, ...ground }) : undefined;
}

function priceOf(candidate: Candidate, { platform }: Placement, costs: NodeSettings['costs']): number {
  return quote({ ...candidate, platform, pools: poolsOf(candidate) }, costs).costs.find(({ type }) => type === monetary)?.min ?? 0;
}

function withShares(terms: Terms, told: readonly Reason[] | undefined, now: Instant): Terms {
  return told === undefined || told.length === 0 ? terms : { ...terms, messages: [...terms.messages, ...told.map((one) => at(one, now))] };
}

function admissionOf({ others }: Wanted, bounds: Admission | undefined): { readonly admission?: Admission } {
  const admission = bothAdmit(others?.admission(), bounds);
  return admission ? { admission } : {};
}

interface Way { readonly placement: Placement; readonly limits: Alternative }

/** Each placement under each way to keep the limits: one search each. */
function waysOf({ placements, judgement, need, times }: Wanted): readonly Way[] {
  const alternatives = alternativesOf(judgement, { need, duration: times.duration });
  const ways: Way[] = [];
  for (const placement of placements) for (const limits of alternatives) ways.push({ placement, limits: duringRuns(limits, placement.runs) });
  return ways;
}

/** Limits by time overlap (who keeps the day's may run at night): the same slot is offered once. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Map<string, Candidate>();
  for (const one of candidates) {
    const key = slotKey(one);
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

function slotKey({ start, duration, claims }: Candidate): string {
  let key = `${start} ${duration}`;
  for (const { pool, interval, amount } of claims) {
    key += `|${pool} ${interval.start} ${interval.end}`;
    for (const name in amount) key += ` ${name} ${amount[name]}`;
  }
  return key;
}

function placementOf(ways: readonly Way[], candidate: Candidate): Placement {
  const way = ways[candidate.query];
  if (!way) throw new RangeError(`no placement for query ${candidate.query}`);
  return way.placement;
}
