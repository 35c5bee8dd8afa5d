/** Collects how an answer came about; bounded, because it is stored with the offer set. */
import type { ExplanationStep, Need, Passage, Reason } from '#model';
import { formatDuration, formatInstant, formatInterval } from '#model';
import type { AccountLimit, LimitSpan, Verdict } from '#plugin-sdk';
import type { Ledger } from '#booking';
import type { Hints } from './hints.js';
import type { BoundPolicy } from '../judging/judgement.js';
import { reasonsOf } from '../judging/judgement.js';
import type { LinkedRequest } from '../request/linked-request.js';
import type { OfferSetDocument, StoredTrail, Terms } from './offer-document.js';
import type { OthersUse } from '../others/others-use.js';
import type { Placements } from './placements.js';
import type { RequestedTimes } from '../request/requested-schedule.js';
import type { Choice, Wanted } from './slot-choice.js';

const mostSteps = 120;

type Facts = ExplanationStep['facts'];

export class Trail {
  private readonly steps: ExplanationStep[] = [];
  private left = 0;

  add(step: string, about: string, verdict: ExplanationStep['verdict'], more: { reasons?: readonly Reason[]; facts?: Facts } = {}): void {
    if (this.steps.length < mostSteps) this.steps.push({ step, about, verdict, reasons: more.reasons ?? [], facts: more.facts ?? {} });
    else this.left += 1;
  }

  /** Steps that are not told. */
  leave(steps: number): void {
    this.left += Math.max(0, steps);
  }

  static of({ steps, left }: StoredTrail = { steps: [], left: 0 }): Trail {
    const trail = new Trail();
    trail.steps.push(...steps);
    trail.left = left;
    return trail;
  }

  copy(): Trail {
    return Trail.of(this.stored());
  }

  stored(): StoredTrail {
    return { steps: [...this.steps], left: this.left };
  }
}

/** The way of a request through aggregators. */
export function tellPassage(trail: Trail, { requestId, hops }: Passage): void {
  trail.add('passage', hops.join('/'), 'note', { facts: { requestId } });
}

/** The same policies, each telling its verdict. */
export function watched(policies: readonly BoundPolicy[], trail: Trail): readonly BoundPolicy[] {
  return policies.map((policy, index): BoundPolicy => (policy.judge === undefined ? policy : {
    ...policy,
    judge: async (ask) => {
      const verdict = await policy.judge?.(ask) ?? { kind: 'allow' as const };
      tellVerdict(trail, nameOf(policy, index), verdict);
      return verdict;
    },
  }));
}

function nameOf({ name, pool }: BoundPolicy, index: number): string {
  const own = name ?? `policy ${index + 1}`;
  return pool === undefined ? own : `${own} of pool ${pool}`;
}

function tellVerdict(trail: Trail, about: string, verdict: Verdict): void {
  const reasons = verdict.kind === 'allow' ? verdict.others ?? [] : [...reasonsOf(verdict), ...(verdict.kind === 'deny' ? [] : verdict.warnings ?? [])];
  trail.add('policy', about, verdict.kind === 'allow' ? 'yes' : verdict.kind === 'deny' ? 'no' : 'note', { reasons, facts: numbersOf(verdict) });
}

