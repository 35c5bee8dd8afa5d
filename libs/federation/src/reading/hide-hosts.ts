/** Host names that must not leave the aggregator are replaced by the member's name, in every text of a document. */
import type { Member } from '../members/member.js';
import type { Fields } from './read-fields.js';

/** Replaces hosts in texts, and tells whether a location is at one. `undefined`: nothing is hidden. */
export interface Hiding {
  readonly name: string;
  readonly gateway?: string;
  readonly hosts: RegExp;
  /** A text without any of their words names none of the hosts: that is found out faster. */
  readonly words: RegExp;
  /** Length of the shortest word: most texts of a document are shorter. */
  readonly shortest: number;
}

interface Usual { readonly hosts: readonly string[]; readonly hiding: Hiding }

/** Mostly a request names none of a member's hosts, so that what is hidden is the same for all. */
const usual = new WeakMap<Member, Usual>();

/** `said`: texts of the client itself, whose hosts are no secret to it and must come back as they were sent. */
export function hidingFor(member: Member, said: string): Hiding | undefined {
  if (member.exposure === 'expose') return undefined;
  const { hosts: all, hiding } = usualOf(member);
  const hosts = all.filter((host) => host.startsWith('*.') || !said.includes(host));
  if (hosts.length === all.length) return hiding;
  return hosts.length === 0 ? undefined : hidingOf(member, hosts);
}

/** False only for a text that nothing is hidden of. */
export function mayName(text: string, hiding: Hiding): boolean {
  return hasWord(text, hiding) || /\\u/i.test(text);
}

function hasWord(text: string, { words, shortest }: Hiding): boolean {
  return text.length >= shortest && words.test(text);
}

function usualOf(member: Member): Usual {
  const known = usual.get(member);
  if (known) return known;
  const hosts = [...new Set([new URL(member.url).hostname, ...member.hiddenHosts])];
  const made = { hosts, hiding: hidingOf(member, hosts) };
  usual.set(member, made);
  return made;
}

function hidingOf(member: Member, hosts: readonly string[]): Hiding {
  const hosted = hosts.map((host) => (host.startsWith('*.') ? `[\\w.-]+${escaped(host.slice(1))}` : escaped(host))).join('|');
  const pattern = new RegExp(`(?:[a-z][a-z0-9+.-]*://)?(?<![\\w.-])(?:${hosted})(?![\\w-]|\\.\\w)(?::\\d+)?`, 'gi');
  const words = hosts.map((host) => host.replace(/^\*/, ''));
  return { name: member.name, hosts: pattern, words: new RegExp(words.map(escaped).join('|'), 'i'), shortest: Math.min(...words.map((word) => word.length)), ...(member.gateway === undefined ? {} : { gateway: member.gateway }) };
}

/** What names no host is given back as it is, not copied. */
export function hideHosts(value: unknown, hiding: Hiding | undefined): unknown {
  if (!hiding) return value;
  if (typeof value === 'string') return hideIn(value, hiding);
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? hideInList(value, hiding) : hideInFields(value as Fields, hiding);
}

function hideInList(list: readonly unknown[], hiding: Hiding): readonly unknown[] {
  const shown = list.map((one) => hideHosts(one, hiding));
  return shown.some((one, index) => one !== list[index]) ? shown : list;
}

function hideInFields(fields: Fields, hiding: Hiding): Fields {
  let shown: Record<string, unknown> | undefined;
  for (const key of Object.keys(fields)) {
    const [name, value] = [hideIn(key, hiding), hideHosts(fields[key], hiding)];
    if (name === key && value === fields[key]) continue;
    shown ??= { ...fields };
    if (name !== key) delete shown[key];
    shown[name] = value;
  }
  return shown ?? fields;
}

function hideIn(text: string, hiding: Hiding): string {
  return hasWord(text, hiding) ? text.replace(hiding.hosts, hiding.name) : text;
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
