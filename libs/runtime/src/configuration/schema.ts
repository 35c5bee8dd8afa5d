/** The JSON schema compiler of configurations, with our own formats and keywords. */
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parseDuration } from '#model';
import { parseByteSize } from './byte-size.js';
import type { JsonSchema } from './json-schema.js';
import { withSecretPlaces } from './secrets.js';

/** What `validate` finds: faults, and where secrets are (as JSON pointers). `value` gets the schema's defaults. */
export interface Findings { readonly errors: readonly ErrorObject[]; readonly secrets: readonly string[] }

interface Context { readonly secrets: Set<string> }
interface KeywordPlace { readonly instancePath: string }

/**
 * Checks `value` and fills defaults into it, in place. Where the schema says secret, places of secrets are accepted.
 * Throws when the schema itself is wrong.
 */
export function validate(schema: JsonSchema, value: unknown): Findings {
  const context: Context = { secrets: new Set() };
  const check = compiled(schema);
  const isValid = check.call(context, value);
  return { errors: isValid ? [] : (check.errors ?? []), secrets: [...context.secrets] };
}

/** Compiling costs a hundred times a check; a schema is an object of its plugin and lives as long. */
const compiledSchemas = new WeakMap<JsonSchema, ValidateFunction>();

function compiled(schema: JsonSchema): ValidateFunction {
  const known = compiledSchemas.get(schema) ?? compile(withSecretPlaces(schema));
  compiledSchemas.set(schema, known);
  return known;
}

function compile(schema: JsonSchema): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, verbose: true, useDefaults: true, strict: false, passContext: true, discriminator: true });
  formats.default(ajv);
  ajv.addFormat('iso-duration', (text: string) => parseDuration(text, 0).ok);
  ajv.addFormat('byte-size', (text: string) => parseByteSize(text).ok);
  ajv.addKeyword({ keyword: 'x-secret', schemaType: 'boolean', validate: noteSecret });
  ajv.addKeyword({ keyword: 'x-unique-by', type: 'array', schemaType: 'string', validate: isUniqueBy });
  return ajv.compile(schema);
}

function noteSecret(this: unknown, isSecret: boolean, ...more: readonly [unknown, unknown?, KeywordPlace?]): boolean {
  const place = more[2];
  if (isSecret && place) (this as Context).secrets.add(place.instancePath);
  return true;
}

/** `x-unique-by: name`: no two entries of a list have the same `name`. */
function isUniqueBy(key: string, list: readonly Readonly<Record<string, unknown>>[]): boolean {
  return repeatedBy(key, list) === undefined;
}

/** Index of the first entry whose `key` another one before it has already. */
export function repeatedBy(key: string, list: readonly (Readonly<Record<string, unknown>> | null)[]): number | undefined {
  const seen = new Set<unknown>();
  const index = list.findIndex((entry) => {
    const value = entry?.[key];
    const isRepeated = value !== undefined && seen.has(value);
    seen.add(value);
    return isRepeated;
  });
  return index < 0 ? undefined : index;
}
