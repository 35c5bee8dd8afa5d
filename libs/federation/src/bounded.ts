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
  let size = 1;
  for (const [name, one] of Object.entries(value)) size += name.length + sizeOf(one, levels - 1);
  return size;
}
