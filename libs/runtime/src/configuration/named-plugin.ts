/** The plugin that an entry of a configuration names: of this build by its `type`, or from a package by its name, as `plugin`. */
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface PluginNames { readonly type?: string | undefined; readonly plugin?: string | undefined }

interface NamedPlugin { readonly name: string; readonly schema: object; parseConfig(raw: unknown): unknown; create(config: never, host: never): unknown }

/** `exported`: the word under which packages export theirs. `from`: the configuration file; packages are found as Node finds them from beside it. */
export interface PluginSources<P> { readonly known: readonly P[]; readonly exported: string; readonly from: string }

/** The plugin, or why there is none. One from a package has the package's name, whatever it calls itself. */
export async function namedPlugin<P extends NamedPlugin>({ type, plugin }: PluginNames, { known, exported, from }: PluginSources<P>): Promise<P | string> {
  if (plugin === undefined) return known.find((one) => one.name === type) ?? (type === undefined ? 'there is neither a type nor a plugin' : `'${type}' is not known`);
  if (type !== undefined) return 'there are both a type and a plugin';
  try {
    const path = createRequire(resolve(dirname(from), 'configuration')).resolve(plugin);
    const { [exported]: found } = await import(pathToFileURL(path).href) as Readonly<Record<string, unknown>>;
    if (!isPlugin<P>(found)) return `package '${plugin}' exports no ${exported} with name, schema, parseConfig and create`;
    return { ...found, schema: found.schema, parseConfig: found.parseConfig.bind(found), create: found.create.bind(found), name: plugin };
  } catch (error) {
    return `package '${plugin}' can't be loaded (${error instanceof Error ? error.message.split('\n')[0] ?? '' : String(error)})`;
  }
}

function isPlugin<P extends NamedPlugin>(value: unknown): value is P {
  if (typeof value !== 'object' || value === null) return false;
  const { name, schema, parseConfig, create } = value as Partial<NamedPlugin>;
  return typeof name === 'string' && typeof schema === 'object' && typeof parseConfig === 'function' && typeof create === 'function';
}
