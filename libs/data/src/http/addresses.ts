/** Which addresses are the world's, and which are somebody's inside (IANA special-purpose registries, RFC 6890). */
import { lookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

const inside = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24],
  ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) inside.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 96], ['64:ff9b::', 96], ['64:ff9b:1::', 48], ['100::', 64], ['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['fc00::', 7], ['fe80::', 10], ['fec0::', 10], ['ff00::', 8],
] as const) inside.addSubnet(net, bits, 'ipv6');

/** True for loopback, private, link-local, multicast and other addresses that are not the public internet's. */
export function isInside(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 0) return false;
  return inside.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/** Code of the error that a look-up with only inside addresses fails with. */
export const insideCode = 'EB_INSIDE_ADDRESS';

/**
 * A look-up for sockets that gives public addresses only. Because the socket connects to what this returns, a name that
 * changes its address between a check and the connection (DNS rebinding) gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...(options as LookupOptions), all: true }, (fault, addresses: LookupAddress[]) => {
    if (fault) { done(fault, ''); return; }
    const usable = addresses.filter(({ address }) => !isInside(address));
    const [first] = usable;
    if (first === undefined) {
      done(Object.assign(new Error(`'${hostname}' has no public address`), { code: insideCode }), '');
    } else if (options.all) {
      done(null, usable);
    } else {
      done(null, first.address, first.family);
    }
  });
};
