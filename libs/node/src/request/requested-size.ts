/** The requested sizes: cores, memory and storage as ranges with the node's defaults. */
import type { ComputeResource, Kind, Need, Range } from '#model';
import { canonicalKind, kinds } from '#model';
import { quoted, type Faults } from '../faults.js';
import type { NodeSettings } from '../settings.js';

/** More than any machine has, and far below what sums may not reach. */
const gigantic = 2 ** 40;

export interface Extent { readonly min: number; readonly max: number }

const computeKinds: readonly Kind[] = [kinds.simpleCompute, kinds.acceleratedCompute];

/** Cores and memory (GiB) of the compute block, or of the node's defaults where it is absent. */
export function readNeed(compute: ComputeResource | undefined, defaults: NodeSettings['defaults'], faults: Faults): Need {
  if (compute && !computeKinds.includes(canonicalKind(compute.kind))) {
    faults.add('unknown-kind', 'compute.kind', `${quoted(compute.kind)} is not a kind of compute that is known here`, `use ${computeKinds.join(' or ')}`);
  }
  const cores = readExtent(compute?.cores, defaults.cores, 'compute.cores', faults);
  const memory = readExtent(compute?.memory, defaults.memory, 'compute.memory', faults);
  const open = (['cores', 'memory'] as const).filter((name) => compute?.[name]?.max === undefined);
  return { min: { cores: cores.min, memory: memory.min }, max: { cores: cores.max, memory: memory.max }, ...(open.length > 0 ? { open } : {}) };
}

/** Without a minimum the default counts (but never more than the maximum); without a maximum the minimum. */
export function readExtent(range: Range | undefined, byDefault: number, path: string, faults: Faults): Extent {
  const min = range?.min ?? Math.min(byDefault, range?.max ?? byDefault);
  const max = range?.max ?? min;
  checkBound(range?.min, `${path}.min`, faults);
  checkBound(range?.max, `${path}.max`, faults);
  if (min > max) faults.add('limit', `${path}.min`, `the minimum ${min} is greater than the maximum ${max}`, 'exchange them or leave the maximum out');
  return { min, max };
}

function checkBound(value: number | undefined, path: string, faults: Faults): void {
  if (value === undefined) return;
  if (value < 1) faults.add('limit', path, `${value} is too small`, 'write a whole number of at least 1');
  if (value > gigantic) faults.add('limit', path, `${value} is more than anybody has`, `write at most ${gigantic}`);
}
