/**
 * How an offer set is kept: shapes and the executable once, and a row of numbers for each offer. Every ask writes such a document
 * and few are ever read again, so that its length is what matters. Documents of older versions are read too.
 */
import type { Draft, Instant, Milliseconds } from '#model';
import type { StoredOfferSet } from '#booking';
import type { OfferSetDocument, Shape, Terms } from './offer-document.js';

/** Number of the shape, then start, latest start, duration, expiry, and where the window closes if that may matter. */
type OfferRow = readonly [number, Instant, Instant, Milliseconds, Instant, Instant?];

export interface StoredDocument extends Omit<OfferSetDocument, 'terms' | 'draft'> {
  readonly shapes: readonly Shape[];
  readonly offers: readonly OfferRow[];
  /** The executable is that of `linked`. */
  readonly draft?: Omit<Draft, 'executable'>;
}

/** Documents in their stored form whose plain form is known: those made here, and those read before. */
const known = new WeakMap<object, OfferSetDocument>();

/** The form to be stored; changing it means storing the form of a changed document. */
export function storedForm(document: OfferSetDocument): StoredDocument {
  const { terms, draft, ...rest } = document;
  const shapes: Shape[] = [];
  const offers = terms.map((one): OfferRow => [numberOf(one, shapes), one.start, one.latest, one.duration, one.expires, ...(one.closes === undefined ? [] as const : [one.closes] as const)]);
  const stored = { ...rest, shapes, offers, ...(draft ? { draft: withoutExecutable(draft) } : {}) };
  known.set(stored, document);
  return stored;
}

/** The document as this library, or an older version of it, wrote it. */
export function documentOf({ document }: Pick<StoredOfferSet, 'document'>): OfferSetDocument {
  const stored = document as StoredDocument | OfferSetDocument;
  if ('terms' in stored) return stored;
  const plain = known.get(stored) ?? plainForm(stored);
  known.set(stored, plain);
  return plain;
}

function plainForm({ shapes, offers, draft, ...rest }: StoredDocument): OfferSetDocument {
  const terms = offers.map(([number, start, latest, duration, expires, closes]): Terms =>
    ({ ...shapes[number] as Shape, start, latest, duration, expires, ...(closes === undefined ? {} : { closes }) }));
  return { ...rest, terms, ...(draft && rest.linked ? { draft: { ...draft, executable: rest.linked.executable.spec } } : {}) };
}

function withoutExecutable({ executable: _executable, ...rest }: Draft): Omit<Draft, 'executable'> {
  return rest;
}

/** Shapes that are the same have the same parts: those of one search are made once. */
function numberOf(terms: Terms, shapes: Shape[]): number {
  const number = shapes.findIndex((other) => partNames.every((name) => other[name] === terms[name]));
  return number >= 0 ? number : shapes.push(shapeOf(terms)) - 1;
}

/** Every part of a shape; one that is left out here would be lost. */
const partNames = Object.keys({
  platform: true, pools: true, preparing: true, releasing: true, granted: true, growsTo: true, hosts: true, memories: true, costs: true, metrics: true, messages: true,
} satisfies Readonly<Record<keyof Shape, true>>) as (keyof Shape)[];

function shapeOf({ start: _start, latest: _latest, duration: _duration, expires: _expires, closes: _closes, ...shape }: Terms): Shape {
  return shape;
}
