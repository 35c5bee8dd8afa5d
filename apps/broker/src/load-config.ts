/** The configuration file → a checked configuration, or every fault with line, fault and fix. */
import { ConfigFault } from '#plugin-sdk';
import type { ConfigSchema } from '#plugin-sdk';
import { openConfiguration, parseConfiguration } from '#runtime';
import type { Checked, Configuration, ConfigurationFault, Environment } from '#runtime';
import { nodeConfigSchema } from './broker.config.js';
import type { NodeConfig } from './broker.config.js';
import { dataPlugins, platformPlugins, policyPlugins } from './plugins.js';

/** One configured plugin: its entry with defaults filled in and secrets fetched, or why it can't be used. */
export interface PluginEntry { readonly name: string; readonly type: string; readonly [key: string]: unknown }

export interface LoadedConfig {
  readonly config: NodeConfig;
  readonly platforms: readonly PluginEntry[];
  readonly data: readonly PluginEntry[];
  readonly policies: readonly PluginEntry[];
  /** Faults of single plugins: those are left out and reported, the node runs. */
  readonly pluginFaults: readonly ConfigurationFault[];
}

/** Reads a file. Faults of the node's own part come back as faults; the node can't start with them. */
export async function loadConfig(file: string, environment: Environment): Promise<Checked<LoadedConfig>> {
  return check(await openConfiguration(file, environment));
}

/** The same from text, for tests and for a start without a file. */
export function loadConfigText(text: string, environment: Environment): Promise<Checked<LoadedConfig>> {
  return check(parseConfiguration(text, 'configuration', environment));
}

interface Family { readonly key: 'platforms' | 'data' | 'policies'; readonly plugins: readonly { readonly name: string; readonly schema: ConfigSchema; parseConfig(raw: unknown): unknown }[] }

const families: readonly Family[] = [
  { key: 'platforms', plugins: platformPlugins }, { key: 'data', plugins: dataPlugins }, { key: 'policies', plugins: policyPlugins },
];

async function check(opened: Checked<Configuration>): Promise<Checked<LoadedConfig>> {
  if (!opened.ok) return opened;
  const file = opened.value;
  const node = await file.check<NodeConfig>(nodeConfigSchema);
  if (!node.ok) return node;
  const config = node.value;
  const faults: ConfigurationFault[] = [];
  const loaded: Partial<Record<Family['key'], readonly PluginEntry[]>> = {};
  for (const family of families) loaded[family.key] = await entriesOf(file, config, family, faults);
  return { ok: true, value: { config, platforms: loaded.platforms ?? [], data: loaded.data ?? [], policies: loaded.policies ?? [], pluginFaults: faults } };
}

async function entriesOf(file: Configuration, config: NodeConfig, family: Family, faults: ConfigurationFault[]): Promise<readonly PluginEntry[]> {
  const names = new Set<string>();
  const entries: PluginEntry[] = [];
  for (const [index, raw] of config[family.key].entries()) {
    const at = `${family.key}[${index}]`;
    const name = raw.name ?? raw.type;
    const plugin = family.plugins.find((one) => one.name === raw.type);
    if (!plugin) faults.push(file.faultAt(`${at}.type`, `'${raw.type}' is not known`, `write one of ${family.plugins.map((one) => one.name).join(', ')}`));
    else if (names.has(name)) faults.push(file.faultAt(at, `the name '${name}' is there twice`, 'give each entry a name of its own'));
    else {
      names.add(name);
      const section = await checkEntry(file, at, plugin);
      if (section.ok) entries.push({ ...section.value, name, type: raw.type });
      else faults.push(...section.faults);
    }
  }
  return entries;
}

async function checkEntry(file: Configuration, at: string, plugin: Family['plugins'][number]): Promise<Checked<Record<string, unknown>>> {
  const section = await file.check<Record<string, unknown>>(plugin.schema, { at, without: ['name', 'type'] });
  if (!section.ok) return section;
  try {
    plugin.parseConfig(section.value);
    return section;
  } catch (error) {
    if (error instanceof ConfigFault) return { ok: false, faults: [file.faultAt(`${at}.${error.path}`, error.fault, error.fix)] };
    throw error;
  }
}
