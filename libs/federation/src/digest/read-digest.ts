/** A member's digest as we keep it: what can be asked of it quickly, a thousand times. */
import { ClientError } from '#client';
import { canonicalKind } from '#model';
import type { AcceleratorType, Instant, Kind, Milliseconds } from '#model';
import { durationOf, fieldsOf, instantOf, listOf, textOf } from '../reading/read-fields.js';
import type { Fields } from '../reading/read-fields.js';

export interface MemberDigest {
  readonly executables: ReadonlySet<Kind>;
  readonly storage: ReadonlySet<Kind>;
  /** Longest run that it offers; Infinity where it doesn't say. */
  readonly longest: Milliseconds;
  readonly start: Instant;
  readonly step: Milliseconds;
  readonly steps: number;
  /** Most that can be free at any moment of each step; undefined where it is not told. */
  readonly cores: Float64Array | undefined;
  readonly memory: Float64Array | undefined;
  readonly steadyCores: Steady | undefined;
  readonly steadyMemory: Steady | undefined;
  /** All that it has, by every word that means one; undefined: it doesn't say. */
  readonly accelerators: ReadonlyMap<string, AcceleratorRoom> | undefined;
  /** Their types, as it tells them. */
  readonly types: readonly Pick<AcceleratorType, 'type' | 'aliases'>[];
  /** False: it may offer more than this says, so it is always asked. */
  readonly isComplete: boolean;
}

/** The most that can be free in each step; undefined where it is not told. */
export interface AcceleratorRoom { readonly free: Float64Array | undefined }

/** By n: the most that is free in 2^n steps one after the other, wherever that is. So a search that must fail need not look at every step. */
export type Steady = readonly number[];

/** Most steps that we keep: a year of hours. */
const mostSteps = 366 * 24;

/** Throws 'unreadable' for what is no digest. */
export function readDigest(document: unknown, now: Instant): MemberDigest {
  const raw = fieldsOf(document);
  const kinds = fieldsOf(raw['kinds']);
  const start = instantOf(fieldsOf(raw['window'])['start']);
  const end = instantOf(fieldsOf(raw['window'])['end']);
  const step = durationOf(raw['step'], now);
  if (start === undefined || end === undefined || step === undefined || step <= 0 || end < start) throw new ClientError('unreadable', 'a digest without times');
  const steps = Math.min(mostSteps, Math.floor((end - start) / step));
  const free = fieldsOf(raw['free']);
  const types = typesOf(raw['accelerators']);
  const [cores, memory] = [amountsOf(free, 'cores', steps), amountsOf(free, 'memory', steps)];
  return {
    executables: kindSet(kinds['executable']), storage: kindSet(kinds['storage']), longest: durationOf(raw['longest'], now) ?? Infinity,
    start, step, steps, cores, memory, steadyCores: steadyOf(cores), steadyMemory: steadyOf(memory), isComplete: raw['isComplete'] === true,
    types, accelerators: Array.isArray(raw['accelerators']) ? roomsOf(types, free, steps) : undefined,
  };
}

function typesOf(value: unknown): MemberDigest['types'] {
  return listOf(value).map(fieldsOf).flatMap(({ type, aliases }) => (typeof type === 'string' ? [{ type, aliases: listOf(aliases).flatMap((one) => textOf(one) ?? []) }] : []));
}

/** Where a word means several types, any of them will do: what counts is who has most. */
function roomsOf(types: MemberDigest['types'], free: Fields, steps: number): ReadonlyMap<string, AcceleratorRoom> {
  const rooms = new Map<string, AcceleratorRoom>();
  for (const { type, aliases } of types) {
    const own = amountsOf(free, type, steps);
    for (const word of [type, ...aliases]) {
      const before = rooms.get(word);
      rooms.set(word, { free: before === undefined ? own : before.free && own && before.free.map((amount, index) => Math.max(amount, own[index] ?? Infinity)) });
    }
  }
  return rooms;
}

function kindSet(value: unknown): ReadonlySet<Kind> {
  return new Set(listOf(value).flatMap((one) => (textOf(one) === undefined ? [] : [canonicalKind(one as string)])));
}

/** An amount that is no number hides nothing: it counts as all that anybody has. */
function amountsOf(free: Fields, name: string, steps: number): Float64Array | undefined {
  const given = free[name];
  if (!Array.isArray(given)) return undefined;
  return Float64Array.from({ length: steps }, (_, index) => (typeof given[index] === 'number' ? given[index] : Infinity));
}

function steadyOf(free: Float64Array | undefined): Steady | undefined {
  if (!free) return undefined;
  const most: number[] = [];
  let least = free;
  for (let length = 1; length <= free.length; length *= 2) {
    most.push(least.reduce((a, b) => Math.max(a, b), 0));
    const before = least;
    least = before.subarray(0, Math.max(0, before.length - length)).map((amount, index) => Math.min(amount, before[index + length] ?? 0));
  }
  return most;
}
