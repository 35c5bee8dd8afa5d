/** Digests of members as one: what any of them may have. Pure. */
import type { Digest, Instant, Milliseconds } from '#model';
import type { MemberDigest } from './read-digest.js';

const hour: Milliseconds = 3_600_000;

/** `undefined` among them: a member of which nothing is known, so that there may be more than this says. */
export function mergeDigests(digests: readonly (MemberDigest | undefined)[], now: Instant): Digest {
  const known = digests.flatMap((one) => (one ? [one] : []));
  const start = Math.floor(now / hour) * hour;
  const end = known.reduce((least, one) => Math.min(least, one.start + one.steps * one.step), known.length === 0 ? start : Infinity);
  const steps = Math.max(0, Math.floor((end - start) / hour));
  const kinds = (of: 'executables' | 'storage'): readonly string[] => [...new Set(known.flatMap((one) => [...one[of]]))].sort();
  return {
    kinds: { executable: kinds('executables'), storage: kinds('storage') }, longest: known.reduce((most, one) => Math.max(most, one.longest), 0),
    window: { start, end: start + steps * hour }, step: hour, isComplete: known.length > 0 && digests.length === known.length && known.every((one) => one.isComplete),
    free: { ...freeOf(known, 'cores', { start, steps }), ...freeOf(known, 'memory', { start, steps }) },
  };
}

/** What is missing of one member is not limited there, so it is missing of all. */
function freeOf(known: readonly MemberDigest[], name: 'cores' | 'memory', { start, steps }: { readonly start: Instant; readonly steps: number }): Digest['free'] {
  if (known.length === 0 || known.some((one) => one[name] === undefined)) return {};
  const most = Array.from({ length: steps }, (_, index) => known.reduce((largest, one) => Math.max(largest, mostWithin(one, name, start + index * hour)), 0));
  return most.every(Number.isFinite) ? { [name]: most } : {};
}

/** Most in any step that touches the hour; no limit where the member says nothing of it. */
function mostWithin(digest: MemberDigest, name: 'cores' | 'memory', from: Instant): number {
  const first = Math.floor((from - digest.start) / digest.step);
  const last = Math.ceil((from + hour - digest.start) / digest.step);
  if (first < 0 || last > digest.steps) return Infinity;
  return (digest[name] ?? new Float64Array()).subarray(first, last).reduce((a, b) => Math.max(a, b), 0);
}
