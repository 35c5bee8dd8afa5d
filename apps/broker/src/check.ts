/** What `eb check FILE` and `--schema` show. */
import type { ConfigSchema } from '#plugin-sdk';
import { withSecretPlaces } from '#runtime';
import type { ConfigurationFault, Environment } from '#runtime';
import { nodeConfigSchema } from './broker.config.js';
import { loadConfig } from './load-config.js';
import { dataPlugins, platformPlugins, policyPlugins } from './plugins.js';

/** Every fault of a configuration file, those of single plugins included; empty when all of it can be used. */
export async function checkConfiguration(file: string, environment: Environment = process.env): Promise<readonly ConfigurationFault[]> {
  const loaded = await loadConfig(file, environment);
  return loaded.ok ? loaded.value.pluginFaults : loaded.faults;
}

/** The published JSON schema: the node's own part with the sections of every plugin this build knows. */
export function publishedSchema(): unknown {
  const plain = JSON.parse(JSON.stringify(withSecretPlaces(nodeConfigSchema))) as { properties: Record<string, unknown> };
  const families = { platforms: sectionOf(platformPlugins), data: sectionOf(dataPlugins), policies: sectionOf(policyPlugins) };
  return { ...plain, properties: { ...plain.properties, ...families } };
}

/** `name` and `type` are the node's keys, beside those of the plugin: closed schemas must know them too. */
function sectionOf(plugins: readonly { readonly name: string; readonly schema: ConfigSchema }[]): unknown {
  const entries = plugins.map(({ name, schema }) => {
    const { properties, required, ...rest } = withSecretPlaces(schema);
    return { ...rest, properties: { name: { type: 'string' }, type: { const: name }, ...(properties as object) }, required: ['type', ...((required as string[] | undefined) ?? [])] };
  });
  return { type: 'array', items: { oneOf: entries } };
}
