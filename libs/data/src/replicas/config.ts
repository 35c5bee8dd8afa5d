import { Type } from '@sinclair/typebox';
import type { Milliseconds } from '#model';
import { ConfigFault } from '#plugin-sdk';
import { durationAt, withDefaults } from '../config.js';
import { httpSchema, parseHttpConfig } from '../http/config.js';
import type { HttpConfig } from '../http/config.js';

const closed = { additionalProperties: false } as const;
const seconds = (description: string) => Type.Number({ minimum: 0, description });

export const replicasSchema = Type.Object({
  site: Type.String({ minLength: 1, description: 'name of this site, as replicas are named: what has one here need not be brought' }),
  delay: Type.String({ default: 'PT0S', description: 'what the service takes before anything else, for every dataset' }),
  secondsPerGiB: Type.Number({ minimum: 0, default: 2, description: 'time to bring a GiB from elsewhere' }),
  sites: Type.Record(Type.String({ minLength: 1 }), seconds('time to bring a GiB from this site'), { default: {}, description: 'sites that are nearer or farther, by their names' }),
  defaultEstimate: Type.String({ default: 'PT10M', description: 'instead of a time by size, for datasets whose size nobody tells' }),
  datasets: Type.Array(Type.Object({
    name: Type.String({ pattern: '^[^:\\s]+:\\S+$', description: 'NAMESPACE:OBJECT, or SCOPE:OBJECT of Rucio' }),
    bytes: Type.Optional(Type.Integer({ minimum: 0 })),
    replicas: Type.Record(Type.String({ minLength: 1 }), Type.String({ pattern: '^https?://' }), { minProperties: 1, description: 'where it is, by the name of the site' }),
  }, closed), { default: [], description: 'what is known besides the replicas that requests name' }),
  http: Type.Optional(httpSchema),
}, closed);

export interface Replica { readonly site: string; readonly location: string }
export interface Dataset { readonly name: string; readonly bytes: number | undefined; readonly replicas: readonly Replica[] }

export interface ReplicasConfig {
  readonly site: string;
  readonly delay: Milliseconds;
  readonly secondsPerGiB: number;
  readonly sites: Readonly<Record<string, number>>;
  readonly defaultEstimate: Milliseconds;
  readonly datasets: ReadonlyMap<string, Dataset>;
  /** How replicas are fetched. */
  readonly http: HttpConfig;
}

export function parseReplicasConfig(raw: unknown): ReplicasConfig {
  const config = withDefaults(replicasSchema, raw);
  const datasets = new Map<string, Dataset>();
  for (const [index, { name, bytes, replicas }] of config.datasets.entries()) {
    if (datasets.has(name)) throw new ConfigFault(`datasets[${index}].name`, `'${name}' is there twice`, 'name all its replicas in one entry');
    datasets.set(name, { name, bytes, replicas: Object.entries(replicas).map(([site, location]) => ({ site, location })) });
  }
  return {
    ...config, datasets, delay: durationAt('delay', config.delay), defaultEstimate: durationAt('defaultEstimate', config.defaultEstimate),
    http: parseHttpConfig(config.http ?? {}),
  };
}
