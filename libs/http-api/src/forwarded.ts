/** How the client reached us, through proxies that the operator trusts. Nobody else's word counts. */
import { BlockList, isIP } from 'node:net';
import type { Sender } from '#model';
import type { FastifyRequest } from 'fastify';

/** What tells where a request comes from and what it was sent to. */
export type Addressed = Pick<FastifyRequest, 'headers' | 'raw' | 'protocol' | 'host'>;

/** What `http.trustedProxies` lists: addresses and CIDR blocks. Throws a RangeError that names what is neither. */
export function proxyList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = familyOf(address);
    const longest = family === 'ipv4' ? 32 : 128;
    const bits = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (!family || !(bits <= longest)) throw new RangeError(`'${entry}' is neither an address nor a CIDR block such as 10.0.0.0/8`);
    list.addSubnet(address, bits, family);
  }
  return list;
}

/** What of a request tells who sends it, read by the operator's list of proxies. */
export function senderReader(trustedProxies: readonly string[]): (request: Pick<Addressed, 'headers' | 'raw'>) => Sender {
  const trusted = trustedProxies.length > 0 ? proxyList(trustedProxies) : undefined;
  return (request) => ({ authorization: request.headers.authorization, onBehalfOf: onlyOne(request.headers['eb-on-behalf-of']), address: clientAddress(request, trusted) });
}

/** Where a request comes from: the nearest address that is not a trusted proxy's. */
export function clientAddress(request: Pick<Addressed, 'headers' | 'raw'>, trusted: BlockList | undefined): string {
  const direct = plainAddress(request.raw.socket.remoteAddress);
  if (!trusted || !isTrusted(direct, trusted)) return direct;
  const told = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map((each) => plainAddress(each.trim())).filter((each) => each !== '');
  return told.findLast((each) => !isTrusted(each, trusted)) ?? told[0] ?? direct;
}

/** Given twice, as when somebody slips one in beside a proxy's own: kept whole, so that it is refused. */
function onlyOne(header: string | readonly string[] | undefined): string | undefined {
  return header === undefined || typeof header === 'string' ? header : header.join(',');
}

export interface Origin { readonly protocol: string; readonly host: string; readonly prefix: string }

/** Scheme, host and path prefix that the client used: `Forwarded` (RFC 7239) first, then X-Forwarded-Proto, -Host, -Prefix. */
export function originOf(request: Addressed, trusted: BlockList | undefined): Origin {
  const direct = { protocol: request.protocol, host: request.host, prefix: '' };
  if (!trusted || !isTrusted(request.raw.socket.remoteAddress, trusted)) return direct;
  const told = { ...namedByCustom(request.headers), ...namedByStandard(request.headers) };
  return {
    protocol: /^https?$/.test(told.protocol ?? '') ? (told.protocol ?? '') : direct.protocol,
    host: told.host ?? direct.host,
    prefix: /^(?:\/[\w.~-]+)+\/?$/.test(told.prefix ?? '') ? (told.prefix ?? '').replace(/\/$/, '') : '',
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
}

/** IPv4 as such, also where the socket shows it as IPv6; what is no address is not shown as one. */
function plainAddress(address: string | undefined): string {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
  return isIP(plain) === 0 ? '' : plain;
}

function isTrusted(address: string | undefined, trusted: BlockList): boolean {
  const plain = plainAddress(address);
  const family = familyOf(plain);
  return family !== undefined && trusted.check(plain, family);
}

function namedByCustom(headers: Addressed['headers']): Partial<Origin> {
  return present({
    protocol: lastOf(headers['x-forwarded-proto'])?.toLowerCase(), host: lastOf(headers['x-forwarded-host']), prefix: lastOf(headers['x-forwarded-prefix']),
  });
}

function namedByStandard(headers: Addressed['headers']): Partial<Origin> {
  const pairs = forwardedPairs(lastOf(headers['forwarded']));
  return present({ protocol: pairs.get('proto')?.toLowerCase(), host: pairs.get('host') });
}

function present(told: Readonly<Record<string, string | undefined>>): Partial<Origin> {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}

/** The entry that the nearest proxy added; what stands before it came from further away. */
function lastOf(header: string | readonly string[] | undefined): string | undefined {
  const last = [header ?? []].flat().join(',').split(',').at(-1)?.trim();
  return last === '' ? undefined : last;
}

function forwardedPairs(element: string | undefined): ReadonlyMap<string, string> {
  return new Map((element ?? '').split(';').flatMap((pair) => {
    const [name = '', value] = pair.split('=', 2);
    return value === undefined ? [] : [[name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')] as const];
  }));
}
