/** Secrets stand in the environment or in files; the configuration says where. Schemas mark them with `x-secret: true`. */
import type { JsonSchema } from './json-schema.js';

/** Text of a file, or a rejection; relative paths count from the configuration file's folder. */
export type ReadText = (file: string) => Promise<string>;
export type Environment = Readonly<Record<string, string | undefined>>;

export type Secret = { readonly found: true; readonly text: string } | { readonly found: false; readonly fault: string; readonly fix: string };

const place = {
  anyOf: [
    { type: 'object', properties: { env: { type: 'string', minLength: 1 } }, required: ['env'], additionalProperties: false },
    { type: 'object', properties: { file: { type: 'string', minLength: 1 } }, required: ['file'], additionalProperties: false },
  ],
};

/** The schema as it is published: where it says "a secret string", the file says `{env: NAME}` or `{file: PATH}`. */
export function withSecretPlaces(schema: JsonSchema): JsonSchema {
  return mapSchema(schema) as JsonSchema;
}

function mapSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(mapSchema);
  if (typeof node !== 'object' || node === null) return node;
  const schema = node as JsonSchema;
  if (schema['x-secret'] === true && schema['type'] === 'string') {
    const { description, title } = schema;
    return { ...place, 'x-secret': true, ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, mapSchema(value)]));
}

/** Fetches the secret that `where` points at. Neither faults nor fixes hold any part of it. */
export async function findSecret(where: unknown, environment: Environment, readText: ReadText): Promise<Secret> {
  if (typeof where === 'string') return { found: true, text: where };
  const { env, file } = where as { env?: string; file?: string };
  if (env !== undefined) return fromEnvironment(env, environment);
  return fromFile(file ?? '', readText);
}

function fromEnvironment(name: string, environment: Environment): Secret {
  const text = environment[name];
  if (text !== undefined && text !== '') return { found: true, text };
  const state = text === undefined ? 'not set' : 'empty';
  return { found: false, fault: `the environment variable ${name} is ${state}`, fix: `set ${name} before the start, or write {file: PATH}` };
}

async function fromFile(file: string, readText: ReadText): Promise<Secret> {
  try {
    const text = (await readText(file)).replace(/\r?\n$/, '');
    return text === '' ? { found: false, fault: `the file ${file} is empty`, fix: 'write the secret into it' } : { found: true, text };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return { found: false, fault: `the file ${file} can't be read (${code})`, fix: 'give the path of a file that this process may read' };
  }
}
