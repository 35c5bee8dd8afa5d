import type { Fields } from './read-fields.js';

/** Documents of members are copied into answers of ours and written down: one without bounds would fail those, and everybody's with them. */
const deepest = 64;
/** Texts and names of one document: twice the largest request, which every offer repeats. */
const mostCharacters = 2 * 2 ** 20;

/** False for what is nested more deeply than any document of v1.0, or larger than an offer can be. */
export function isBounded(document: unknown, most = mostCharacters): boolean {
  return sizeOf(document, deepest) <= most;
}

/** Infinity where it is nested too deeply. */
function sizeOf(value: unknown, levels: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  if (levels === 0) return Infinity;
  if (Array.isArray(value)) return value.reduce<number>((size, one) => size + sizeOf(one, levels - 1), 1);
  let size = 1;
  // Documents are JSON: nothing is inherited. Entries would be made anew for each object of every offer.
  for (const name in value) size += name.length + sizeOf((value as Fields)[name], levels - 1);
  return size;
}
