/** The requested accelerators and hosts: words → types of this node, how many, and how much memory each has. */
import type { AcceleratorType, ComputeResource, Kind, Spread, WantedAccelerator } from '#model';
import { acceleratorNamed, asksForMore, canonicalKind, kinds } from '#model';
import { quoted, type Faults } from '../faults.js';
import { readExtent } from './requested-size.js';
import type { Extent } from './requested-size.js';

/** Entries of one request; no host has so many types. */
const mostEntries = 32;

export interface RequestedAccelerators {
  readonly wanted: readonly WantedAccelerator[];
  /** By type. */
  readonly counts: ReadonlyMap<string, Extent>;
  /** Types for which the client gave no maximum. */
  readonly open: readonly string[];
  /** Undefined: as the platform likes. */
  readonly spread?: Spread;
}

const none: RequestedAccelerators = { wanted: [], counts: new Map(), open: [] };

/** Faults go to `faults` and make the result meaningless. */
export function readAccelerators(compute: ComputeResource | undefined, known: readonly AcceleratorType[], faults: Faults): RequestedAccelerators {
  if (compute === undefined || !asksForMore(compute)) return none;
  if (canonicalKind(compute.kind) !== kinds.acceleratedCompute) return misplaced(compute, faults);
  const entries = compute.accelerators ?? [];
  if (entries.length > mostEntries) {
    faults.add('limit', 'compute.accelerators', `${entries.length} entries are too many`, `send at most ${mostEntries}`);
    return none;
  }
  const wanted: WantedAccelerator[] = [];
  const counts = new Map<string, Extent>();
  entries.forEach(({ type, count, memory }, index) => {
    const at = `compute.accelerators[${index}]`;
    const extent = readExtent(count, 1, `${at}.count`, faults);
    const least = memory === undefined ? undefined : readExtent(memory, 1, `${at}.memory`, faults).min;
    const found = findType(type, { known, at, before: counts }, faults);
    if (!found) return;
    counts.set(found.type, extent);
    wanted.push({ asked: type ?? '', type: found.type, ...(least === undefined ? {} : { memory: least }) });
  });
  const open = wanted.filter((_, index) => entries[index]?.count?.max === undefined).map(({ type }) => type);
  return { wanted, counts, open, ...(compute.nodes === undefined ? {} : { spread: readExtent(compute.nodes, 1, 'compute.nodes', faults) }) };
}

/** What simple compute doesn't have must not be dropped without a word: who writes it there counts on it. */
function misplaced({ kind, nodes }: ComputeResource, faults: Faults): RequestedAccelerators {
  const known: Kind | undefined = canonicalKind(kind ?? '') === kinds.simpleCompute ? kinds.simpleCompute : undefined;
  if (known) faults.add('unsupported', nodes === undefined ? 'compute.accelerators' : 'compute.nodes', `${quoted(kind)} has no such part`, `use ${kinds.acceleratedCompute}`);
  return none;
}

interface Looking { readonly known: readonly AcceleratorType[]; readonly at: string; readonly before: ReadonlyMap<string, Extent> }

function findType(word: string | undefined, { known, at, before }: Looking, faults: Faults): AcceleratorType | undefined {
  const words = known.map(({ type }) => type).join(', ');
  const fix = words === '' ? 'this node has no accelerators; leave it out' : `this node has ${words}`;
  if (word === undefined || word === '') return faults.add('missing', `${at}.type`, 'no type of accelerator is given', fix);
  const found = acceleratorNamed(word, known);
  if (!found) return faults.add('unknown-accelerator', `${at}.type`, `${quoted(word)} is not an accelerator that is known here`, fix);
  if (before.has(found.type)) return faults.add('duplicate', `${at}.type`, `${quoted(found.type)} is asked for twice`, 'write each type once, with the whole count');
  return found;
}
