/** The configured ranking: of this build by its type, or from a package by its name, with its own keys checked. */
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigFault } from '#plugin-sdk';
import type { RankingPlugin } from '#plugin-sdk';
import { httpRanking } from '#rankings/http';
import { weightsRanking } from '#rankings/weights';
import type { Checked, Configuration } from '#runtime';
import { ownKeys } from './ranking.config.js';
import type { RankingConfig, RankingPluginConfig } from './ranking.config.js';

/** Every ranking that this build knows. */
export const rankingPlugins: readonly RankingPlugin<unknown>[] = [weightsRanking, httpRanking] as const;

/** A plugin with its keys read; undefined where one of the usual orders is configured. */
export interface ConfiguredRanking { readonly name: string; readonly plugin: RankingPlugin<unknown>; readonly config: unknown }

const at = 'federation.ranking';

export async function readRanking(file: Configuration, ranking: RankingConfig): Promise<Checked<ConfiguredRanking | undefined>> {
  if (typeof ranking === 'string') return { ok: true, value: undefined };
  const plugin = await pluginOf(ranking, file.file);
  if (typeof plugin === 'string') return faulty(file, new ConfigFault(ranking.plugin === undefined ? 'type' : 'plugin', plugin, `write one of ${rankingPlugins.map((one) => one.name).join(', ')} as type, or the name of a package as plugin`));
  const section = await file.check(plugin.schema, { at, without: ownKeys });
  if (!section.ok) return section;
  try {
    return { ok: true, value: { name: plugin.name, plugin, config: plugin.parseConfig(section.value) } };
  } catch (error) {
    if (error instanceof ConfigFault) return faulty(file, error);
    return faulty(file, new ConfigFault('', `the plugin failed: ${error instanceof Error ? error.message : String(error)}`, 'report it to its author if the configuration is right'));
  }
}

function faulty(file: Configuration, { path, fault, fix }: ConfigFault): { readonly ok: false; readonly faults: readonly ReturnType<Configuration['faultAt']>[] } {
  return { ok: false, faults: [file.faultAt(path === '' ? at : `${at}.${path}`, fault, fix)] };
}

/** The plugin, or why there is none. Packages are found as Node finds them from beside the configuration file. */
async function pluginOf({ type, plugin }: RankingPluginConfig, from: string): Promise<RankingPlugin<unknown> | string> {
  if (plugin === undefined) return rankingPlugins.find((one) => one.name === type) ?? (type === undefined ? 'there is neither a type nor a plugin' : `'${type}' is not known`);
  if (type !== undefined) return 'there are both a type and a plugin';
  try {
    const path = createRequire(resolve(dirname(from), 'configuration')).resolve(plugin);
    const { rankingPlugin } = await import(pathToFileURL(path).href) as { readonly rankingPlugin?: unknown };
    return isRankingPlugin(rankingPlugin) ? named(rankingPlugin, plugin) : `package '${plugin}' exports no rankingPlugin with name, schema, parseConfig and create`;
  } catch (error) {
    return `package '${plugin}' can't be loaded (${error instanceof Error ? error.message.split('\n')[0] ?? '' : String(error)})`;
  }
}

function isRankingPlugin(value: unknown): value is RankingPlugin<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { name, schema, parseConfig, create } = value as Partial<RankingPlugin<unknown>>;
  return typeof name === 'string' && typeof schema === 'object' && typeof parseConfig === 'function' && typeof create === 'function';
}

/** By the name of its package, whatever it calls itself. */
function named(plugin: RankingPlugin<unknown>, name: string): RankingPlugin<unknown> {
  return { name, schema: plugin.schema, parseConfig: plugin.parseConfig.bind(plugin), create: plugin.create.bind(plugin) };
}
