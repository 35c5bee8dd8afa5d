/**
 * Documents that name members. Two forms: our own, `{"members": [{"name", "url", …}]}`, and that of the SRCNet Site
 * Capabilities API: nodes with sites, sites, or its flat list of services; of those, the services of one type are members.
 */
import { fieldsOf, listOf, textOf } from '../reading/read-fields.js';
import type { Fields } from '../reading/read-fields.js';
import type { MemberDescription } from './member.js';
import { readDescription } from './read-description.js';

export type RegisterForm = 'members' | 'site-capabilities';

export interface RegisterRules {
  readonly form: RegisterForm;
  /** Type of the services that are brokers, in a Site Capabilities document. */
  readonly service: string;
}

/** What a register says, and what of it can't be used. Throws RangeError for a document of another form. */
export function readRegister(document: unknown, rules: RegisterRules): { readonly members: readonly MemberDescription[]; readonly faults: readonly string[] } {
  const entries = rules.form === 'members' ? membersOf(document) : servicesOf(document).filter((one) => one['type'] === rules.service && isInUse(one)).map(memberOf);
  const members = new Map<string, MemberDescription>();
  const faults: string[] = [];
  for (const entry of entries) {
    const read = readDescription(entry);
    if ('faults' in read) faults.push(...read.faults.map(({ path, fault }) => `${textOf(entry['name']) ?? 'a member'}: ${path} ${fault}`));
    else if (members.has(read.description.name)) faults.push(`${read.description.name}: the name is there twice`);
    else members.set(read.description.name, read.description);
  }
  return { members: [...members.values()], faults };
}

function membersOf(document: unknown): readonly Fields[] {
  const { members } = fieldsOf(document);
  if (!Array.isArray(members)) throw new RangeError("the register has no list 'members'");
  return members.map(fieldsOf);
}

/** Services with the names of what they stand in. */
function servicesOf(document: unknown): readonly Fields[] {
  if (!Array.isArray(document)) throw new RangeError('the register is not a list of nodes, sites or services');
  return document.map(fieldsOf).flatMap((one) => {
    if (Array.isArray(one['sites'])) return one['sites'].map(fieldsOf).filter(isInUse).flatMap((site) => servicesOfSite(site));
    return Array.isArray(one['compute']) ? servicesOfSite(one) : [one];
  });
}

function servicesOfSite(site: Fields): readonly Fields[] {
  const computes = listOf(site['compute']).map(fieldsOf).filter(isInUse);
  return computes.flatMap((compute) => listOf(compute['associated_local_services']).map((service) => ({ parent_site_name: site['name'], ...fieldsOf(service) })));
}

function isInUse({ is_force_disabled: isDisabled, enabled }: Fields): boolean {
  return isDisabled !== true && enabled !== false;
}

/** Sites name their services freely; a member's name must be a word that stays. */
function memberOf(service: Fields): Fields {
  const { prefix = 'https', host, port, path = '' } = service;
  const given = textOf(service['identifier']) ?? textOf(service['name']) ?? textOf(service['parent_site_name']) ?? textOf(service['id']) ?? '';
  const place = `${String(prefix)}://${String(host)}${port === undefined || port === null ? '' : `:${String(port as number)}`}`;
  return { name: wordOf(given), url: `${place}/${String(path as string).replace(/^\/+/, '')}`.replace(/\/+$/, '') };
}

function wordOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 63);
}
