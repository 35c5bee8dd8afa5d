/** A slot that was found → the terms of an offer. */
import type { Instant, Interval, Message, Milliseconds, PoolId, Reason, Resources } from '#model';
import { formatDuration, isAcceleratorName, reason } from '#model';
import { isAccount } from '#booking';
import type { Candidate } from '#booking';
import { grantedOf } from './offer-document.js';
import type { Shape, Terms } from './offer-document.js';
import type { Placement } from './placements.js';
import { isPledge } from '../pools/pledges.js';
import { quote } from '../costs/quotes.js';
import { variesByTime } from '../costs/rates.js';
import type { RequestedTimes } from '../request/requested-schedule.js';
import type { NodeSettings } from '../settings.js';

/** Shortest time to accept an offer that must start at once. */
const shortestPatience = 10_000;

export interface TermsContext {
  readonly now: Instant;
  readonly patience: Milliseconds;
  readonly settings: NodeSettings;
  readonly times: RequestedTimes;
  readonly need: { readonly min: Resources; readonly max: Resources };
}

/** Makes the terms of one search. What alternatives have in common (place, size, price, messages) is made once and shared. */
export class TermsMaker {
  private readonly shapes = new Map<string, Shape>();
  private readonly variesByTime: boolean;
  private readonly asked: Message;

  constructor(private readonly context: TermsContext) {
    this.variesByTime = variesByTime(context.settings.costs);
    this.asked = asked(context);
  }

  /** The latest start is what the window and the patience allow; the offer expires when that could no longer be met. */
  termsOf(candidate: Candidate, placement: Placement): Terms {
    const { now, patience, times, settings } = this.context;
    const { start, duration } = candidate;
    const slack = Math.max(0, now + placement.preparing + patience - start);
    const windowEnd = windowOf(start, times.windows).end;
    const latest = start + wholeSeconds(Math.min(slack, windowEnd - start));
    const expires = Math.min(now + patience, Math.max(latest - placement.preparing, now + shortestPatience));
    const couldClose = windowEnd > latest && now + settings.longestExpiry + placement.preparing > start;
    return { ...this.shapeOf(candidate, placement), start, latest, duration, expires, ...(couldClose ? { closes: windowEnd } : {}) };
  }

  private shapeOf(candidate: Candidate, placement: Placement): Shape {
    const pools = poolsOf(candidate);
    const key = this.keyOf(candidate, pools);
    const shape = this.shapes.get(key) ?? this.makeShape(candidate, placement, pools);
    this.shapes.set(key, shape);
    return shape;
  }

  /** A query stands for its placement. */
  private keyOf({ query, start, duration, granted }: Candidate, pools: readonly PoolId[]): string {
    let key = `${query} ${duration} ${this.variesByTime ? start : ''} ${pools.join(' ')}`;
    for (const name in granted) key += ` ${name} ${granted[name]}`;
    return key;
  }

  private makeShape({ start, duration, granted }: Candidate, placement: Placement, pools: readonly PoolId[]): Shape {
    const { now, settings } = this.context;
    const { platform, preparing, releasing } = placement;
    return {
      platform, pools, preparing, releasing, granted, ...(placement.resizable === true ? { growsTo: growthOf(placement) } : {}), ...deviceFacts(placement),
      ...quote({ platform, pools, start, duration, granted }, settings.costs), messages: [this.asked, ...placement.remarks.map((one) => at(one, now))],
    };
  }
}

function deviceFacts({ demands, memories }: Placement): Pick<Shape, 'hosts' | 'memories'> {
  const hosts = demands.find((demand) => demand.hosts !== undefined)?.hosts;
  return { ...(hosts === undefined ? {} : { hosts }), ...(memories ? { memories } : {}) };
}

/** The most of each resource that one demand can use. */
function growthOf({ demands }: Placement): Resources {
  return grantedOf(demands.map((demand) => demand.max));
}

/** Capacity of platforms: neither owned shares of it nor accounts. */
export function poolsOf(candidate: Candidate): readonly PoolId[] {
  return [...new Set(candidate.claims.map((claim) => claim.pool))].filter((pool) => !isPledge(pool) && !isAccount(pool));
}

/** Downwards: a latest start is never later than allowed. */
function wholeSeconds(length: Milliseconds): Milliseconds {
  return Math.floor(length / 1000) * 1000;
}

function windowOf(start: Instant, windows: readonly Interval[]): Interval {
  return windows.find((window) => window.start <= start && start <= window.end) ?? { start, end: start };
}

/** v1.0 shows only one min and max, in an offer the offered ones: what was asked for goes into a message. */
function asked(context: TermsContext): Message {
  const { need, times, now } = context;
  const sizes = Object.keys(need.min).flatMap((name) => [[`${name}.min`, need.min[name] ?? 0], [`${name}.max`, need.max[name] ?? 0]] as const);
  const others = Object.keys(need.min).filter(isAcceleratorName).map((name) => `, ${need.min[name] ?? 0} to ${need.max[name] ?? 0} of ${name}`).join('');
  const values = { ...Object.fromEntries(sizes), 'duration.min': formatDuration(times.duration.min), 'duration.max': formatDuration(times.duration.max), ...(others === '' ? {} : { others }) };
  const text = `requested: {cores.min} to {cores.max} cores, {memory.min} to {memory.max} GiB of memory${others === '' ? '' : '{others}'}, for {duration.min} to {duration.max}`;
  return at(reason('requested', text, values, { level: 'INFO' }), now);
}

/** A reason at a time. */
export function at(of: Reason, time: Instant): Message {
  return { ...of, time };
}
