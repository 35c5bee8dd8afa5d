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
    const meaning = wish.type ?? '';
    const offered = quotes.find((one) => one.type === meaning || (meaning !== '' && one.type !== undefined && one.type.endsWith(lastWord(meaning))));
    if (!offered) return [reason('unknown-type', 'this node does not quote {type}', { type: meaning }, at)];
    if (wish.max !== undefined && (offered.min ?? 0) > wish.max) return [reason('cost', '{type} would be {offered}, at most {limit} is wanted', { type: meaning, offered: offered.min ?? 0, limit: wish.max }, at)];
    if (wish.min !== undefined && (offered.max ?? 0) < wish.min) return [reason('cost', '{type} would be {offered}, at least {limit} is wanted', { type: meaning, offered: offered.max ?? 0, limit: wish.min }, at)];
    return [];
  });
}

function lastWord(urn: string): string {
  return urn.slice(Math.max(urn.lastIndexOf(':'), urn.lastIndexOf('/')));
}
