/** What differs between versions of slurmrestd: paths and shapes. One small file each. */
import type { BatchJob, StartOfJob } from '#platforms/batch';
import type { SlurmHost, SlurmJob, SlurmReservation } from '../way.js';

export type Json = Readonly<Record<string, unknown>>;

/** What a submission says beside the script. */
export interface Submission { readonly job: BatchJob; readonly name: string; readonly comment: string; readonly script: string; readonly when: StartOfJob }

export interface RestVersion {
  readonly name: string;
  submission(submission: Submission): Json;
  /** Its job number, when the answer says that it was accepted: an entry among its errors may be only a remark. */
  submitted(answer: Json): string | undefined;
  /** Bodies of the updates that let a job go: a held one, and one before its time. */
  readonly release: Json;
  readonly beginNow: Json;
  job(of: Json): SlurmJob;
  /** A host for each of its partitions. */
  hosts(nodes: readonly Json[], partitions: readonly Json[]): readonly SlurmHost[];
  reservation(of: Json): SlurmReservation;
  /** A job as slurmdbd keeps it. */
  accounted(of: Json): SlurmJob;
  /** `22.05.8` */
  clusterVersion(answer: Json): string;
}

export function at(of: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Json)[key] : undefined), of);
}

export function text(of: unknown, ...path: readonly string[]): string {
  const value = at(of, ...path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function number(of: unknown, ...path: readonly string[]): number {
  const value = at(of, ...path);
  return typeof value === 'number' ? value : 0;
}

export function list(of: unknown, ...path: readonly string[]): readonly Json[] {
  const value = at(of, ...path);
  return Array.isArray(value) ? value as Json[] : [];
}

/** Words of a list, or the one word that stands in its place. */
export function words(of: unknown, ...path: readonly string[]): readonly string[] {
  const value = at(of, ...path);
  return (Array.isArray(value) ? value : [value]).filter((word): word is string => typeof word === 'string' && word !== '');
}
