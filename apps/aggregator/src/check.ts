/** What `eb check FILE` and `--schema` show of an aggregator's configuration. */
import { openConfiguration, withSecretPlaces } from '#runtime';
import type { ConfigurationFault, Environment } from '#runtime';
import { aggregatorConfigSchema } from './aggregator.config.js';
import { loadConfig } from './load-config.js';
import { rankingPlugins } from './ranking/read-ranking.js';

/** Keys that only an aggregator's file has. */
const ownSections = ['aggregator', 'federation', 'members', 'registers'] as const;

/** True for a file with a section that only aggregators have; false also for one that can't be read. */
export async function isOfAggregator(file: string): Promise<boolean> {
  const opened = await openConfiguration(file, {});
  return opened.ok && ownSections.some((one) => opened.value.has(one));
}

/** Every fault of a configuration file; empty when the aggregator would start with it. */
export async function checkConfiguration(file: string, environment: Environment = process.env): Promise<readonly ConfigurationFault[]> {
  const loaded = await loadConfig(file, environment);
  return loaded.ok ? [] : loaded.faults;
}

/** The published JSON schema, with the keys of every ranking that this build knows. */
export function publishedSchema(): unknown {
  const plain = JSON.parse(JSON.stringify(withSecretPlaces(aggregatorConfigSchema))) as Published;
  const { federation } = plain.properties;
  const [{ properties: own }] = federation.properties.ranking.anyOf.slice(-1) as [Section];
  const ofBuild = rankingPlugins.map(({ name, schema }) => {
    const { properties, required = [], ...rest } = JSON.parse(JSON.stringify(withSecretPlaces(schema))) as Section;
    const { within, otherwise } = own;
    return { ...rest, properties: { type: { const: name }, within, otherwise, ...properties }, required: ['type', ...required] };
  });
  const ofPackage = { type: 'object', properties: { plugin: own['plugin'], within: own['within'], otherwise: own['otherwise'] }, required: ['plugin'], not: { required: ['type'] } };
  const ranking = { ...federation.properties.ranking, anyOf: [...federation.properties.ranking.anyOf.slice(0, -1), ...ofBuild, ofPackage] };
  return { ...plain, properties: { ...plain.properties, federation: { ...federation, properties: { ...federation.properties, ranking } } } };
}

interface Section { readonly properties: Readonly<Record<string, unknown>>; readonly required?: readonly string[] }
interface Published { readonly properties: { readonly federation: { readonly properties: { readonly ranking: { readonly anyOf: readonly Section[] } } } } }
