/** A member's digest as we keep it: what can be asked of it quickly, a thousand times. */
import { ClientError } from '#client';
import { canonicalKind } from '#model';
import type { Instant, Kind, Milliseconds } from '#model';
import { durationOf, fieldsOf, instantOf, listOf, textOf } from '../read-fields.js';
import type { Fields } from '../read-fields.js';

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
  /** False: it may offer more than this says, so it is always asked. */
  readonly isComplete: boolean;
}

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
  return {
    executables: kindSet(kinds['executable']), storage: kindSet(kinds['storage']), longest: durationOf(raw['longest'], now) ?? Infinity,
    start, step, steps, cores: amountsOf(free, 'cores', steps), memory: amountsOf(free, 'memory', steps), isComplete: raw['isComplete'] === true,
  };
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