/** What it limits and charges, in words of people, with the numbers that the policy gives besides. */
export function numbersOf(verdict: Verdict): Facts {
  if (verdict.kind === 'deny') return verdict.facts ?? {};
  const { facts, charges } = verdict;
  const accounts = charges?.map(({ account, counts, limits }) => ({ account, counts, limits: limits.map(tellLimit) }));
  const { resources, longest, runs, spans } = verdict.kind === 'limit' ? verdict : { resources: undefined, longest: undefined, runs: undefined, spans: undefined };
  const all = { ...facts, resources, longest: longest === undefined ? undefined : formatDuration(longest), runs: runs?.map(formatInterval), spans: spans?.map(tellSpan), accounts };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function tellLimit(limit: AccountLimit): Facts {
  if (limit.kind === 'sliding') return { ...limit, length: formatDuration(limit.length) };
  return limit.kind === 'during' ? { ...limit, interval: formatInterval(limit.interval) } : { ...limit };
}

function tellSpan({ runs, longest, ...span }: LimitSpan): Facts {
  return { ...span, ...(longest === undefined ? {} : { longest: formatDuration(longest) }), runs: runs.map(formatInterval) };
}

export function tellData(trail: Trail, linked: LinkedRequest, data: readonly { readonly resolver?: string; readonly locations: readonly string[]; readonly bytes?: number; readonly estimate: number }[]): void {
  for (const [index, { resolver, bytes, estimate }] of data.entries()) {
    trail.add('data', `data[${index}]`, 'yes', { facts: { kind: linked.data[index]?.spec.kind ?? '', resolver, ...(bytes === undefined ? {} : { bytes }), transfer: formatDuration(estimate) } });
  }
}

/** Reasons of platforms name theirs; the others are rules of the node. */
export function tellRefusals(trail: Trail, reasons: readonly Reason[]): void {
  for (const one of reasons) trail.add(one.values['platform'] === undefined ? 'rule' : 'platform', one.values['platform'] ?? 'the node', 'no', { reasons: [one] });
}

export function tellPlacements(trail: Trail, { placements, refusals }: Placements): void {
  tellRefusals(trail, refusals);
  for (const { platform, demands, preparing, releasing, remarks } of placements.slice(0, mostPlaces)) {
    trail.add('platform', platform, 'yes', { reasons: remarks, facts: { demands, preparing: formatDuration(preparing), releasing: formatDuration(releasing) } });
  }
  trail.leave(placements.length - mostPlaces);
}

/** Least free amounts (of what is not booked) of each pool in each window of starts, with the time of the run behind it, and most that others use then. */
export function tellPools(trail: Trail, { ledger, others }: { readonly ledger: Pick<Ledger, 'preview'>; readonly others?: OthersUse | undefined }, { times, placements }: Pick<Wanted, 'times' | 'placements'>): void {
  const concerned = new Set(placements.slice(0, mostPlaces).flatMap(({ demands }) => demands.map((one) => one.pool)));
  for (const { start, end } of times.windows.slice(0, mostWindows)) {
    const window = { start, end: end + times.duration.min };
    const step = Math.ceil((window.end - window.start) / stretches);
    for (const { pool, total, free } of ledger.preview((profile) => profile.report(window, step, concerned))) {
      const used = others?.mostDuring(pool, total, window) ?? {};
      trail.add('pool', pool, 'note', { facts: { from: formatInstant(start), until: formatInstant(window.end), total, free, ...(Object.keys(used).length > 0 ? { others: used } : {}) } });
    }
  }
}

const mostWindows = 4;
/** Each host of a cluster is a place: some tell what the others would. */
const mostPlaces = 40;
const stretches = 4;

export function tellRequest(trail: Trail, need: Need, times: RequestedTimes): void {
  const duration = { min: formatDuration(times.duration.min), max: formatDuration(times.duration.max) };
  const windows = times.windows.slice(0, mostWindows).map(({ start, end }) => `${formatInstant(start)}/${formatInstant(end)}`);
  trail.add('request', 'the request', 'yes', { reasons: times.remarks, facts: { min: need.min, max: need.max, duration, windows } });
}

export function tellHints(trail: Trail, { first, size, longest }: Hints): void {
  const facts = { ...(first === undefined ? {} : { first: formatInstant(first) }), ...(size ? { size } : {}), ...(longest === undefined ? {} : { longest: formatDuration(longest) }) };
  trail.add('hint', 'what would work', Object.keys(facts).length > 0 ? 'yes' : 'no', { facts });
}

/** What came of the search; called again when the decision is made again, so it leaves the trail as it was. */
export function tellOutcome(trail: Trail, outcome: Choice, reasons: readonly Reason[]): StoredTrail {
  const own = trail.copy();
  for (const { candidate, reasons: why } of outcome.dropped) {
    const facts = { duration: formatDuration(candidate.duration), granted: candidate.granted, pools: [...new Set(candidate.claims.map((one) => one.pool))] };
    own.add('candidate', formatInstant(candidate.start), 'no', { reasons: why, facts });
  }
  if (outcome.terms.length === 0) own.add('candidate', 'none', 'no', { reasons });
  return own.stored();
}

/** The whole explanation: what was stored, and the offers, which the terms tell. Older documents hold both. */
export function explanationOf({ trail, terms }: Pick<OfferSetDocument, 'trail' | 'terms'>): StoredTrail {
  if (trail?.steps.some(({ step }) => step === 'offer')) return trail;
  const whole = Trail.of(trail);
  tellTerms(whole, terms);
  return whole.stored();
}

function tellTerms(trail: Trail, all: readonly Terms[]): void {
  for (const [index, terms] of all.entries()) {
    const { platform, pools, start, latest, duration, granted, expires, costs, metrics } = terms;
    const quotes = Object.fromEntries([...costs, ...metrics].map((one) => [one.type ?? '', one.min ?? 0]));
    const times = { start: formatInstant(start), latest: formatInstant(latest), duration: formatDuration(duration), expires: formatInstant(expires) };
    trail.add('offer', `offer ${index + 1}`, 'yes', { facts: { platform, pools, ...times, granted, quotes } });
  }
}
