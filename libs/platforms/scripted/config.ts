import { Type } from '@sinclair/typebox';
import { familyOf, kinds, parseDuration } from '#model';
import type { AcceleratorType, Kind, Milliseconds, Resources, ShortKind } from '#model';
import { acceleratorProperties, ConfigFault, readAccelerators } from '#plugin-sdk';
import type { ConfigSchema } from '#plugin-sdk';
import { readScript } from './script.js';
import type { Script } from './script.js';

export interface ScriptedConfig {
  readonly pools: Readonly<Record<string, Resources>>;
  readonly executables: readonly Kind[];
  readonly data: readonly Kind[];
  readonly brings: readonly Kind[];
  readonly storage: readonly Kind[];
  readonly connectors: readonly string[];
  readonly preparing: Milliseconds;
  readonly releasing: Milliseconds;
  /** Run of a script that doesn't say. */
  readonly run: Milliseconds;
  readonly longestRun: Milliseconds;
  readonly capacity: 'owned' | 'shared';
  /** True: its sessions can't be given a later end. */
  readonly hasFixedEnd: boolean;
  /** What is queued may be queued so long before its start. */
  readonly approach?: Milliseconds;
  /** File in the platform's folder that tells everything that was done, also of sessions that are over. */
  readonly history?: string;
  /** What executables do that are not of the scripted kind. */
  readonly behaviour: Script;
  /** Fixed sizes, by name; a draft gets the closest that has enough. None: any size within the pool. */
  readonly flavours: Readonly<Record<string, Resources>>;
  /** True: what runs can be given another size. */
  readonly elastic: boolean;
  /** Storage that it pretends to keep after sessions: GiB in all, and how long. */
  readonly keeps?: { readonly gib: number; readonly longest: Milliseconds };
  /** Resources of the pools that requests can ask for as accelerators. */
  readonly accelerators: readonly AcceleratorType[];
  /** Most hosts that a session may be spread over. */
  readonly mostHosts: number;
  /** The only container images that are taken; none: any. */
  readonly images: readonly string[];
}

const text = { type: 'string' };
const texts = { type: 'array', items: text };

export const scriptedSchema: ConfigSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    pools: {
      type: 'object', minProperties: 1, description: 'Total of each pool: whole amounts by name, memory and storage in GiB.',
      additionalProperties: { type: 'object', minProperties: 1, additionalProperties: { type: 'integer', minimum: 0 } },
    },
    executables: { ...texts, minItems: 1, description: 'Kinds that it pretends to run: short names (dockerContainer) or URIs.' },
    data: { ...texts, description: 'Kinds of data that it stages.' },
    brings: { ...texts, description: 'Kinds of data that it pretends to bring itself, without a resolver of the node.' },
    storage: { ...texts, description: 'Kinds of storage that it pretends to have.' },
    connectors: { ...texts, description: 'Protocols of the ways in that scripts may open.' },
    preparing: { ...text, description: 'ISO 8601 duration of preparing, where the script does not say.' },
    releasing: { ...text, description: 'ISO 8601 duration that is booked for releasing.' },
    run: { ...text, description: 'ISO 8601 duration of a run, where the script does not say.' },
    longestRun: { ...text, description: 'ISO 8601 duration.' },
    capacity: { enum: ['owned', 'shared'] },
    fixedEnd: { type: 'boolean', description: 'Sessions can not be given a later end.' },
    approach: { ...text, description: 'ISO 8601 duration: so long before its start a session begins to be queued, which it spends before its start then; never when left out.' },
    history: { ...text, pattern: '^[a-z][a-z.-]{0,40}$', description: 'File in the platform\'s folder to which everything done is added, for audits; none when left out.' },
    flavours: {
      type: 'object', description: 'Fixed sizes by name, as machines of a cloud; a draft gets the closest that has enough.',
      additionalProperties: { type: 'object', minProperties: 1, additionalProperties: { type: 'integer', minimum: 1 } },
    },
    elastic: { type: 'boolean', description: 'What runs can be given another size.' },
    keeps: {
      type: 'object', additionalProperties: false, required: ['gib'], description: 'Storage that it pretends to keep after sessions.',
      properties: { gib: { type: 'integer', minimum: 1 }, longest: { ...text, description: 'ISO 8601 duration; P90D.' } },
    },
    images: { ...texts, description: 'The only container images that are taken.' },
    accelerators: Type.Array(Type.Object(acceleratorProperties, { additionalProperties: false }), { description: 'Types of accelerators that requests can ask for; pools have them under these names.' }),
    hosts: { type: 'integer', minimum: 1, description: 'A session may be spread over so many hosts; 1.' },
    behaviour: { type: 'object', description: 'Script of executables that are not of the scripted kind.' },
  },
};

