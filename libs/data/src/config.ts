/** What the configurations of both resolvers share. */
import { Value } from '@sinclair/typebox/value';
import type { Static, TSchema } from '@sinclair/typebox';
import type { Milliseconds } from '#model';
import { parseDuration } from '#model';
import { ConfigFault } from '#plugin-sdk';

/** Fills in the schema's defaults and refuses what it does not accept. */
export function withDefaults<Schema extends TSchema>(schema: Schema, raw: unknown): Static<Schema> {
  const value: unknown = Value.Default(schema, structuredClone(raw ?? {}));
  const [first] = [...Value.Errors(schema, value)];
  if (first) throw new ConfigFault(first.path.replace(/^\//, '').replaceAll('/', '.'), first.message.toLowerCase(), 'see the schema of this section');
  return value as Static<Schema>;
}

/** Milliseconds of a configured ISO 8601 duration. */
export function durationAt(path: string, text: string): Milliseconds {
  const length = parseDuration(text, 0);
  if (!length.ok) throw new ConfigFault(path, length.fault, 'write for example PT10S');
  return length.value;
}
