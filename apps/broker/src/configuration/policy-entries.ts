/**
 * The policies of a configuration: of this build by their type, or from a package by its name; written in place, or in a file of
 * their own. A policy that can't be used is not left out like other plugins, because then it would allow.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { PolicyPlugin } from '#plugin-sdk';
import { namedPlugin, openConfiguration } from '#runtime';
import type { Checked, Configuration, ConfigurationFault, Environment } from '#runtime';
import type { NodeConfig } from './broker.config.js';
import { checkEntry } from './check-entry.js';
import type { PluginEntry } from './check-entry.js';
import { policyPlugins } from '../plugins.js';

export interface BrokenPolicy { readonly name: string; readonly pool?: string }

export interface PolicySections {
  readonly policies: readonly PluginEntry[];
  /** The plugins behind them: those of this build and those from packages. */
  readonly policyPlugins: readonly PolicyPlugin<unknown>[];
  /** Owned shares that policies are bound to, by the policies' names. */
  readonly policyPools: ReadonlyMap<string, string>;
  /** What can't be used of the policies: each denies, as nobody knows what it would have said. */
  readonly brokenPolicies: readonly BrokenPolicy[];
  /** Hash of everything that decides: policies, the files that they include, pools with owners. */
  readonly policyVersion: string;
}

export interface ReadPolicies {
  readonly read: PolicySections;
  readonly included: readonly string[];
  readonly faults: readonly ConfigurationFault[];
}

type RawPolicy = NodeConfig['policies'][number];
interface Reading { readonly file: Configuration; readonly environment: Environment; readonly config: NodeConfig; readonly names: Set<string> }
interface Entry { readonly entry: PluginEntry; readonly plugin: PolicyPlugin<unknown> }

export async function readPolicies(file: Configuration, config: NodeConfig, environment: Environment): Promise<ReadPolicies> {
  const reading = { file, environment, config, names: new Set<string>() };
  const read = [];
  for (const [index, raw] of config.policies.entries()) read.push({ raw, checked: await readOne(reading, raw, `policies[${index}]`) });
  const entries = read.flatMap(({ checked }) => (checked.ok ? [checked.value] : []));
  const included = config.policies.flatMap(({ from }) => (typeof from === 'string' ? [resolve(dirname(file.file), from)] : []));
  return {
    read: {
      policies: entries.map(({ entry }) => entry), policyPlugins: [...new Set(entries.map(({ plugin }) => plugin))],
      policyPools: new Map(config.policies.flatMap((raw) => (raw.pool === undefined ? [] : [[nameOf(raw), raw.pool] as const]))),
      brokenPolicies: read.flatMap(({ raw, checked }) => (checked.ok ? [] : [{ name: nameOf(raw), ...(raw.pool === undefined ? {} : { pool: raw.pool }) }])),
      policyVersion: await versionOf(config, included),
    },
    included, faults: read.flatMap(({ checked }) => (checked.ok ? [] : checked.faults)),
  };
}

function nameOf({ name, type, plugin }: RawPolicy): string {
  return name ?? type ?? plugin ?? '';
}

async function readOne({ file, environment, config, names }: Reading, raw: RawPolicy, at: string): Promise<Checked<Entry>> {
  const fault = (path: string, what: string, fix: string): Checked<Entry> => ({ ok: false, faults: [file.faultAt(path, what, fix)] });
  const name = nameOf(raw);
  if (names.has(name)) return fault(at, `the name '${name}' is there twice`, 'give each entry a name of its own');
  names.add(name);
  const pledges = config.pools.flatMap((pool) => pool.pledges.map((one) => one.name));
  if (raw.pool !== undefined && !pledges.includes(raw.pool)) return fault(`${at}.pool`, `'${raw.pool}' is no pool with an owner`, pledges.length === 0 ? 'add it under pools' : `write one of ${pledges.join(', ')}`);
  const found = await namedPlugin(raw, { known: policyPlugins, exported: 'policyPlugin', from: file.file });
  if (typeof found === 'string') return fault(`${at}.${raw.plugin === undefined ? 'type' : 'plugin'}`, found, `write one of ${policyPlugins.map((one) => one.name).join(', ')} as type, or the name of a package as plugin`);
  const section = raw.from === undefined ? await checkEntry(file, at, found) : await readIncluded(resolve(dirname(file.file), raw.from), found, environment);
  return section.ok ? { ok: true, value: { plugin: found, entry: { ...section.value, name, type: found.name } } } : section;
}

async function readIncluded(path: string, plugin: PolicyPlugin<unknown>, environment: Environment): Promise<Checked<Record<string, unknown>>> {
  const opened = await openConfiguration(path, environment);
  return opened.ok ? checkEntry(opened.value, '', plugin) : opened;
}

/** Of what is written, not of what secrets stand for. */
async function versionOf({ policies, pools }: NodeConfig, included: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([policies, pools]));
  // A file that can't be read is told as a fault of its entry.
  for (const path of included) hash.update(await readFile(path, 'utf8').catch(() => ''));
  return hash.digest('hex').slice(0, 16);
}
