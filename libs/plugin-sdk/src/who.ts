/** Who a rule is about: one form for every policy and for the owners of pools. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Requester } from '#model';
import { realmOf } from '#model';

const names = (description: string) => Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, description }));

/** Every key that is given has to hold; within a key one name is enough, but of scopes all are needed. No key at all: everybody. */
export const whoProperties = {
  realms: names('realms, as the configuration names the issuers; local for accounts of this node, anonymous without credentials'),
  groups: names("groups, exactly as the token has them: a group does not imply those above or below it; 'data/**' stands for everything below data/"),
  scopes: names('scopes of the token, all of them; accounts without a token have every scope'),
  roles: names('roles at this node: user, operator, auditor, admin'),
  ids: names('requesters by their identifiers, for example local:alice'),
};
export const whoSchema = Type.Object(whoProperties, { additionalProperties: false });
export type Who = Readonly<Static<typeof whoSchema>>;

export function isMeant(who: Who, requester: Requester): boolean {
  const hasOne = (wanted: readonly string[] | undefined, isOwn: (name: string) => boolean): boolean => wanted === undefined || wanted.some(isOwn);
  return hasOne(who.realms, (realm) => realm === realmOf(requester))
    && hasOne(who.groups, (group) => requester.groups.some((own) => isGroup(group, own)))
    && hasOne(who.roles, (role) => requester.roles.some((own) => own === role))
    && hasOne(who.ids, (id) => id === requester.id)
    && hasScopes(who.scopes ?? [], requester.scopes);
}

function hasScopes(wanted: readonly string[], own: readonly string[] | undefined): boolean {
  return own === undefined || wanted.every((scope) => own.includes(scope));
}

function isGroup(wanted: string, own: string): boolean {
  return wanted.endsWith('/**') ? own.startsWith(wanted.slice(0, -2)) : own === wanted;
}

/** For reasons: what somebody would have to be. */
export function tellWho({ realms, groups, scopes, roles, ids }: Who): string {
  const part = (what: string, all: readonly string[] | undefined, by = ' or '): readonly string[] => (all ? [`${what} ${all.join(by)}`] : []);
  const parts = [...part('of realm', realms), ...part('in group', groups), ...part('with scope', scopes, ' and '), ...part('in role', roles), ...(ids ? ['named in the rules'] : [])];
  return parts.length === 0 ? 'everybody' : parts.join(', ');
}