const defaults = {
  pools: { main: { cores: 16, memory: 64, storage: 1000 } }, executables: ['scripted'], data: ['simpleData'], brings: [] as readonly string[], storage: ['simpleStorage'],
  connectors: ['HTTP', 'HTTPS', 'TCP'], preparing: 'PT0S', releasing: 'PT0S', run: 'PT10S', longestRun: 'P7D', capacity: 'owned' as const, behaviour: {},
  flavours: {}, elastic: false, fixedEnd: false, images: [] as string[], hosts: 1,
};

type Raw = Partial<{ -readonly [Key in keyof typeof defaults]: (typeof defaults)[Key] }> & Pick<ScriptedConfig, 'history'> & { readonly approach?: string } & { readonly accelerators?: Parameters<typeof readAccelerators>[0] } & { readonly keeps?: { readonly gib: number; readonly longest?: string } };

/** `raw` was accepted by the schema. */
export function parseScriptedConfig(raw: unknown): ScriptedConfig {
  const given = { ...defaults, ...(raw as Raw) };
  const spans = { prepare: span('preparing', given.preparing), run: span('run', given.run) };
  const behaviour = readScript(given.behaviour, spans, 'behaviour');
  if (!behaviour.ok) {
    const [first] = behaviour.reasons;
    throw new ConfigFault(first?.path ?? 'behaviour', first?.values['fault'] ?? 'cannot be read', 'see the README of the scripted platform');
  }
  return {
    pools: given.pools, executables: kindList('executables', given.executables, 'executable'), data: kindList('data', given.data, 'data'), brings: kindList('brings', given.brings, 'data'),
    storage: kindList('storage', given.storage, 'storage'), connectors: given.connectors, capacity: given.capacity, behaviour: behaviour.script,
    accelerators: acceleratorsOf(given), mostHosts: given.hosts,
    flavours: given.flavours, elastic: given.elastic, images: given.images, hasFixedEnd: given.fixedEnd,
    preparing: spans.prepare, run: spans.run, releasing: span('releasing', given.releasing), longestRun: span('longestRun', given.longestRun),
    ...(given.keeps ? { keeps: { gib: given.keeps.gib, longest: span('keeps.longest', given.keeps.longest ?? 'P90D') } } : {}),
    ...(given.approach === undefined ? {} : { approach: span('approach', given.approach) }),
    ...(given.history === undefined ? {} : { history: given.history }),
  };
}

function acceleratorsOf({ accelerators = [], pools }: Pick<Raw, 'accelerators'> & Pick<ScriptedConfig, 'pools'>): readonly AcceleratorType[] {
  const odd = accelerators.findIndex(({ type }) => Object.values(pools).every((total) => total[type] === undefined));
  if (odd >= 0) throw new ConfigFault(`accelerators.${odd}.type`, `no pool has '${accelerators[odd]?.type ?? ''}'`, "add it to the amounts of a pool under 'pools'");
  return readAccelerators(accelerators);
}

function span(key: string, written: string): Milliseconds {
  const parsed = parseDuration(written, 0);
  if (parsed.ok) return parsed.value;
  throw new ConfigFault(key, parsed.fault, 'write an ISO 8601 duration, for example PT10S');
}

function kindList(key: string, names: readonly string[], family: string): readonly Kind[] {
  return names.map((name, at) => {
    const kind = Object.hasOwn(kinds, name) ? kinds[name as ShortKind] : name;
    if (familyOf(kind) === family) return kind;
    throw new ConfigFault(`${key}.${at}`, `'${name}' is not a known ${family} kind`, `write a short name such as ${shortNamesOf(family).join(', ')}`);
  });
}

function shortNamesOf(family: string): readonly string[] {
  return (Object.keys(kinds) as ShortKind[]).filter((short) => familyOf(kinds[short]) === family);
}
