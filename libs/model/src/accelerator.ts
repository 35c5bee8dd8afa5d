/** Accelerators: what a platform has of them, and what a request wants. Pools count each type as a resource of that name. */
import type { ComputeResource } from './resource-components.js';

/** A type of accelerator as a platform has it. */
export interface AcceleratorType {
  /** A word or URI; the name of the resource in pools, policies and prices. */
  readonly type: string;
  /** Other words and URIs that requests may use for it. */
  readonly aliases: readonly string[];
  /** GiB of each; undefined where nobody says. */
  readonly memory?: number;
}

/** One entry of a request that was understood; how many is in the need, under `type`. */
export interface WantedAccelerator {
  /** As the request calls it. */
  readonly asked: string;
  readonly type: string;
  /** GiB that each has at least. */
  readonly memory?: number;
}

/** Fewest and most hosts that a session is spread over. */
export interface Spread { readonly min: number; readonly max: number }

/** Resource names that mean something else, and so can't be types of accelerators. */
const otherResources: ReadonlySet<string> = new Set(['cores', 'memory', 'storage', 'nodes', 'hosts', 'sessions', 'money']);

export function isAcceleratorName(name: string): boolean {
  return !otherResources.has(name) && !name.startsWith('quota-');
}

/** Where a request says how much it wants of a resource; accelerators are a list there, so it is the whole of it. */
export function pathOfResource(name: string): string {
  if (name === 'storage') return 'storage';
  return isAcceleratorName(name) ? 'compute.accelerators' : `compute.${name}`;
}

/** The types of several platforms as one list: one type once, with the words of all. The first platform that tells of its memory is believed. */
export function mergeAccelerators(all: readonly AcceleratorType[]): readonly AcceleratorType[] {
  const merged = new Map<string, AcceleratorType>();
  for (const one of all) {
    const before = merged.get(one.type);
    const memory = before?.memory ?? one.memory;
    merged.set(one.type, { type: one.type, aliases: [...new Set([...before?.aliases ?? [], ...one.aliases])], ...(memory === undefined ? {} : { memory }) });
  }
  return [...merged.values()];
}

/** The type that is meant by a word: its own name goes before an alias. */
export function acceleratorNamed(word: string, known: readonly AcceleratorType[]): AcceleratorType | undefined {
  return known.find(({ type }) => type === word) ?? known.find(({ aliases }) => aliases.includes(word));
}

/** True for a request that says anything of accelerators or of several hosts; an empty list says nothing. */
export function asksForMore({ accelerators, nodes }: ComputeResource): boolean {
  return nodes !== undefined || (accelerators !== undefined && !(Array.isArray(accelerators) && accelerators.length === 0));
}
