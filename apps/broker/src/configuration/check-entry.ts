/** One entry of the configuration against the schema and the reading of its plugin. */
import { ConfigFault } from '#plugin-sdk';
import type { ConfigSchema } from '#plugin-sdk';
import type { Checked, Configuration } from '#runtime';

/** One configured plugin: its entry with defaults filled in and secrets fetched, or why it can't be used. */
export interface PluginEntry { readonly name: string; readonly type: string; readonly [key: string]: unknown }

export interface CheckedPlugin { readonly name: string; readonly schema: ConfigSchema; parseConfig(raw: unknown): unknown }

/** Keys of an entry that are the node's, not the plugin's. */
const nodeKeys = ['name', 'type', 'pool', 'plugin', 'from'];

/** What of a checked entry is the plugin's. */
export function ownKeysOf(entry: PluginEntry): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !nodeKeys.includes(key)));
}

/** `at`: where the entry is; empty for a file that holds nothing else. */
export async function checkEntry(file: Configuration, at: string, plugin: CheckedPlugin): Promise<Checked<Record<string, unknown>>> {
  const section = await file.check<Record<string, unknown>>(plugin.schema, { at, without: nodeKeys });
  if (!section.ok) return section;
  try {
    plugin.parseConfig(section.value);
    return section;
  } catch (error) {
    if (error instanceof ConfigFault) return { ok: false, faults: [file.faultAt(at === '' ? error.path : `${at}.${error.path}`, error.fault, error.fix)] };
    throw error;
  }
}
