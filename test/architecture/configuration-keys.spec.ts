/** Each key of a configuration stands in a document, so that nobody has to read the schema to find out what can be said. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as aggregator from '../../apps/aggregator/src/check.js';
import * as node from '../../apps/broker/src/checking/check.js';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Key { readonly path: string; readonly name: string; readonly plugin: string }

const root = fileURLToPath(new URL('../../', import.meta.url));
const families = ['platforms', 'policies', 'data', 'rankings'];
/** Said once for every secret: docs/operations.md. */
const ofSecrets = ['env', 'file'];

/** Every key below, with the plugin that it belongs to: `platforms/slurm`. */
function keysIn(schema: Schema, path: string, plugin: string): readonly Key[] {
  const { properties = {}, additionalProperties, patternProperties = {}, items, anyOf = [], oneOf = [] } = schema;
  const type = properties['type']?.const;
  const here = typeof type === 'string' ? `${path.split('.')[0]?.replace('[]', '') ?? ''}/${type}` : plugin;
  const own = Object.entries(properties).filter(([name]) => !ofSecrets.includes(name)).flatMap(([name, each]) => [{ path: `${path}${name}`, name, plugin: here }, ...keysIn(each, `${path}${name}.`, here)]);
  const named = [...Object.values(patternProperties), ...(typeof additionalProperties === 'object' ? [additionalProperties] : [])].flatMap((each) => keysIn(each, `${path}NAME.`, here));
  return [...own, ...named, ...(items ? keysIn(items, `${path.replace(/\.$/, '')}[].`, here) : []), ...[...anyOf, ...oneOf].flatMap((each) => keysIn(each, path, here))];
}

function textOf(...files: readonly string[]): string {
  return files.filter((file) => existsSync(join(root, file))).map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
}

const inFolder = (folder: string, suffix: string): readonly string[] => readdirSync(join(root, folder)).filter((name) => name.endsWith(suffix)).map((name) => join(folder, name));
const general = textOf('README.md', ...inFolder('docs', '.md'), ...inFolder('deploy/examples', '.yaml'));
/** A plugin's keys may stand in its own folder alone. */
const about = (plugin: string): string => general + (families.some((family) => plugin.startsWith(`${family}/`)) ? textOf(`libs/${plugin}/README.md`, `libs/${plugin.split('/')[0] ?? ''}/README.md`) : '');

function unwritten(schema: unknown): readonly string[] {
  const texts = new Map<string, string>();
  const missing = keysIn(schema as Schema, '', '').filter(({ name, plugin }) => {
    const text = texts.get(plugin) ?? about(plugin);
    texts.set(plugin, text);
    return !new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text);
  });
  return [...new Set(missing.map(({ path, plugin }) => `${plugin === '' ? '' : `(${plugin}) `}${path}`))];
}

describe('each key of the configuration', () => {
  it('of a node is named in a document', () => {
    expect(unwritten(node.publishedSchema())).toEqual([]);
  });

  it('of an aggregator is named in a document', () => {
    expect(unwritten(aggregator.publishedSchema())).toEqual([]);
  });

  it('is missed where it stands nowhere', () => {
    expect(unwritten({ properties: { http: { properties: { 'no-such-key': {} } } } })).toEqual(['http.no-such-key']);
  });
});
