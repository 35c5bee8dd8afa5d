/** What `eb check FILE` and `--schema` show. */
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
  const entry = (plugins: readonly { name: string; schema: unknown }[]): unknown => ({
    type: 'array',
    items: { oneOf: plugins.map(({ name, schema }) => ({ allOf: [schema, { properties: { type: { const: name }, name: { type: 'string' } }, required: ['type'] }] })) },
  });
  const plain = JSON.parse(JSON.stringify(nodeConfigSchema)) as { properties: Record<string, unknown> };
  return { ...plain, properties: { ...plain.properties, platforms: entry(platformPlugins), data: entry(dataPlugins), policies: entry(policyPlugins) } };
}
