import type { ErrorObject } from 'ajv';
import { pathOf } from '../fault.js';
import type { Fault } from '../fault.js';

const words: Readonly<Record<string, string>> = {
  string: 'a text', integer: 'a whole number', number: 'a number', boolean: 'true or false', object: 'an object', array: 'a list',
};
const examples: Readonly<Record<string, string>> = {
  string: 'write one text', integer: 'write for example 4, without quotes or fraction', number: 'write for example 0.5, without quotes',
  boolean: 'write true or false, without quotes', object: 'write an object with named members', array: 'write a list: [ … ]',
};

/** What the validator found, each fault once, in words that say how to mend it. */
export function typeFaults(errors: readonly ErrorObject[]): readonly Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    const fault = faultOf(error);
    if (fault) faults.set(`${fault.path} ${fault.fault}`, fault);
  }
  return [...faults.values()];
}

function faultOf(error: ErrorObject): Fault | undefined {
  const path = pathOf(error.instancePath);
  if (error.keyword === 'type') {
    const wanted = [(error.params as { type: string | readonly string[] }).type].flat();
    const expected = wanted.map((each) => words[each] ?? each).join(' or ');
    return { path, fault: `is ${named(error.data)} but should be ${expected}`, fix: fixOf(wanted[0] ?? '', error.data) };
  }
  return undefined;
}

function fixOf(wanted: string, found: unknown): string {
  if (wanted === 'string' && ['number', 'boolean'].includes(typeof found)) return 'put it in quotes';
  return examples[wanted] ?? 'change its type';
}

function named(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'not a finite number';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number with a fraction';
  return typeof value === 'string' ? 'a text' : typeof value === 'boolean' ? 'true or false' : 'an object';
}
