/** Named plugins and raw configuration become configured instances, or stated faults: what is broken is left out, the rest runs. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject } from 'ajv';
import { ConfigFault } from './config-schema.js';
import type { ConfigSchema } from './config-schema.js';

/** What all three families of plugins have in common. */
export interface Plugin<Host, Instance, Config = unknown> {
  readonly name: string;
  readonly schema: ConfigSchema;
  parseConfig(raw: unknown): Config;
  create(config: Config, host: Host): Instance;
}

/** One entry of the configuration: its own name, the plugin's name as `type`, and the plugin's keys beside them. */
export interface CatalogueEntry { readonly name: string; readonly type: string; readonly [key: string]: unknown }

export interface CatalogueFault { readonly name: string; readonly path: string; readonly fault: string; readonly fix: string }

export interface Catalogue<P, Instance> {
  readonly instances: ReadonlyMap<string, { readonly instance: Instance; readonly plugin: P }>;
  readonly faults: readonly CatalogueFault[];
}

/** Never throws for a fault of the configuration or of one plugin. `makeHost` is called once for each good entry. */
export function buildCatalogue<Host, Instance, P extends Plugin<Host, Instance>>(
  plugins: readonly P[], entries: readonly CatalogueEntry[], makeHost: (name: string, plugin: P) => Host,
): Catalogue<P, Instance> {
  const instances = new Map<string, { instance: Instance; plugin: P }>();
  const faults: CatalogueFault[] = [];
  for (const entry of entries) {
    const fail = (path: string, fault: string, fix: string): void => { faults.push({ name: entry.name, path, fault, fix }); };
    const plugin = plugins.find((one) => one.name === entry.type);
    if (instances.has(entry.name)) fail('name', `'${entry.name}' is there twice`, 'give each entry its own name');
    else if (!plugin) fail('type', `'${entry.type}' is not known`, `write one of ${plugins.map((one) => one.name).join(', ')}`);
    else {
      try {
        instances.set(entry.name, { instance: createOne(plugin, entry, makeHost), plugin });
      } catch (error) {
        const fault = faultFrom(error);
        fail(fault.path, fault.fault, fault.fix);
      }
    }
  }
  return { instances, faults };
}

function createOne<Host, Instance, P extends Plugin<Host, Instance>>(plugin: P, entry: CatalogueEntry, makeHost: (name: string, plugin: P) => Host): Instance {
  const raw = Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'name' && key !== 'type'));
  const fault = schemaFault(plugin.schema, raw);
  if (fault) throw fault;
  return plugin.create(plugin.parseConfig(raw), makeHost(entry.name, plugin));
}

function faultFrom(error: unknown): ConfigFault {
  if (error instanceof ConfigFault) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ConfigFault('', `the plugin failed: ${text}`, 'see the log, and report it if the configuration is right');
}

/** The first thing in `raw` that the schema refuses, with the path of the offending key; undefined when all is well. */
export function schemaFault(schema: ConfigSchema, raw: unknown): ConfigFault | undefined {
  const ajv = new Ajv2020({ allErrors: false, strict: false, useDefaults: false });
  const accepts = ajv.compile(schema);
  if (accepts(raw)) return undefined;
  const [error] = accepts.errors ?? [];
  return error ? describeError(error) : undefined;
}

function describeError(error: ErrorObject): ConfigFault {
  const above = error.instancePath.split('/').slice(1).map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  const params = error.params as { readonly additionalProperty?: string; readonly missingProperty?: string; readonly allowedValues?: readonly unknown[] };
  const key = params.additionalProperty ?? params.missingProperty;
  const path = [...above, ...(key === undefined ? [] : [key])].join('.');
  if (params.additionalProperty !== undefined) return new ConfigFault(path, 'this key is not known', 'check its spelling, or remove it');
  if (params.missingProperty !== undefined) return new ConfigFault(path, 'this key is missing', 'add it');
  const allowed = params.allowedValues ? `: ${params.allowedValues.map(String).join(', ')}` : '';
  return new ConfigFault(path, `the value ${error.message ?? 'is not allowed'}${allowed}`, 'correct the value');
}
