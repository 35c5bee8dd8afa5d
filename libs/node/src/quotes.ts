/** What an offer costs and how fast it is: every offer has one monetary cost and one compute-performance metric (wire.md 4). */
import type { Measure, Milliseconds, Reason, Resources } from '#model';
import { kinds, reason } from '#model';
import type { NodeSettings } from './settings.js';

const hour = 3_600_000;

/** URIs of the meanings that v1.0 clients look for. */
export const monetary = 'urn:ivoa:calycopis:cost:monetary';
export const computePerformance = 'urn:ivoa:calycopis:metric:compute-performance';

export interface Quotes { readonly costs: readonly Measure[]; readonly metrics: readonly Measure[] }

/** Price of the offered time and size, and the benchmark figure of what is offered. */
export function quote(granted: Resources, duration: Milliseconds, prices: Pick<NodeSettings, 'perCoreHour' | 'corePerformance'>): Quotes {
  const cores = granted['cores'] ?? 0;
  const price = Math.round(cores * (duration / hour) * prices.perCoreHour * 10_000) / 10_000;
  const figure = cores * prices.corePerformance;
  return {
    costs: [{ kind: kinds.floatCost, type: monetary, description: 'price of the offered cores for the offered duration', min: price, max: price }],
    metrics: [{ kind: kinds.floatMetric, type: computePerformance, description: 'benchmark figure of one core times the offered cores', min: figure, max: figure }],
  };
}

/** Why the wish of a requester about costs or metrics is not met by a quote; empty when it is. A type nobody quotes is refused. */
export function unmetWishes(wishes: readonly Measure[], quotes: readonly Measure[], path: 'costs' | 'metrics'): readonly Reason[] {
  return wishes.flatMap((wish, index) => {
    const at = { path: `${path}[${index}]` };
    const type = wish.type ?? '';
    const offered = quotes.find((one) => isMeant(type, one));
    if (!offered) return [reason('unknown-type', '{path}: this node does not quote {type}; leave it out, or ask for {known}', { type, known: quotes.map((one) => one.type ?? '').join(', ') }, at)];
    const { min = 0, max = 0 } = offered;
    if (wish.max !== undefined && min > wish.max) return [reason('cost', '{path}: {type} would be {offered}, at most {limit} is wanted', { type, offered: min, limit: wish.max }, at)];
    if (wish.min !== undefined && max < wish.min) return [reason('cost', '{path}: {type} would be {offered}, at least {limit} is wanted', { type, offered: max, limit: wish.min }, at)];
    return [];
  });
}

/** By its whole URI, or by the last word of it: communities prefix the same meanings differently. */
function isMeant(type: string, quoted: Measure): boolean {
  return type !== '' && (quoted.type === type || (quoted.type ?? '').endsWith(lastWord(type)));
}

function lastWord(urn: string): string {
  return urn.slice(Math.max(urn.lastIndexOf(':'), urn.lastIndexOf('/')));
}
