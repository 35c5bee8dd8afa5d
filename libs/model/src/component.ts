import type { Kind } from './kind.js';

/** What a client may say about a component. A uuid only serves links inside the request; the server gives its own. */
export interface ClientMeta { readonly name?: string; readonly description?: string; readonly uuid?: string }

/** A cost or metric: a bound in a request, a quote in an offer. `type` is the URI of its meaning. */
export interface Measure { readonly kind: Kind; readonly type?: string; readonly description?: string; readonly min?: number; readonly max?: number }

/** Whether a quote is about what a bound names: by its whole URI, or by the last word of it, as communities prefix the same meanings differently. */
export function isMeasureMeant(type: string, quote: Pick<Measure, 'type'>): boolean {
  const word = type.slice(Math.max(type.lastIndexOf(':'), type.lastIndexOf('/')) + 1);
  return quote.type === type || (word !== '' && (quote.type ?? '').endsWith(`:${word}`));
}

/** Whole numbers; in an offer, `min` is what the session starts with and `max` what it may grow to. */
export interface Range { readonly min?: number; readonly max?: number }

/** Shared by everything that has a kind. Fields of the kind itself stand beside these. */
export interface Component { readonly kind: Kind; readonly meta?: ClientMeta; readonly costs?: readonly Measure[]; readonly metrics?: readonly Measure[] }
