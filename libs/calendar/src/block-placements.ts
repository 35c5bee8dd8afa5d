/** What blocks mean for one requester: more ways to be placed for their groups, nothing for anybody else. */
import { formatInstant, reason } from '#model';
import type { CalendarEntry, Instant, Interval, Reason, Requester, Resources } from '#model';
import type { Demand } from '#plugin-sdk';
import { between, blockPoolOf, isGivenBack, within } from './wanted.js';

/** The part of a placement that blocks change. `runs`: the run must lie inside one of these. `ifFull`: to be said with a NO. */
export interface Placeable { readonly demands: readonly Demand[]; readonly remarks: readonly Reason[]; readonly runs?: readonly Interval[]; readonly ifFull?: readonly Reason[] }

const always: Interval = { start: -8.64e15, end: 8.64e15 };

/** The placements on blocks of the requester's groups first, then those on the general pools as the blocks let them be. */
export function placeOnBlocks<Place extends Placeable>(placements: readonly Place[], entries: readonly CalendarEntry[], who: { readonly requester: Requester; readonly now: Instant }): readonly (Place & Placeable)[] {
  const own = entries.filter((entry) => entry.block !== undefined && who.requester.groups.includes(entry.block.group) && isOpen(entry, who.now));
  if (own.length === 0) return placements;
  const inBlocks = own.flatMap((entry) => placements.filter((place) => isOn(place, entry)).map((place) => onBlock(place, entry, who.now)));
  return [...inBlocks, ...placements.map((place) => own.filter((entry) => isOn(place, entry)).reduce<Place & Placeable>((kept, entry) => besideBlock(kept, entry, who.now), place))];
}

function isOpen(entry: CalendarEntry, now: Instant): boolean {
  return entry.ended === undefined && entry.times.some((time) => (time.end ?? Infinity) > now);
}

function isOn(place: Placeable, entry: CalendarEntry): boolean {
  return place.demands.some((demand) => demand.pool === entry.pool);
}

/** What the block has comes from it; what it is not about, still from the general pool. */
function onBlock<Place extends Placeable>(place: Place, entry: CalendarEntry, now: Instant): Place & Placeable {
  const demands = place.demands.flatMap((demand) => (demand.pool === entry.pool ? split(demand, entry) : [demand]));
  const told = reason('block', 'from block {block}, which the site keeps for group {group}', { block: nameOf(entry), group: entry.block?.group ?? '' }, { level: 'INFO' });
  return { ...place, demands, runs: within(entry.times, always), remarks: [...place.remarks, told], ifFull: [...(place.ifFull ?? []), full(entry, now)] };
}

function split(demand: Demand, entry: CalendarEntry): readonly Demand[] {
  const isInBlock = (name: string): boolean => name in (entry.amounts ?? {});
  const part = (of: Resources, wanted: (name: string) => boolean): Resources => Object.fromEntries(Object.entries(of).filter(([name]) => wanted(name)));
  const inBlock: Demand = { ...demand, pool: blockPoolOf(entry), min: part(demand.min, isInBlock), max: part(demand.max, isInBlock) };
  const rest: Demand = { ...demand, min: part(demand.min, (name) => !isInBlock(name)), max: part(demand.max, (name) => !isInBlock(name)) };
  return Object.keys(rest.min).length + Object.keys(rest.max).length === 0 ? [inBlock] : [inBlock, rest];
}

/** While a block lasts whose group shall have nothing else, its group gets nothing of the general pool. */
function besideBlock<Place extends Placeable>(place: Place & Placeable, entry: CalendarEntry, now: Instant): Place & Placeable {
  if (entry.block?.whenFull !== 'refuse') return place;
  const times = within(entry.times.filter((time) => !isGivenBack(entry, time, now)), always);
  const before = place.runs ?? [always];
  const runs = between(times, always).flatMap((gap) => before.flatMap((run) => within([run], gap)));
  return { ...place, runs };
}

function full(entry: CalendarEntry, now: Instant): Reason {
  const current = entry.times.find((time) => time.start <= now && now < (time.end ?? Infinity));
  const facts = { block: nameOf(entry), group: entry.block?.group ?? '' };
  if (current && isGivenBack(entry, current, now)) {
    const since = formatInstant(current.start + (entry.block?.grace ?? 0));
    return reason('block-given-back', 'what was unused of block {block} of group {group} went back to everybody at {since}', { ...facts, since });
  }
  const size = Object.entries(entry.amounts ?? {}).map(([name, amount]) => `${amount} ${name}`).join(', ');
  return reason('block-full', 'block {block} of group {group} ({size}) has no room for it inside the wanted windows', { ...facts, size });
}

function nameOf(entry: CalendarEntry): string {
  return entry.name ?? entry.note ?? entry.id;
}
