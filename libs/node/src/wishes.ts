/** The bounds that a request puts on costs and metrics, and how a quote meets them; all of them have to be met. */
import type { ExecutionRequest, Measure, Reason } from '#model';
import { reason } from '#model';
import { quoted } from './faults.js';
import type { Quotes } from './quotes.js';

type Wished = Pick<ExecutionRequest, 'costs' | 'metrics'>;
const lists = ['costs', 'metrics'] as const;

export function hasWishes(request: Wished): boolean {
  return lists.some((list) => (request[list] ?? []).length > 0);
}

/** Bounds on things that nobody quotes here, each as a reason that names what is quoted. */
export function unknownWishes(request: Wished, quotes: Quotes): readonly Reason[] {
  return lists.flatMap((list) => (request[list] ?? []).flatMap((wish, index) => {
    if (quotes[list].some((one) => isMeant(wish.type ?? '', one))) return [];
    const known = quotes[list].map((one) => one.type ?? '').join(', ');
    return [reason('unknown-type', '{path}: this node does not quote {type}; leave it out, or ask for {known}', { type: quoted(wish.type ?? ''), known }, { path: `${list}[${index}].type` })];
  }));
}

export interface Unmet {
  readonly reasons: readonly Reason[];
  /** How far the quote is beyond the bounds, as a share of them; 0 when all are met. */
  readonly excess: number;
}

/** Which bounds a quote does not meet; unknown ones were judged before. */
export function unmetWishes(request: Wished, quotes: Quotes): Unmet {
  const unmet = lists.flatMap((list) => (request[list] ?? []).flatMap((wish, index) => compare(wish, quotes[list], `${list}[${index}]`)));
  return { reasons: unmet.map((one) => one.reason), excess: unmet.reduce((sum, one) => sum + one.excess, 0) };
}

function compare(wish: Measure, quotes: readonly Measure[], path: string): readonly { reason: Reason; excess: number }[] {
  const offered = quotes.find((one) => isMeant(wish.type ?? '', one));
  if (!offered) return [];
  const { min = 0, max = 0 } = offered;
  const of = (text: string, amount: number, limit: number): readonly { reason: Reason; excess: number }[] =>
    [{ reason: reason('cost', text, { type: offered.type ?? '', offered: amount, limit }, { path }), excess: Math.abs(amount - limit) / Math.max(Math.abs(limit), 1e-4) }];
  if (wish.max !== undefined && min > wish.max) return of('{path}: {type} would be {offered}, at most {limit} is wanted', min, wish.max);
  if (wish.min !== undefined && max < wish.min) return of('{path}: {type} would be {offered}, at least {limit} is wanted', max, wish.min);
  return [];
}

/** By its whole URI, or by the last word of it: communities prefix the same meanings differently. */
function isMeant(type: string, offered: Measure): boolean {
  const word = type.slice(Math.max(type.lastIndexOf(':'), type.lastIndexOf('/')) + 1);
  return offered.type === type || (word !== '' && (offered.type ?? '').endsWith(`:${word}`));
}
