/** The bounds that a request puts on costs and metrics, and how a quote meets them; all of them have to be met. */
import type { Component, ExecutionRequest, Measure, Reason } from '#model';
import { isMeasureMeant, kinds, reason } from '#model';
import { quoted } from '../faults.js';
import type { Quotes } from './quotes.js';

type Wished = Pick<ExecutionRequest, 'costs' | 'metrics' | 'executable' | 'compute' | 'storage' | 'data'>;
const lists = ['costs', 'metrics'] as const;

/** A bound, and where it stands. */
interface Wish { readonly list: (typeof lists)[number]; readonly measure: Measure; readonly path: string }

export function hasWishes(request: Wished): boolean {
  return wishesOf(request).length > 0 || strayWishesOf(request).length > 0;
}

/** Bounds on things that nobody quotes here, each as a reason that names what is quoted. */
export function unknownWishes(request: Wished, quotes: Quotes): readonly Reason[] {
  return [...wishesOf(request).flatMap((wish) => unknownIn(wish, quotes)), ...strayWishesOf(request).map(stray)];
}

function unknownIn({ list, measure, path }: Wish, quotes: Quotes): readonly Reason[] {
  const known = quotes[list].map((one) => one.type ?? '').join(', ');
  if (isOtherKind(list, measure)) {
    const values = { kind: quoted(measure.kind), known: kinds[list === 'costs' ? 'floatCost' : 'floatMetric'] };
    return [reason('unknown-kind', '{path}: {kind} is not a kind of bound that is known here; use {known}', values, { path: `${path}.kind` })];
  }
  if ((measure.type ?? '') === '') return [reason('unknown-type', '{path}: what is bounded is not said; ask for {known}', { known }, { path: `${path}.type` })];
  if (quotes[list].some((one) => isMeasureMeant(measure.type ?? '', one))) return [];
  return [reason('unknown-type', '{path}: this node does not quote {type}; leave it out, or ask for {known}', { type: quoted(measure.type ?? ''), known }, { path: `${path}.type` })];
}

function stray({ path }: Wish): Reason {
  return reason('unknown-type', '{path}: what a session costs and does is quoted as a whole; put the bound beside the executable, or on compute', {}, { path });
}

export interface Unmet {
  readonly reasons: readonly Reason[];
  /** How far the quote is beyond the bounds, as a share of them; 0 when all are met. */
  readonly excess: number;
}

/** Which bounds a quote does not meet; unknown ones were judged before. */
export function unmetWishes(request: Wished, quotes: Quotes): Unmet {
  const unmet = wishesOf(request).flatMap(({ list, measure, path }) => compare(measure, quotes[list], path));
  return { reasons: unmet.map((one) => one.reason), excess: unmet.reduce((sum, one) => sum + one.excess, 0) };
}

function compare(wish: Measure, quotes: readonly Measure[], path: string): readonly { reason: Reason; excess: number }[] {
  const { min: least = -Infinity, max: most = Infinity } = wish;
  if (least > most) return [{ reason: reason('limit', '{path}: the minimum {least} is greater than the maximum {most}; exchange them', { least, most }, { path: `${path}.min` }), excess: 1 }];
  const offered = quotes.find((one) => isMeasureMeant(wish.type ?? '', one));
  if (!offered) return [];
  const { min = 0, max = 0 } = offered;
  const of = (text: string, amount: number, limit: number): readonly { reason: Reason; excess: number }[] =>
    [{ reason: reason('cost', text, { type: offered.type ?? '', offered: amount, limit }, { path }), excess: Math.abs(amount - limit) / Math.max(Math.abs(limit), 1e-4) }];
  if (min > most) return of('{path}: {type} would be {offered}, at most {limit} is wanted', min, most);
  if (max < least) return of('{path}: {type} would be {offered}, at least {limit} is wanted', max, least);
  return [];
}

/** Those of the request and of its compute: an offer quotes both alike. */
function wishesOf(request: Wished): readonly Wish[] {
  return request.compute?.costs || request.compute?.metrics ? [...wishesAt(request, ''), ...wishesAt(request.compute, 'compute.')] : wishesAt(request, '');
}

/** Those of parts that nothing is quoted for. */
function strayWishesOf({ executable, storage = [], data = [] }: Wished): readonly Wish[] {
  const listed = (name: string, parts: readonly Component[]): readonly Wish[] => parts.flatMap((part, index) => wishesAt(part, `${name}[${index}].`));
  return [...wishesAt(executable, 'executable.'), ...listed('storage', storage), ...listed('data', data)];
}

function wishesAt(part: Pick<Component, 'costs' | 'metrics'> | undefined, at: string): readonly Wish[] {
  return lists.flatMap((list) => (part?.[list] ?? []).map((measure, index) => ({ list, measure, path: `${at}${list}[${index}]` })));
}

const knownKinds: Readonly<Record<Wish['list'], readonly string[]>> = {
  costs: [kinds.floatCost, kinds.floatCost.replace('simple-minmax-float-cost', 'abstract-cost-item')],
  metrics: [kinds.floatMetric, kinds.floatMetric.replace('simple-minmax-float-metric', 'abstract-metric-item')],
};

/** One without a kind is read as the only kind with bounds that v1.0 has. */
function isOtherKind(list: Wish['list'], { kind }: Partial<Measure>): boolean {
  return kind !== undefined && !knownKinds[list].includes(kind);
}
