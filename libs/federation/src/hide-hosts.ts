/** Host names that must not leave the aggregator are replaced by the member's name, in every text of a document. */
import type { Member } from './member.js';

/** Replaces hosts in texts, and tells whether a location is at one. `undefined`: nothing is hidden. */
export interface Hiding { readonly name: string; readonly gateway?: string; readonly hosts: RegExp }

/** `said`: texts of the client itself, whose hosts are no secret to it and must come back as they were sent. */
export function hidingFor(member: Member, said: string): Hiding | undefined {
  if (member.exposure === 'expose') return undefined;
  const all = hostsOf(member);
  const hosts = all.filter((host) => host.startsWith('*.') || !said.includes(host));
  if (hosts.length === 0) return undefined;
  // Mostly a request names none of them, so that what is hidden is the same for all.
  if (hosts.length < all.length) return hidingOf(member, hosts);
  const hiding = usual.get(member) ?? hidingOf(member, all);
  usual.set(member, hiding);
  return hiding;
}

/** False only for a text that nothing is hidden of. */
export function mayName(text: string, hiding: Hiding): boolean {
  return text.includes('\\u') || text.search(hiding.hosts) >= 0;
}

const usual = new WeakMap<Member, Hiding>();

function hostsOf({ url, hiddenHosts }: Member): readonly string[] {
  return [...new Set([new URL(url).hostname, ...hiddenHosts])];
}

function hidingOf(member: Member, hosts: readonly string[]): Hiding {
  const hosted = hosts.map((host) => (host.startsWith('*.') ? `[\\w.-]+${escaped(host.slice(1))}` : escaped(host))).join('|');
  const pattern = new RegExp(`(?:[a-z][a-z0-9+.-]*://)?(?<![\\w.-])(?:${hosted})(?![\\w-]|\\.\\w)(?::\\d+)?`, 'gi');
  return { name: member.name, hosts: pattern, ...(member.gateway === undefined ? {} : { gateway: member.gateway }) };
}

export function hideHosts(value: unknown, hiding: Hiding | undefined): unknown {
  if (!hiding) return value;
  if (typeof value === 'string') return value.replace(hiding.hosts, hiding.name);
  if (Array.isArray(value)) return value.map((one) => hideHosts(one, hiding));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [hideHosts(key, hiding), hideHosts(one, hiding)]));
}

/** Where a client reaches a connector: unchanged, through the gateway, or nowhere (undefined). */
export function visibleLocation(location: string, hiding: Hiding | undefined): string | undefined {
  if (hideHosts(location, hiding) === location) return location;
  if (hiding?.gateway === undefined || !URL.canParse(location)) return undefined;
  const { pathname, search } = new URL(location);
  const query = hideHosts(search, hiding) as string;
  return hiding.gateway.replace(/\/+$/, '') + pathname + query;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
