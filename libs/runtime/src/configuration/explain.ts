/** Errors of the schema compiler in plain words: what is wrong, where, and what to write instead. */
import type { ErrorObject } from 'ajv';
import { parseDuration } from '#model';
import { parseByteSize } from './byte-size.js';
import { didYouMean } from './did-you-mean.js';
import type { Path } from './path.js';
import { parsePointer } from './path.js';
import type { JsonSchema } from './json-schema.js';
import { repeatedBy } from './schema.js';

/** A fault at a path. `isKey`: it is the key that is wrong, not its value. */
export interface PathFault { readonly path: Path; readonly isKey: boolean; readonly fault: string; readonly fix: string }

/** One fault for each thing that is wrong with `value`. */
export function explain(errors: readonly ErrorObject[], value: unknown): readonly PathFault[] {
  const told = withoutAlternatives(errors).map((error) => explainOne(error, parsePointer(error.instancePath, value)));
  const keys = told.map((fault) => JSON.stringify([fault.path, fault.fault]));
  return told.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

/**
 * Of a failed `anyOf` the compiler reports every branch. What helps is the one branch that was meant: the same type and most
 * keys in common. When no branch is of the value's type, the `anyOf` itself is the fault.
 */
function withoutAlternatives(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choice = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf').sort((a, b) => a.schemaPath.length - b.schemaPath.length)[0];
  if (choice === undefined) return errors.filter((error) => error.keyword !== 'if');
  const below = errors.filter((error) => isBelow(error, choice));
  const others = errors.filter((error) => error !== choice && !isBelow(error, choice));
  const meant = meantBranch(choice, below);
  return [...withoutAlternatives(others), ...(meant === undefined ? [asLeaf(choice)] : withoutAlternatives(meant))];
}

/** Marks a choice as explained by itself, so that it is not taken apart again. */
function asLeaf(choice: ErrorObject): ErrorObject {
  return { ...choice, keyword: 'choice' };
}

function isBelow(error: ErrorObject, choice: ErrorObject): boolean {
  const isInside = error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`);
  return error !== choice && isInside && error.schemaPath.startsWith(`${choice.schemaPath}/`);
}

function meantBranch(choice: ErrorObject, below: readonly ErrorObject[]): readonly ErrorObject[] | undefined {
  const branches = (choice.schema ?? []) as readonly JsonSchema[];
  const fitting = branches.map((schema, index) => ({ schema, errors: below.filter((error) => error.schemaPath.startsWith(`${choice.schemaPath}/${index}/`)) }))
    .filter(({ errors }) => errors.length > 0 && !errors.some((error) => error.instancePath === choice.instancePath && ['type', 'const', 'enum'].includes(error.keyword)));
  const common = (schema: JsonSchema): number => Object.keys(choice.data as object).filter((key) => key in propertiesOf(schema)).length;
  if (typeof choice.data !== 'object' || choice.data === null) return fitting[0]?.errors;
  return fitting.sort((a, b) => common(b.schema) - common(a.schema) || a.errors.length - b.errors.length)[0]?.errors;
}

function explainOne(error: ErrorObject, path: Path): PathFault {
  const params = error.params as Readonly<Record<string, unknown>>;
  const schema = (error.parentSchema ?? {}) as JsonSchema;
  switch (error.keyword) {
    case 'required': {
      const key = String(params['missingProperty']);
      return { path: [...path, key], isKey: false, fault: 'is missing', fix: `add ${key}: ${wordsFor(propertiesOf(schema)[key])}` };
    }
    case 'additionalProperties': case 'unevaluatedProperties':
      return unknownKey(path, String(params['additionalProperty'] ?? params['unevaluatedProperty']), Object.keys(propertiesOf(schema)));
    case 'x-unique-by': return repeated(path, error);
    default: return { path, isKey: false, ...wordsOf(error, schema) };
  }
}

function unknownKey(path: Path, key: string, known: readonly string[]): PathFault {
  const near = didYouMean(key, known);
  const fix = near === undefined ? `remove it; known here are ${known.join(', ') || 'no keys at all'}` : `did you mean ${near}?`;
  return { path: [...path, key], isKey: true, fault: 'is not known here', fix };
}

function repeated(path: Path, error: ErrorObject): PathFault {
  const key = String(error.schema);
  const list = error.data as readonly Readonly<Record<string, unknown>>[];
  const index = repeatedBy(key, list) ?? 0;
  return { path: [...path, index, key], isKey: false, fault: `'${String(list[index]?.[key])}' is there twice`, fix: `give each its own ${key}` };
}

type Words = Pick<PathFault, 'fault' | 'fix'>;

function wordsOf(error: ErrorObject, schema: JsonSchema): Words {
  const params = error.params as Readonly<Record<string, unknown>>;
  const fix = `write ${wordsFor(schema)}`;
  switch (error.keyword) {
    case 'type': return { fault: `is ${wordsForValue(error.data, schema)}, not ${typeWords(params['type'])}`, fix };
    case 'enum': return notAllowed(error.data, params['allowedValues'] as readonly unknown[]);
    case 'const': return notAllowed(error.data, [params['allowedValue']]);
    case 'choice': return unfitChoice(error, schema);
    case 'format': return { fault: formatFault(String(error.schema), String(error.data)), fix };
    case 'pattern': return { fault: `${wordsForValue(error.data, schema)} does not match ${String(error.schema)}`, fix };
    case 'uniqueItems': return { fault: `entries ${String(params['j'])} and ${String(params['i'])} are the same`, fix: 'remove one of them' };
    default: return { fault: `${wordsForValue(error.data, schema)} ${error.message ?? 'is not valid'}`, fix };
  }
}

function unfitChoice(error: ErrorObject, schema: JsonSchema): Words {
  const branches = (error.schema ?? []) as readonly JsonSchema[];
  if (branches.every((branch) => 'const' in branch)) return notAllowed(error.data, branches.map((branch) => branch['const']));
  return { fault: `is ${wordsForValue(error.data, schema)}, which fits none of the forms`, fix: `write ${wordsFor(schema)}` };
}

function notAllowed(data: unknown, allowed: readonly unknown[]): Words {
  const words = allowed.map(String);
  const near = typeof data === 'string' ? didYouMean(data, words) : undefined;
  return { fault: `${wordsForValue(data, {})} is not allowed`, fix: near === undefined ? `write one of ${words.join(', ')}` : `did you mean ${near}? Allowed: ${words.join(', ')}` };
}

function formatFault(format: string, text: string): string {
  const parsed = format === 'iso-duration' ? parseDuration(text, 0) : format === 'byte-size' ? parseByteSize(text) : undefined;
  return parsed && !parsed.ok ? parsed.fault : `'${clip(text)}' is not a valid ${format}`;
}

const typeNames: Readonly<Record<string, string>> = {
  integer: 'a whole number', number: 'a number', string: 'text', boolean: 'true or false', object: 'a group of keys', array: 'a list', null: 'nothing',
};

function typeWords(type: unknown): string {
  return [type].flat().map((each) => typeNames[String(each)] ?? String(each)).join(' or ');
}

/** What would be right, from the schema; its description is for people and the best there is. */
function wordsFor(schema: JsonSchema | undefined): string {
  if (schema === undefined) return 'a value';
  const branches = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined;
  const form = branches?.map(wordsFor).join(', or ') ?? ('const' in schema ? String(schema['const']) : typeWords(schema['type'] ?? 'object'));
  const description = schema['description'];
  return typeof description === 'string' ? `${form} (${description})` : form;
}

/** The value for people, never a secret and never at length. */
function wordsForValue(value: unknown, schema: JsonSchema): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (schema['x-secret'] === true) return 'something else';
  return typeof value === 'string' ? `'${clip(value)}'` : JSON.stringify(value);
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
