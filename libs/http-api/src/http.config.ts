/** What a configuration file says of its HTTP side: one schema for nodes and aggregators. */
import { isIP } from 'node:net';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { proxyList } from './forwarded.js';

const closed = { additionalProperties: false } as const;

/** `port`: the one by default; `it`: what clients reach, in the words of descriptions. */
export function httpSchema({ port, it }: { readonly port: number; readonly it: string }) {
  return Type.Object({
    host: Type.String({ default: '127.0.0.1', description: 'address or name of this machine that it listens at; 0.0.0.0 or :: for all' }),
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

type HttpConfig = Static<ReturnType<typeof httpSchema>>;

interface HttpFault { readonly path: string; readonly fault: string; readonly fix: string }

/** What the schema can't say; paths are those of the configuration. */
export function httpFaults({ host, port, admin, trustedProxies }: Pick<HttpConfig, 'host' | 'port' | 'admin' | 'trustedProxies'>): readonly HttpFault[] {
  const proxies = trustedProxies.flatMap((entry, index) => {
    const fault = unreadable(entry);
    return fault === undefined ? [] : [{ path: `http.trustedProxies[${index}]`, fault, fix: 'write for example 192.0.2.7 or 10.0.0.0/8' }];
  });
  const wrong = [...strangeHost('http.host', host), ...strangeHost('http.admin.host', admin?.host), ...proxies];
  if (port === 0 || admin?.port !== port || admin.host !== host) return wrong;
  return [...wrong, { path: 'http.admin.port', fault: `${port} is the port of the public listener`, fix: 'give the administration a port of its own' }];
}

const hostName = /^(?!.{254})[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*\.?$/;
/** What only looks like an address: no name ends in a number. */
const endsInNumber = /(^|\.)[0-9]+\.?$/;

function strangeHost(path: string, host: string | undefined): readonly HttpFault[] {
  if (host === undefined || isIP(host) !== 0 || (hostName.test(host) && !endsInNumber.test(host))) return [];
  return [{ path, fault: `'${host}' is neither an address nor the name of a host`, fix: 'write an address of this machine without scheme, brackets and port: 127.0.0.1, 0.0.0.0 or ::, for example' }];
}

function unreadable(entry: string): string | undefined {
  try {
    proxyList([entry]);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
