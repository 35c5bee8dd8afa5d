/** The configured ranking: of this build by its type, or from a package by its name, with its own keys checked. */
import { ConfigFault } from '#plugin-sdk';
import type { RankingPlugin } from '#plugin-sdk';
import { httpRanking } from '#rankings/http';
import { weightsRanking } from '#rankings/weights';
import { namedPlugin } from '#runtime';
import type { Checked, Configuration } from '#runtime';
import { ownKeys } from './ranking.config.js';
import type { RankingConfig } from './ranking.config.js';

/** Every ranking that this build knows. */
export const rankingPlugins: readonly RankingPlugin<unknown>[] = [weightsRanking, httpRanking] as const;

/** A plugin with its keys read; undefined where one of the usual orders is configured. */
export interface ConfiguredRanking { readonly name: string; readonly plugin: RankingPlugin<unknown>; readonly config: unknown }

const at = 'federation.ranking';

export async function readRanking(file: Configuration, ranking: RankingConfig): Promise<Checked<ConfiguredRanking | undefined>> {
  if (typeof ranking === 'string') return { ok: true, value: undefined };
  const plugin = await namedPlugin(ranking, { known: rankingPlugins, exported: 'rankingPlugin', from: file.file });
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
