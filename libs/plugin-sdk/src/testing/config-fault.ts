import { schemaFault } from '../catalogue.js';
import { ConfigFault } from '../config-schema.js';
import type { ConfigSchema } from '../config-schema.js';

interface Configured { readonly schema: ConfigSchema; parseConfig(raw: unknown): unknown }

/** The key that a plugin finds fault with, by its schema or by reading; undefined: none. */
export function faultyKey(plugin: Configured, raw: unknown): string | undefined {
  const bySchema = schemaFault(plugin.schema, raw);
  if (bySchema) return bySchema.path;
  try {
    plugin.parseConfig(raw);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigFault) return error.path;
    throw error;
  }
}
