import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { canonicalKind, realmOf, reason } from '#model';
import type { Ask, Policy, PolicyPlugin, Verdict, Who } from '#plugin-sdk';
import { ConfigFault, isMeant, tellWho, whoProperties, whoSchema } from '#plugin-sdk';

export const membershipSchema = Type.Object({
  allow: Type.Optional(Type.Array(whoSchema, { minItems: 1, description: 'whoever one of these means may ask; default: everybody' })),
  deny: Type.Optional(Type.Array(Type.Object({ ...whoProperties, why: Type.Optional(Type.String({ description: 'told to them' })) }, { additionalProperties: false }), { description: 'whoever one of these means may not, whatever allows them' })),
  kinds: Type.Optional(Type.Array(Type.String({ pattern: ':', description: 'URI of a kind' }), { minItems: 1, description: 'judges only executables of these kinds; default: all' })),
}, { additionalProperties: false, minProperties: 1 });

export type MembershipConfig = Static<typeof membershipSchema>;

/** Who may use the node, a kind of executable, or the pool that the policy is bound to. */
export const membershipPolicy: PolicyPlugin<MembershipConfig> = {
  name: 'membership',
  schema: membershipSchema,
  parseConfig(raw) {
    const config = raw as MembershipConfig;
    const index = (config.deny ?? []).findIndex(({ why: _, ...who }) => Object.keys(who).length === 0);
    if (index >= 0) throw new ConfigFault(`deny[${index}]`, 'means everybody', 'say whom: realms, groups, scopes, roles or ids');
    return config;
  },
  create: (config): Policy => ({ judge: (ask) => Promise.resolve(judge(ask, config)) }),
};

function judge(ask: Ask, { allow, deny = [], kinds }: MembershipConfig): Verdict {
  if (!isAbout(ask, kinds)) return { kind: 'allow' };
  const { requester, pool } = ask;
  const what = pool === undefined ? 'ask here' : `use pool ${pool}`;
  const denied = deny.find(({ why: _, ...who }) => isMeant(who, requester));
  const facts = { realm: realmOf(requester), groups: requester.groups, scopes: requester.scopes ?? 'all' };
  if (denied) return { kind: 'deny', facts, reason: reason('membership', 'you may not {what}: {why}', { what, why: denied.why ?? 'the rules of this node exclude you' }) };
  if (!allow || allow.some((who) => isMeant(who, requester))) return { kind: 'allow', facts };
  const wanted = allow.map((who: Who) => tellWho(who)).join('; or ');
  return { kind: 'deny', facts, reason: reason('membership', 'only who is {wanted} may {what}', { wanted, what }) };
}

function isAbout({ request: { executable } }: Ask, kinds: readonly string[] | undefined): boolean {
  if (!kinds) return true;
  return executable !== undefined && kinds.some((one) => canonicalKind(one) === canonicalKind(executable.kind));
}
