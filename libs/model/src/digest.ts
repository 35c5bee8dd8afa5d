import type { AcceleratorType } from './accelerator.js';
import type { Interval, Milliseconds } from './interval.js';

/**
 * What a broker could offer at best, for aggregators that choose whom to ask. It may promise too much and never too little: who
 * could offer something is not hidden by it, as long as nothing has changed since it was made.
 */
export interface Digest {
  readonly kinds: Readonly<Record<'executable' | 'storage', readonly string[]>>;
  /** Longest run that anybody gets. */
  readonly longest: Milliseconds;
  readonly window: Interval;
  readonly step: Milliseconds;
  /** All that there are; undefined: not told. */
  readonly accelerators?: readonly Pick<AcceleratorType, 'type' | 'aliases'>[];
  /** Most of cores, memory and each type of accelerator that one session could have at some moment of each step. What is missing is not limited. */
  readonly free: Readonly<Record<string, readonly number[]>>;
  /** False: there may be more than this says. */
  readonly isComplete: boolean;
}
