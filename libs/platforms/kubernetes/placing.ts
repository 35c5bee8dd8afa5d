/** Which nodes can take a draft, and what it would demand of each. Nodes of one size are judged once: there may be thousands. */
import type { Draft, PoolId, Reason, Resources } from '#model';
import { fitsIn, isAcceleratorName, lackingIn, pathOfResource, reason } from '#model';
import type { Demand } from '#plugin-sdk';
import { inQuota, quotaWord } from './capacity/accelerators.js';
import { countsFurniture, countsOf, judgeCounts } from './capacity/object-counts.js';
import type { NodeRoom } from './capacity/capacity.js';
import type { MakeUp } from './capacity/cluster.js';
import type { KubernetesConfig } from './config.js';
import { raised } from './capacity/limit-range.js';
import { nodePool, storagePool } from './capacity/place.js';
import { quotaPool, quotaPrefix, quotaShare } from './capacity/quota.js';
import { storageOf } from './storage/storage.js';

export interface Placing { readonly config: KubernetesConfig; readonly instance: string; idOf(room: NodeRoom): PoolId }

export interface Placed { readonly large: readonly NodeRoom[]; readonly choices: readonly (readonly Demand[])[] }

/** What the namespace says of sizes. */
type Sizes = Pick<MakeUp, 'quota'> & Partial<Pick<MakeUp, 'limits'>>;

/** Drafts of so many sizes are remembered. */
const mostKnown = 64;

/** Where drafts of one size can be, remembered as long as the make-up: they come again and again, and there may be thousands of nodes. */
export class KnownPlaces {
  private readonly known = new WeakMap<MakeUp, Map<string, Placed>>();

  constructor(private readonly placing: Placing) {}

  /** All nodes that are large enough, and what the draft would demand of each of them. */
  of(draft: Draft, makeUp: MakeUp): Placed {
    const ofMakeUp = this.known.get(makeUp) ?? new Map<string, Placed>();
    this.known.set(makeUp, ofMakeUp);
    const size = JSON.stringify([draft.need, countsOf(draft, this.placing.config), storageOf(draft.storage)]);
    const before = ofMakeUp.get(size);
    if (before !== undefined) return before;
    const large = largeEnough(draft, makeUp, this.placing.config);
    const placed = { large, choices: choicesOf(draft, large, makeUp, this.placing) };
    if (ofMakeUp.size >= mostKnown) ofMakeUp.clear();
    ofMakeUp.set(size, placed);
    return placed;
  }
}

/** The rooms in which it fits when they are empty. */
export function largeEnough(draft: Draft, { rooms, quota, limits }: Sizes & Pick<MakeUp, 'rooms'>, config: Pick<KubernetesConfig, 'accelerators' | 'connectors'>): readonly NodeRoom[] {
  const need = raised(withoutStorage(draft.need.min), limits);
  if (quota !== undefined && !fitsIn(quotaShare({ ...inQuota(need, config.accelerators), ...countsOf(draft, config) }, quota), quota)) return [];
  const fits = perSize((largest) => fitsIn(need, largest));
  return rooms.filter((room) => fits(room.largest));
}

/** One node, and beside it the quota and the storage, where there are any. */
export function choicesOf(draft: Draft, rooms: readonly NodeRoom[], { quota, limits }: Sizes, { config, instance, idOf }: Placing): readonly (readonly Demand[])[] {
  const min = raised(withoutStorage(draft.need.min), limits);
  const wanted = Object.entries(withoutStorage(draft.need.max));
  // A placeholder needs the place from preparing on, and whoever comes next needs the session to have left.
  const during = config.hold ? 'stay' : 'run';
  const counts = countsOf(draft, config);
  const sized = perSize((largest) => {
    const most = quota === undefined ? largest : cappedBy(largest, quota, config.accelerators);
    const max = Object.fromEntries(wanted.map(([name, amount]) => [name, Math.max(min[name] ?? 0, Math.min(amount, most[name] ?? 0))]));
    const share = quota && quotaShare({ ...inQuota(max, config.accelerators), ...counts }, quota);
    const beside: readonly Demand[] = share ? [{ pool: nodePool(instance, quotaPool), min: share, max: share, during: quota && countsFurniture(quota) ? 'stay' : during }] : [];
    return { max, beside };
  });
  const storage = storageOf(draft.storage);
  const kept = storage === 0 ? [[]] : config.storage.filter(({ size }) => size >= storage)
    .map((one): readonly Demand[] => [{ pool: storagePool(instance, one.class), min: { storage }, max: { storage }, during: 'stay' }]);
  return rooms.flatMap((room) => {
    const { max, beside } = sized(room.largest);
    return kept.map((store) => [{ pool: idOf(room), min, max, during } satisfies Demand, ...beside, ...store]);
  });
}

/** Why no node is large enough, or the namespace has no room for it even when it is empty. */
export function tooBig(draft: Draft, { rooms, quota, quotas }: MakeUp, config: KubernetesConfig): readonly Reason[] {
  const need = withoutStorage(draft.need.min);
  if (rooms.length === 0) return [reason('no-nodes', 'no node of this cluster can take sessions now', {}, { path: 'compute' })];
  const uncounted = quota === undefined ? [] : judgeCounts(countsOf(draft, config), quota, quotas);
  if (uncounted.length > 0) return uncounted;
  if (quota !== undefined && lackingIn(quotaShare(inQuota(need, config.accelerators), quota), quota).length > 0) return [reason('too-big', 'asks for more than the quota of the namespace has', {}, { path: 'compute' })];
  const most = rooms.map(({ largest }) => largest);
  const lacking = Object.keys(need).filter((name) => most.every((one) => (one[name] ?? 0) < (need[name] ?? 0)));
  if (lacking.length === 0) return [reason('too-big', 'no single node has all of what is asked for', {}, { path: 'compute' })];
  return lacking.map((name) => reason('too-big', 'asks for {asked} of {name}, the largest node has {most}', { name, asked: need[name] ?? 0, most: Math.max(...most.map((one) => one[name] ?? 0)) }, { path: isAcceleratorName(name) ? pathOfResource(name) : `compute.${name}.min` }));
}

function withoutStorage(amounts: Resources): Resources {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => name !== 'storage'));
}

function cappedBy(largest: Resources, quota: Resources, accelerators: KubernetesConfig['accelerators']): Resources {
  return Object.fromEntries(Object.entries(largest).map(([name, amount]) => [name, Math.min(amount, quota[quotaPrefix + quotaWord(name, accelerators)] ?? amount)]));
}

/** Sizes that are equal are one object (roomsOf). */
function perSize<T>(judge: (largest: Resources) => T): (largest: Resources) => T {
  const known = new Map<Resources, T>();
  return (largest) => {
    const before = known.get(largest);
    if (before !== undefined) return before;
    const verdict = judge(largest);
    known.set(largest, verdict);
    return verdict;
  };
}
