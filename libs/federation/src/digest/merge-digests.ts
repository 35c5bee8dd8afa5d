/** Digests of members as one: what any of them may have. Pure. */
import { mergeAccelerators } from '#model';
import type { Digest, Instant, Milliseconds } from '#model';
import type { MemberDigest } from './read-digest.js';

const hour: Milliseconds = 3_600_000;

/** `undefined` among them: a member of which nothing is known, so that there may be more than this says. */
export function mergeDigests(digests: readonly (MemberDigest | undefined)[], now: Instant): Digest {
  const known = digests.flatMap((one) => (one ? [one] : []));
  const start = Math.floor(now / hour) * hour;
  const end = known.reduce((least, one) => Math.min(least, one.start + one.steps * one.step), known.length === 0 ? start : Infinity);
  const steps = Math.max(0, Math.floor((end - start) / hour));
  const hours = { start, steps };
  const types = allTypes(known);
  const kinds = (of: 'executables' | 'storage'): readonly string[] => [...new Set(known.flatMap((one) => [...one[of]]))].sort();
  return {
    kinds: { executable: kinds('executables'), storage: kinds('storage') }, longest: known.reduce((most, one) => Math.max(most, one.longest), 0),
    window: { start, end: start + steps * hour }, step: hour, isComplete: known.length > 0 && digests.length === known.length && known.every((one) => one.isComplete),
    ...(types ? { accelerators: types } : {}),
    free: { ...freeOf(known, 'cores', hours), ...freeOf(known, 'memory', hours), ...Object.assign({}, ...(types ?? []).map(({ type }) => freeOf(known, type, hours))) as Digest['free'] },
  };
}

interface Hours { readonly start: Instant; readonly steps: number }

/** Undefined: not all of them tell. */
function allTypes(known: readonly MemberDigest[]): Digest['accelerators'] {
  if (known.length === 0 || known.some((one) => one.accelerators === undefined)) return undefined;
  return mergeAccelerators(known.flatMap(({ types }) => types));
}

/** What a member says of cores, memory or a type that it has; of a type that it doesn't have it has nothing. */
function amountsOf(digest: MemberDigest, name: string): Float64Array | undefined {
  if (name === 'cores' || name === 'memory') return digest[name];
  return digest.types.some(({ type }) => type === name) ? digest.accelerators?.get(name)?.free : new Float64Array(digest.steps);
}

/** What is missing of one member is not limited there, so it is missing of all. */
function freeOf(known: readonly MemberDigest[], name: string, { start, steps }: Hours): Digest['free'] {
  const all = known.map((digest) => ({ digest, amounts: amountsOf(digest, name) }));
  if (all.length === 0 || all.some(({ amounts }) => amounts === undefined)) return {};
  const most = Array.from({ length: steps }, (_, index) => all.reduce((largest, { digest, amounts }) => Math.max(largest, mostWithin(digest, amounts, start + index * hour)), 0));
  return most.every(Number.isFinite) ? { [name]: most } : {};
}

/** Most in any step that touches the hour; no limit where the member says nothing of it. */
function mostWithin(digest: MemberDigest, amounts: Float64Array | undefined, from: Instant): number {
  const first = Math.floor((from - digest.start) / digest.step);
  const last = Math.ceil((from + hour - digest.start) / digest.step);
  if (first < 0 || last > digest.steps) return Infinity;
  return (amounts ?? new Float64Array()).subarray(first, last).reduce((a, b) => Math.max(a, b), 0);
}
