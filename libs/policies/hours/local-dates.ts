/** Dates and times of day as a configuration writes them. */
import { ConfigFault } from '#plugin-sdk';

/** As the clock of a zone shows it, in milliseconds as if it were in UTC. */
export interface LocalStretch { readonly from: number; readonly to: number }

interface Written { readonly on?: string; readonly from?: string; readonly to?: string }

const day = 86_400_000;

/** One day, or from one day or time to another; a last day is included. Throws ConfigFault. */
export function stretchOf({ on, from, to }: Written, path: string): LocalStretch {
  if (on !== undefined && from === undefined && to === undefined) return between([on, `${path}.on`], [on, `${path}.on`]);
  if (on === undefined && from !== undefined && to !== undefined) return between([from, `${path}.from`], [to, `${path}.to`]);
  throw new ConfigFault(path, 'names no time, or two', 'write on: YYYY-MM-DD, or from and to');
}

type Place = readonly [text: string, path: string];

function between(first: Place, last: Place): LocalStretch {
  const stretch = { from: localOf(first), to: endOf(last) };
  if (stretch.from >= stretch.to) throw new ConfigFault(last[1], 'is before from', 'exchange them');
  return stretch;
}

function endOf(last: Place): number {
  return localOf(last) + (last[0].includes('T') ? 0 : day);
}

function localOf([text, path]: Place): number {
  const local = Date.parse(text.includes('T') ? `${text}:00Z` : `${text}T00:00:00Z`);
  // Date.parse takes 30 February for 2 March.
  if (!Number.isNaN(local) && new Date(local).toISOString().startsWith(text)) return local;
  throw new ConfigFault(path, `'${text}' is no date`, 'write for example 2030-12-24 or 2030-12-24T18:00');
}
