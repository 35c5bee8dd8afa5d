/** Keys of a configuration that are right by themselves and don't go with others. */
import { entryFaults } from '#calendar';
import { httpFaults } from '#http-api';
import { formatDuration, parseDuration } from '#model';
import type { Instant, Milliseconds, Resources } from '#model';
import type { NodeConfig } from './broker.config.js';

interface Misfit { readonly path: string; readonly fault: string; readonly fix: string }

/** With these a node can't do its work. */
export function misfits({ http, database, defaults }: NodeConfig): readonly Misfit[] {
  const url = database && 'url' in database && typeof database.url === 'string' ? database.url : undefined;
  const longest = lengthOf(defaults.longest);
  return [
    ...httpFaults(http),
    ...(url === undefined || /^postgres(?:ql)?:/.test(url) ? [] : [{ path: 'database.url', fault: 'is no address of a PostgreSQL', fix: 'write postgres://USER:PASSWORD@HOST:PORT/DATABASE' }]),
    ...(lengthOf(defaults.duration) <= longest ? [] : [{ path: 'defaults.duration', fault: `${defaults.duration} is longer than defaults.longest, ${formatDuration(longest)}, so that who names no duration gets nothing`, fix: 'shorten it, or lengthen defaults.longest' }]),
  ];
}

/** What a start only tells of, since the rest runs without it: things that are named and are not there, and entries of the calendar that can't be made. */
export function doubts({ booking, defaults, platforms, pools, costs, calendar }: NodeConfig, now: Instant, largest: readonly (Resources | undefined)[]): readonly Misfit[] {
  const known = platforms.map(({ name, type }) => name ?? type);
  const stranger = (path: string, pool: string): readonly Misfit[] => {
    const [platform = ''] = pool.split('/');
    return known.includes(platform) ? [] : [{ path, fault: `there is no platform '${platform}'`, fix: known.length > 0 ? `write one of ${known.join(', ')}` : 'add it under platforms' }];
  };
  return [
    ...(lengthOf(booking.offerExpiry) <= lengthOf(booking.longestExpiry) ? [] : [{
      path: 'booking.offerExpiry', fault: `${booking.offerExpiry} is longer than booking.longestExpiry, ${booking.longestExpiry}, so that no offer can be kept any longer than that`, fix: 'shorten it, or lengthen booking.longestExpiry',
    }]),
    ...(['cores', 'memory'] as const).flatMap((what) => tooMuchFor(largest, what, defaults[what])),
    ...pools.flatMap(({ divide }, index) => stranger(`pools[${index}].divide`, divide)),
    ...Object.keys(costs.pools).flatMap((pool) => stranger(`costs.pools[${JSON.stringify(pool)}]`, pool)),
    ...calendar.flatMap((entry, index) => [
      ...stranger(`calendar[${index}].pool`, entry.pool),
      ...entryFaults(entry, now).map(({ path = '', values }) => ({ path: `calendar[${index}].${path}`, fault: values['fault'] ?? 'is wrong', fix: values['fix'] ?? 'see docs/calendar.md' })),
    ]),
  ];
}

/** Only where every platform tells how much it has. */
function tooMuchFor(largest: readonly (Resources | undefined)[], what: 'cores' | 'memory', wanted: number): readonly Misfit[] {
  const most = Math.max(...largest.map((one) => one?.[what] ?? Infinity));
  if (largest.length === 0 || wanted <= most) return [];
  return [{ path: `defaults.${what}`, fault: `${wanted} is more than any pool has, ${most}, so that who names no size gets nothing`, fix: 'write less' }];
}

function lengthOf(text: string): Milliseconds {
  const parsed = parseDuration(text, 0);
  return parsed.ok ? parsed.value : 0;
}
