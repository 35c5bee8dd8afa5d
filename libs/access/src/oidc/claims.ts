/** What the claims of a token mean here. Issuers write groups in many shapes; all of them become `a/b/c` without a slash before. */
import { allScopes, isSoundText } from '#model';
import type { Role, Scope } from '#model';

export type Claims = Readonly<Record<string, unknown>>;

/** Gives a role to whoever fits any of what it lists. */
export interface RoleRule {
  readonly role: Role;
  readonly groups?: readonly string[];
  readonly subjects?: readonly string[];
  readonly scopes?: readonly string[];
  readonly claim?: { readonly name: string; readonly value: string };
}

const mostGroups = 1_000;
const longestText = 256;

/** The claim of this very name, else the one that its dots lead to: `wlcg.groups` is a name, `realm_access.roles` a way. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, part) => (isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined), claims);
}

/** Groups of all the claims together, each once. What is no sound name of a group is left out. */
export function groupsOf(claims: Claims, names: readonly string[]): readonly string[] {
  const told = names.flatMap((name) => textsOf(claimAt(claims, name))).map(groupName);
  return [...new Set(told.filter((name) => name !== undefined))].slice(0, mostGroups);
}

/** `scope` as RFC 9068 has it, or `scp` as a list. */
export function scopesOf(claims: Claims): readonly string[] {
  const { scope, scp } = claims;
  return [scope ?? scp ?? []].flat().flatMap((each) => (typeof each === 'string' ? each.split(' ') : [])).filter((each) => each !== '');
}

/** The scopes that we know, with what the configuration says that others stand for. */
export function knownScopes(scopes: readonly string[], meaning: Readonly<Record<string, readonly Scope[]>>): readonly Scope[] {
  const meant = scopes.flatMap((scope) => (Object.hasOwn(meaning, scope) ? (meaning[scope] ?? []) : isKnown(scope) ? [scope] : []));
  return allScopes.filter((scope) => meant.includes(scope));
}

export function rolesOf(rules: readonly RoleRule[], of: { readonly subject: string; readonly groups: readonly string[]; readonly scopes: readonly string[]; readonly claims: Claims }): readonly Role[] {
  const given = rules.filter((rule) => fits(rule, of)).map(({ role }) => role);
  return [...new Set<Role>(['user', ...given])];
}

/** The first of the claims that is a text fit to be shown. */
export function nameOf(claims: Claims, names: readonly string[], otherwise: string): string {
  const found = names.map((name) => claimAt(claims, name)).find((value): value is string => isText(value));
  return found ?? otherwise;
}

/** Printable and not too long: fit for identifiers, messages and the database. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestText && isSoundText(value);
}

function fits(rule: RoleRule, { subject, groups, scopes, claims }: Parameters<typeof rolesOf>[1]): boolean {
  if (rule.subjects?.includes(subject)) return true;
  if (rule.groups?.some((group) => groups.includes(withoutSlash(group)))) return true;
  if (rule.scopes?.some((scope) => scopes.includes(scope))) return true;
  return rule.claim !== undefined && textsOf(claimAt(claims, rule.claim.name)).includes(rule.claim.value);
}

function isKnown(scope: string): scope is Scope {
  return (allScopes as readonly string[]).includes(scope);
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

function groupName(written: string): string | undefined {
  const name = entitledGroup(written) ?? withoutSlash(written);
  return isText(name) && !/^urn:/i.test(name) ? name : undefined;
}

/** AARC-G069: `urn:…:group:GROUP[:SUBGROUP…][:role=ROLE]#AUTHORITY` → `GROUP/SUBGROUP/role=ROLE`. */
function entitledGroup(written: string): string | undefined {
  const path = /^urn:[^#]*?:group:([^#]+)/i.exec(written)?.[1];
  if (path === undefined) return undefined;
  try {
    return path.split(':').map(decodeURIComponent).join('/');
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function withoutSlash(name: string): string {
  return name.replace(/^\/+/, '').replace(/\/+$/, '');
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
