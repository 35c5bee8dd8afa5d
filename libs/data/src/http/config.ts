import { Type } from '@sinclair/typebox';
import type { Milliseconds } from '#model';
import { durationAt, withDefaults } from '../config.js';

export const httpSchema = Type.Object({
  allow: Type.Array(Type.String({ minLength: 1 }), { default: ['*'], description: "hosts that data may come from; '*' stands for any characters" }),
  allowPrivate: Type.Boolean({ default: false, description: 'also private, loopback and link-local addresses' }),
  maxBytes: Type.Integer({ minimum: 1, default: 1024 ** 4, description: 'largest resource that is brought' }),
  maxRedirects: Type.Integer({ minimum: 0, maximum: 20, default: 5 }),
  bandwidth: Type.Number({ exclusiveMinimum: 0, default: 20, description: 'MiB per second, for estimates' }),
  connectTimeout: Type.String({ default: 'PT10S' }),
  idleTimeout: Type.String({ default: 'PT1M', description: 'longest silence of a server' }),
  lookUpTimeout: Type.String({ default: 'PT8S', description: 'longest look-up of one resource while an offer is made' }),
  defaultEstimate: Type.String({ default: 'PT1M', description: 'for resources whose size nobody tells' }),
  tokens: Type.Array(Type.Object({
    service: Type.String({ minLength: 1, description: 'name of a service of access.delegate' }),
    hosts: Type.Array(Type.String({ pattern: '^[A-Za-z0-9.:-]+$|^\\*\\.[A-Za-z0-9.-]+$' }), { minItems: 1, description: "names of hosts, or '*.example.org'" }),
  }, { additionalProperties: false }), { default: [], description: "hosts that are sent the requester's token for a service, by https only (http on this machine)" }),
}, { additionalProperties: false });

export interface HttpConfig {
  readonly allow: readonly string[];
  readonly allowPrivate: boolean;
  readonly maxBytes: number;
  /** Who is sent the requester's token for which service. */
  readonly tokens: readonly { readonly service: string; readonly hosts: readonly string[] }[];
  readonly maxRedirects: number;
  readonly bandwidth: number;
  readonly connectTimeout: Milliseconds;
  readonly idleTimeout: Milliseconds;
  readonly lookUpTimeout: Milliseconds;
  readonly defaultEstimate: Milliseconds;
}

export function parseHttpConfig(raw: unknown): HttpConfig {
  const config = withDefaults(httpSchema, raw);
  return {
    ...config,
    connectTimeout: durationAt('connectTimeout', config.connectTimeout),
    idleTimeout: durationAt('idleTimeout', config.idleTimeout),
    lookUpTimeout: durationAt('lookUpTimeout', config.lookUpTimeout),
    defaultEstimate: durationAt('defaultEstimate', config.defaultEstimate),
  };
}
