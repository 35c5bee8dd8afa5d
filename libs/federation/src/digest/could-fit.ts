/**
 * Whether a member could say YES, by its digest. It is only ever sure of a no: what the digest does not tell counts as possible.
 * A run needs its size in every step that it touches, so it lies inside a stretch of steps that all have it.
 */
import { canonicalKind } from '#model';
import type { ExecutionRequest, Instant, Interval, Kind } from '#model';
import type { Terms } from '../judging/offer-terms.js';
import type { MemberDigest } from './read-digest.js';

/** What a request needs at least. Its windows begin at the earliest now; there is always one. */
export interface Wanted extends Terms {
  readonly storage: readonly Kind[];
}

export function wantedOf(request: ExecutionRequest, terms: Terms, now: Instant): Wanted {
  const windows = terms.windows.length > 0 ? terms.windows : [{ start: now, end: Infinity }];
  return {
    ...terms, windows: windows.map(({ start, end }) => ({ start: Math.max(start, now), end })),
    storage: (request.storage ?? []).flatMap((one) => ((one.kind as Kind | undefined) === undefined ? [] : [canonicalKind(one.kind)])),
  };
}

/** What it can't do whatever time passes; undefined where it may. */
export type Lack = 'kind' | 'length' | 'accelerator';

export function lackOf({ executables, storage, accelerators, longest, isComplete }: MemberDigest, wanted: Wanted): Lack | undefined {
  if (!isComplete) return undefined;
  if (wanted.executable !== undefined && !executables.has(wanted.executable)) return 'kind';
  if (wanted.storage.some((kind) => !storage.has(kind))) return 'kind';
  if (accelerators && wanted.accelerators.some(({ type }) => !accelerators.has(type))) return 'accelerator';
  return wanted.duration > longest ? 'length' : undefined;
}

/** The earliest start that it may offer; undefined when it has no room in any of the windows. Makes nothing new: a thousand members are gone through for one request. */
export function earliestStart(digest: MemberDigest, wanted: Wanted): Instant | undefined {
  let earliest: Instant | undefined;
  for (const window of wanted.windows) {
    const start = digest.isComplete ? earliestIn(digest, wanted, window) : window.start;
    if (start !== undefined && (earliest === undefined || start < earliest)) earliest = start;
  }
  return earliest;
}

function earliestIn(digest: MemberDigest, wanted: Wanted, window: Interval): Instant | undefined {
  const { start, step, steps } = digest;
  if (window.end < window.start) return undefined;
  // Before its first step it says nothing.
  if (window.start < start) return window.start;
  let from: Instant | undefined;
  for (let index = Math.max(Math.floor((window.start - start) / step), firstToLookAt(digest, wanted)); index < steps; index += 1) {
    if (isFull(digest, index, wanted)) from = undefined;
    else {
      from ??= Math.max(window.start, start + index * step);
      if (from > window.end || start + (index + 1) * step >= from + wanted.duration) return within(from, window);
    }
  }
  // After its last step it says nothing either.
  return within(from ?? Math.max(window.start, start + steps * step), window);
}

/** Where a run that lies wholly inside the digest can't be, only one that goes on beyond its end is left. */
function firstToLookAt({ step, steps, steadyCores, steadyMemory }: MemberDigest, { duration, cores, memory }: Wanted): number {
  const touched = Math.ceil(duration / step);
  const power = Math.floor(Math.log2(touched));
  const isNowhere = (steadyCores?.[power] ?? Infinity) < cores || (steadyMemory?.[power] ?? Infinity) < memory;
  return isNowhere ? steps - touched + 1 : 0;
}

function isFull({ cores, memory, accelerators }: MemberDigest, index: number, wanted: Wanted): boolean {
  if (isBelow(cores, index, wanted.cores) || isBelow(memory, index, wanted.memory)) return true;
  return accelerators !== undefined && wanted.accelerators.some(({ type, count }) => isBelow(accelerators.get(type)?.free, index, count));
}

/** An amount of which nothing is told is not limited. */
function isBelow(free: Float64Array | undefined, index: number, wanted: number): boolean {
  return free !== undefined && (free[index] ?? Infinity) < wanted;
}

function within(at: Instant, { end }: Interval): Instant | undefined {
  return at <= end ? at : undefined;
}
