/** Configuration of the `helm` platform: which charts may be installed, with which values, and how much all of them may take. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import type { Milliseconds, Resources } from '#model';
import { parseDuration } from '#model';
import { ConfigFault } from '#plugin-sdk';

const closed = { additionalProperties: false };
const optional = Type.Optional;
const free = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description });
const span = (description: string) => optional(Type.String({ description: `ISO 8601; ${description}` }));

const chartSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]*$', description: 'what requests call it' }),
  chart: Type.String({ minLength: 1, description: 'folder, archive, or oci:// address' }),
  version: optional(Type.String({ minLength: 1, description: 'of the chart; requests may name no other' })),
  values: optional(free('values of this site, which requests can not change')),
  schema: free('JSON Schema of the values that requests may give; what it does not allow is refused'),
}, closed);

export const helmSchema = Type.Object({
  kubeconfig: optional(Type.String({ pattern: '^/', description: 'absolute path; without it the service account of the pod that the broker runs in' })),
  context: optional(Type.String({ minLength: 1, description: 'of the kubeconfig; its current one when left out' })),
  binary: optional(Type.String({ minLength: 1, description: 'Helm 3; helm' })),
  cores: Type.Integer({ minimum: 1, description: 'that all sessions together may have' }),
  memory: Type.Integer({ minimum: 1, description: 'GiB that all sessions together may have' }),
  longestRun: span('P7D'),
  charts: Type.Array(chartSchema, { minItems: 1 }),
  kinds: optional(Type.Array(Type.String({ minLength: 1 }), { description: 'kinds of objects that charts may make beside the usual ones of a namespace' })),
  podSecurity: optional(Type.Union([Type.Literal('restricted'), Type.Literal('baseline'), Type.Literal('privileged')], { description: 'level that the cluster enforces in their namespaces; restricted' })),
  deny: optional(Type.Array(Type.String({ minLength: 1 }), { description: 'networks (CIDR) that sessions must not reach; node metadata' })),
  patience: span('how long an installed chart may take until something of it runs; PT5M'),
}, closed);

export interface ChartConfig {
  readonly name: string; readonly chart: string; readonly version: string | undefined; readonly values: Readonly<Record<string, unknown>>;
  /** Judges the values of a request. */
  readonly judge: ValidateFunction;
}

export interface HelmConfig {
  readonly kubeconfig: string | undefined; readonly context: string | undefined; readonly binary: string;
  readonly total: Resources; readonly longestRun: Milliseconds; readonly patience: Milliseconds;
  readonly charts: readonly ChartConfig[]; readonly kinds: readonly string[]; readonly podSecurity: string; readonly deny: readonly string[];
}

/** Throws ConfigFault. */
export function parseHelmConfig(raw: unknown): HelmConfig {
  const [fault] = [...Value.Errors(helmSchema, raw ?? {})];
  if (fault) throw new ConfigFault(fault.path.slice(1).replaceAll('/', '.'), fault.message.toLowerCase(), 'correct the value');
  const given = raw as Static<typeof helmSchema>;
  return {
    kubeconfig: given.kubeconfig, context: given.context, binary: given.binary ?? 'helm', total: { cores: given.cores, memory: given.memory },
    longestRun: spanAt('longestRun', given.longestRun ?? 'P7D'), patience: spanAt('patience', given.patience ?? 'PT5M'),
    charts: given.charts.map((chart, index) => chartOf(chart, given.charts, index)), kinds: given.kinds ?? [],
    podSecurity: given.podSecurity ?? 'restricted', deny: given.deny ?? ['169.254.0.0/16'],
  };
}

function chartOf({ name, chart, version, values = {}, schema }: Static<typeof chartSchema>, all: readonly { readonly name: string }[], index: number): ChartConfig {
  if (all.findIndex((one) => one.name === name) !== index) throw new ConfigFault(`charts.${index}.name`, `there are two charts '${name}'`, 'give each its own name');
  try {
    return { name, chart, version, values, judge: new Ajv({ allErrors: true, strict: false, useDefaults: false }).compile(schema) };
  } catch (fault) {
    throw new ConfigFault(`charts.${index}.schema`, `is no JSON Schema: ${String(fault)}`, 'correct the schema');
  }
}

function spanAt(path: string, text: string): Milliseconds {
  const length = parseDuration(text, 0);
  if (!length.ok) throw new ConfigFault(path, length.fault, 'write for example PT10S');
  return length.value;
}
