import type { Instant } from './interval.js';

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'OTHER';

/**
 * Why not, why failed, or what to know: a kind for programs, a template with `{name}` places and its values for people
 * (messagetemplates.org). `path` tells which part of the request is meant, for example `data[0].location`.
 */
export interface Reason {
  /** `urn:execution-broker:reason:<word>`; see docs/glossary.md. */
  readonly kind: string;
  readonly level: Level;
  readonly template: string;
  readonly values: Readonly<Record<string, string>>;
  readonly path?: string;
}

/** A reason attached to a component at a time. */
export interface Message extends Reason { readonly time: Instant }

export const reasonPrefix = 'urn:execution-broker:reason:';

/** Builds a reason; numbers in `values` become text, and halves of surrogate pairs, as cutting leaves them, the replacement character. */
export function reason(
  word: string, template: string, values: Readonly<Record<string, string | number>> = {}, more: { path?: string; level?: Level } = {},
): Reason {
  const texts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value).toWellFormed()]));
  const base = { kind: reasonPrefix + word, level: more.level ?? 'WARN', template, values: texts };
  return more.path === undefined ? base : { ...base, path: more.path };
}

/** The template with its values filled in; places without a value stay as they are. */
export function reasonText(of: Reason): string {
  if (!of.template.includes('{')) return of.template;
  return of.template.replace(/\{([\w.-]+)\}/g, (place, name: string) => (name === 'path' ? of.path : of.values[name]) ?? place);
}

/** Whether both tell people the same about the same part of the request, however loud and whenever. */
export function saysTheSame(one: Reason, other: Reason): boolean {
  return sayingOf(one) === sayingOf(other);
}

/** Each thing once, as it was said first. */
export function withoutRepeats<Said extends Reason>(all: readonly Said[]): readonly Said[] {
  const first = new Map<string, Said>();
  for (const one of all) {
    const saying = sayingOf(one);
    if (!first.has(saying)) first.set(saying, one);
  }
  return [...first.values()];
}

/** Databases and other members may give values back in another order. */
function sayingOf({ kind, template, path, values }: Reason): string {
  return JSON.stringify([kind, template, path, Object.keys(values).sort().map((name) => [name, values[name]])]);
}
