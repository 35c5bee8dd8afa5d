/** What a configuration file says of its HTTP side: one schema for nodes and aggregators. */
import { Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;

/** `port`: the one by default; `it`: what clients reach, in the words of descriptions. */
export function httpSchema({ port, it }: { readonly port: number; readonly it: string }) {
  return Type.Object({
    host: Type.String({ default: '127.0.0.1' }),
    port: Type.Integer({ minimum: 0, maximum: 65535, default: port, description: 'EB_PORT in the environment wins; 0 takes a free one' }),
    publicUrl: Type.Optional(Type.String({ format: 'uri', description: `how clients reach ${it}; default: the host they asked` })),
    admin: Type.Optional(Type.Object({
      host: Type.String({ default: '127.0.0.1' }),
      port: Type.Integer({ minimum: 0, maximum: 65535 }),
    }, { ...closed, description: 'listener for /admin alone; the public one answers 404 there then' })),
    trustedProxies: Type.Array(Type.String({ pattern: '^[0-9a-fA-F.:]+(/[0-9]{1,3})?$' }), { default: [], description: 'addresses and CIDR blocks of proxies whose Forwarded and X-Forwarded-* headers are believed' }),
    cors: Type.Object({
      origins: Type.Array(Type.String({ pattern: '^(\\*|https?://[^/]+)$' }), { default: [], description: `origins whose pages may call ${it}; * for every one` }),
    }, { ...closed, default: {} }),
    defaultMediaType: Type.Union([Type.Literal('application/yaml'), Type.Literal('application/json'), Type.Literal('application/xml')], { default: 'application/yaml', description: 'for requests that declare none, or */*' }),
    bodyLimit: Type.String({ format: 'byte-size', default: '1 MiB' }),
  }, { ...closed, default: {} });
}
