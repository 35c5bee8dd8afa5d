/** A member as somebody describes it: an administrator, a register. Every fault names the field. */
import type { MemberDescription } from './member.js';
import type { Fields } from '../reading/read-fields.js';

export interface DescriptionFault { readonly path: string; readonly fault: string; readonly fix: string }
export interface DescribedMember extends MemberDescription {
  /** Name of configured credentials; secrets themselves are never sent nor kept. */
  readonly credentials?: string;
}

const known = ['name', 'url', 'exposure', 'hiddenHosts', 'gateway', 'credentials'];

export function readDescription(from: Fields): { readonly description: DescribedMember } | { readonly faults: readonly DescriptionFault[] } {
  const faults = [...Object.entries(checks).flatMap(([path, check]) => {
    const [fault, fix] = check(from[path]) ?? [];
    return fault === undefined || fix === undefined ? [] : [{ path, fault, fix }];
  }), ...Object.keys(from).filter((path) => !known.includes(path)).map((path) => ({ path, fault: 'is not known', fix: `write some of ${known.join(', ')}` }))];
  if (faults.length > 0) return { faults };
  const { name, url, exposure = 'proxy', hiddenHosts = [], gateway, credentials } = from as unknown as Partial<DescribedMember>;
  return { description: {
    name: name as string, url: url as string, exposure, hiddenHosts,
    ...(gateway === undefined ? {} : { gateway }), ...(credentials === undefined ? {} : { credentials }),
  } };
}

type Check = (value: unknown) => readonly [fault: string, fix: string] | undefined;

const checks: Readonly<Record<string, Check>> = {
  name: (value) => (typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,62}$/.test(value) ? undefined : ['is not a name', 'write 1 to 63 of a-z, 0-9 and -, not beginning with -']),
  url: (value) => (isHttp(value) ? undefined : ['is not an http or https address', 'write for example https://broker.example.org']),
  exposure: (value) => (value === undefined || value === 'proxy' || value === 'expose' ? undefined : ['is unknown', 'write proxy or expose']),
  hiddenHosts: (value) => (value === undefined || (Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')) ? undefined : ['is not a list of host names', 'write for example ["*.site.example"]']),
  gateway: (value) => (value === undefined || isHttp(value) ? undefined : ['is not an http or https address', 'write for example https://gate.example.org']),
  credentials: (value) => (value === undefined || (typeof value === 'string' && value !== '') ? undefined : ['is not a name', 'name one of the configured credentials']),
};

/** Without user, query and fragment: the path of a call is put behind it. */
function isHttp(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && [username, password, search, hash].every((part) => part === '');
}
