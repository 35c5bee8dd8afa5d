/** The configuration file → a checked configuration, or every fault with line, fault and fix. */
import { delegationFaults, identityFaults } from '#access';
import type { Resources } from '#model';
import type { ConfigSchema } from '#plugin-sdk';
import { openConfiguration, parseConfiguration, systemClock } from '#runtime';
import type { Checked, Configuration, ConfigurationFault, Environment } from '#runtime';
import { nodeConfigSchema } from './broker.config.js';
import type { NodeConfig } from './broker.config.js';
import { checkEntry, ownKeysOf } from './check-entry.js';
import type { PluginEntry } from './check-entry.js';
import { doubts, misfits } from './misfits.js';
import { dataPlugins, platformPlugins } from '../plugins.js';
import { readPolicies } from './policy-entries.js';
import type { PolicySections } from './policy-entries.js';
import { serviceFaults } from './service-faults.js';
import { poolFaults } from './pools.config.js';

export interface LoadedConfig extends PolicySections {
  readonly config: NodeConfig;
  readonly platforms: readonly PluginEntry[];
  readonly data: readonly PluginEntry[];
  /** The files that this was read from; none for text. */
  readonly files: readonly string[];
  /** Faults of single plugins: those are left out and reported, the node runs. */
  readonly pluginFaults: readonly ConfigurationFault[];
  /** What is named and is not there, and entries of the calendar that can't be made: for who checks. A start finds them itself and tells. */
  readonly doubts: readonly ConfigurationFault[];
}

/** Reads a file. Faults of the node's own part come back as faults; the node can't start with them. */
export async function loadConfig(file: string, environment: Environment): Promise<Checked<LoadedConfig>> {
  return check(await openConfiguration(file, environment), environment, file);
}

/** The same from text, for tests and for a start without a file. */
export function loadConfigText(text: string, environment: Environment): Promise<Checked<LoadedConfig>> {
  return check(parseConfiguration(text, 'configuration', environment), environment);
}

export interface Family { readonly key: 'platforms' | 'data'; readonly plugins: readonly { readonly name: string; readonly schema: ConfigSchema; parseConfig(raw: unknown): unknown }[] }

async function check(opened: Checked<Configuration>, environment: Environment, path?: string): Promise<Checked<LoadedConfig>> {
  if (!opened.ok) return opened;
  const file = opened.value;
  const node = await file.check<NodeConfig>(nodeConfigSchema);
  if (!node.ok) return node;
  const config = node.value;
  const wrong = [...poolFaults(config.pools), ...identityFaults(config.access), ...delegationFaults(config.access), ...serviceFaults(config), ...misfits(config)].map((one) => file.faultAt(one.path, one.fault, one.fix));
  if (wrong.length > 0) return { ok: false, faults: wrong };
  const faults: ConfigurationFault[] = [];
  const platforms = await entriesOf(file, config, { key: 'platforms', plugins: platformPlugins }, faults);
  const data = await entriesOf(file, config, { key: 'data', plugins: dataPlugins }, faults);
  const policies = await readPolicies(file, config, environment);
  return {
    ok: true,
    value: {
      config, platforms, data, ...policies.read, files: path === undefined ? [] : [path, ...policies.included], pluginFaults: [...faults, ...policies.faults],
      doubts: doubts(config, systemClock.now(), platforms.map(largestOf)).map((one) => file.faultAt(one.path, one.fault, one.fix)),
    },
  };
}

/** Undefined where only a look at the real system would tell. */
function largestOf(entry: PluginEntry): Resources | undefined {
  const plugin = platformPlugins.find(({ name }) => name === entry.type);
  return plugin?.largest?.(plugin.parseConfig(ownKeysOf(entry)));
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
