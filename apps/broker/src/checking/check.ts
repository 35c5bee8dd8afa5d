/** What `eb check FILE` and `--schema` show. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resources } from '#model';
import type { ConfigSchema, Finding, Platform } from '#plugin-sdk';
import { silentLog, systemClock, withSecretPlaces } from '#runtime';
import type { ConfigurationFault, Environment } from '#runtime';
import { nodeConfigSchema } from '../configuration/broker.config.js';
import { composePlugins } from '../composing/compose-plugins.js';
import { loadConfig } from '../configuration/load-config.js';
import { dataPlugins, platformPlugins, policyPlugins } from '../plugins.js';

/** Every fault of a configuration file, those of single plugins included; empty when all of it can be used. */
export async function checkConfiguration(file: string, environment: Environment = process.env): Promise<readonly ConfigurationFault[]> {
  const loaded = await loadConfig(file, environment);
  return loaded.ok ? [...loaded.value.pluginFaults, ...loaded.value.doubts] : loaded.faults;
}

/** What the configured platforms find when they look at their real systems; those that are named wrongly are in the faults. */
export async function checkPlatforms(file: string, environment: Environment = process.env): Promise<readonly PlatformFindings[]> {
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) return [];
  const stateFolder = await mkdtemp(join(tmpdir(), 'eb-check-'));
  try {
    const { platforms } = composePlugins(loaded.value, { clock: systemClock, log: silentLog, stateFolder, node: { name: loaded.value.config.node.name } });
    return await Promise.all([...platforms].map(async ([name, platform]) => ({ platform: name, findings: await findingsOf(platform) })));
  } finally {
    await rm(stateFolder, { recursive: true, force: true });
  }
}

export interface PlatformFindings { readonly platform: string; readonly findings: readonly Finding[] }

/** A platform without checks of its own is at least asked what it has. */
async function findingsOf(platform: Platform): Promise<readonly Finding[]> {
  try {
    const now = systemClock.now();
    const pools = platform.check ? [] : await platform.capacity({ start: now, end: now + 3_600_000 });
    return await platform.check?.() ?? pools.map(({ pool, total }) => ({ about: 'capacity', verdict: 'good', seen: `${pool} has ${amountsOf(total)}` }));
  } catch (error) {
    return [{ about: 'platform', verdict: 'bad', seen: error instanceof Error ? error.message : String(error) }];
  } finally {
    await platform.close?.();
  }
}

function amountsOf(total: Resources): string {
  return Object.entries(total).map(([name, amount]) => `${amount} ${name}`).join(', ');
}

/** The published JSON schema: the node's own part with the sections of every plugin this build knows. */
export function publishedSchema(): unknown {
  const plain = JSON.parse(JSON.stringify(withSecretPlaces(nodeConfigSchema))) as { properties: Record<string, unknown> };
  const families = { platforms: sectionOf(platformPlugins), data: sectionOf(dataPlugins), policies: policySection() };
  return { ...plain, properties: { ...plain.properties, ...families } };
}

/** Policies may be bound to a pool, stand in a file of their own, or come from packages that this build does not know. */
function policySection(): unknown {
  const text = { type: 'string' };
  const keys = { name: text, pool: text };
  const { items: { oneOf } } = sectionOf(policyPlugins, keys) as { items: { oneOf: readonly unknown[] } };
  const included = { type: 'object', properties: { ...keys, type: { enum: policyPlugins.map(({ name }) => name) }, from: text }, required: ['type', 'from'], additionalProperties: false };
  const ofPackage = { type: 'object', properties: { ...keys, plugin: text, from: text }, required: ['plugin'], not: { required: ['type'] } };
  return { type: 'array', items: { oneOf: [...oneOf, included, ofPackage] } };
}

/** `name` and `type` are the node's keys, beside those of the plugin: closed schemas must know them too. */
function sectionOf(plugins: readonly { readonly name: string; readonly schema: ConfigSchema }[], keys: Readonly<Record<string, unknown>> = { name: { type: 'string' } }): unknown {
  const entries = plugins.map(({ name, schema }) => {
    const { properties, required, ...rest } = withSecretPlaces(schema);
    return { ...rest, properties: { ...keys, type: { const: name }, ...(properties as object) }, required: ['type', ...((required as string[] | undefined) ?? [])] };
  });
  return { type: 'array', items: { oneOf: entries } };
}
