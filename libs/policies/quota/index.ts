import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds, Reason, Requester, Resources } from '#model';
import { formatDuration, parseDuration, pathOfResource, reason } from '#model';
import type { Ask, Charge, Policy, PolicyPlugin, Verdict, Who } from '#plugin-sdk';
import { ConfigFault, isMeant, whoProperties } from '#plugin-sdk';

const closed = { additionalProperties: false } as const;
const amounts = (description: string) => Type.Optional(Type.Record(Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 }), { minProperties: 1, description }));
const count = (description: string) => Type.Optional(Type.Integer({ minimum: 0, description }));

export const quotaSchema = Type.Object({
  quotas: Type.Array(Type.Object({
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,40}$', description: 'names the account; what was counted is lost with another name' }),
    ...whoProperties,
    per: Type.Optional(Type.Union([Type.Literal('user'), Type.Literal('group'), Type.Literal('all')], { description: 'counted for each requester (default), for each group of `groups` that they are in, or for all of them together' })),
    sessions: count('sessions at once, from preparing until released'),
    amounts: amounts('amounts at once'),
    hours: amounts('amounts times hours within any period'),
    period: Type.Optional(Type.String({ pattern: '^P', description: 'length of the sliding period, ISO 8601' })),
    openOffers: count('open offer sets'),
  }, closed), { minItems: 1 }),
}, closed);

type RawQuota = Static<typeof quotaSchema>['quotas'][number];
export interface Quota { readonly name: string; readonly who: Who; readonly per: 'user' | 'group' | 'all'; readonly limits: readonly Limited[]; readonly amounts: Resources; readonly period: Milliseconds }
interface Limited { readonly word: string; readonly counts: Charge['counts']; readonly limit: Charge['limits'][number]; readonly text: string }
export interface QuotaConfig { readonly quotas: readonly Quota[] }

/** How much somebody may have at once or use in a period; counted in the ledger, so that it is exact. See README.md. */
export const quotaPolicy: PolicyPlugin<QuotaConfig> = {
  name: 'quota',
  schema: quotaSchema,
  parseConfig(raw) {
    const { quotas } = raw as Static<typeof quotaSchema>;
    const names = quotas.map(({ name }) => name);
    return { quotas: quotas.map((one, index) => {
      if (names.indexOf(one.name) !== index) throw new ConfigFault(`quotas[${index}].name`, `'${one.name}' is there twice`, 'give each a name of its own');
      return readQuota(one, `quotas[${index}]`);
    }) };
  },
  create: (config): Policy => ({ memory: Math.max(...config.quotas.map(({ period }) => period)), judge: (ask) => Promise.resolve(judge(ask, config)) }),
};

function readQuota(raw: RawQuota, path: string): Quota {
  const { name, per = 'user', amounts = {}, hours, period } = raw;
  const who: Who = Object.fromEntries(Object.entries(raw).filter(([key]) => key in whoProperties));
  if ((hours === undefined) !== (period === undefined)) throw new ConfigFault(`${path}.period`, 'goes with hours, and hours with a period', 'write both or none');
  if (per === 'group' && who.groups === undefined) throw new ConfigFault(`${path}.per`, 'is group, but no groups are named', 'add groups');
  const length = period === undefined ? 0 : lengthOf(period, `${path}.period`);
  const limits = limitsOf(raw, length);
  if (limits.length === 0) throw new ConfigFault(path, 'limits nothing', 'add sessions, amounts, hours with a period, or openOffers');
  return { name, who, per, limits, amounts, period: length };
}

function limitsOf({ sessions, amounts, hours, openOffers }: RawQuota, length: Milliseconds): readonly Limited[] {
  const atOnce = 'at once, {used} are booked at that time';
  const inPeriod = `within ${formatDuration(length)}; {used} are used or booked, {left} are left, {wanted} are asked for`;
  return [
    ...(sessions === undefined ? [] : [{ word: 'sessions', counts: 'sessions', limit: { kind: 'at-once', most: { sessions } }, text: `{whose} may have {limit} sessions ${atOnce}` } as const]),
    ...(amounts ? [{ word: 'amounts', counts: 'granted', limit: { kind: 'at-once', most: amounts }, text: `{whose} may have {limit} {resource} ${atOnce}` } as const] : []),
    ...(hours ? [{ word: 'hours', counts: 'granted', limit: { kind: 'sliding', length, most: hours }, text: `{whose} may use {limit} hours of {resource} ${inPeriod}` } as const] : []),
    ...(openOffers === undefined ? [] : [{ word: 'offers', counts: 'sessions', limit: { kind: 'open-sets', most: openOffers }, text: '{whose} may have {limit} offer sets open; accept or reject one, or wait until it expires' } as const]),
  ];
}

function lengthOf(text: string, path: string): Milliseconds {
  const parsed = parseDuration(text, 0);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  throw new ConfigFault(path, parsed.ok ? 'is zero' : parsed.fault, 'write for example P30D');
}

function judge(ask: Ask, { quotas }: QuotaConfig): Verdict {
  const own = quotas.filter(({ who }) => isMeant(who, ask.requester));
  const charges = own.flatMap((quota) => holdersOf(quota, ask.requester).flatMap((holder) => quota.limits.map((limited) => chargeOf(quota, limited, holder, ask.pool))));
  return withSizes(ask, own, charges);
}

interface Holder { readonly id: string; readonly whose: string }

function holdersOf({ per, who }: Quota, { id, groups }: Requester): readonly Holder[] {
  if (per === 'all') return [{ id: 'all', whose: 'everybody together' }];
  if (per === 'user') return [{ id, whose: 'you' }];
  return (who.groups ?? []).filter((group) => groups.includes(group)).map((group) => ({ id: `group:${group}`, whose: `group ${group}` }));
}

function chargeOf({ name }: Quota, { word, counts, limit, text }: Limited, { id, whose }: Holder, pool: string | undefined): Charge {
  const place = pool === undefined ? name : `${pool}/${name}`;
  return { account: `quota/${place}/${word}/${id}`, counts, limits: [limit], reason: reason('quota', `${text} (quota {quota})`, { whose, quota: name }) };
}

/** Nothing bigger than the quota itself is searched for. */
function withSizes({ need }: Ask, own: readonly Quota[], charges: readonly Charge[]): Verdict {
  const facts = { quotas: own.map(({ name }) => name) };
  const names = new Set(own.flatMap(({ amounts: most }) => Object.keys(most)));
  const most = Object.fromEntries([...names].map((name) => [name, Math.min(...own.map((one) => one.amounts[name] ?? Infinity))]));
  const over = Object.entries(most).filter(([name, limit]) => (need.max[name] ?? 0) > limit);
  const why = ([name, limit]: readonly [string, number]): Reason => reason('quota', '{path}: a quota allows {limit} {name} at once, at least {wanted} are asked for', { name, limit, wanted: need.min[name] ?? 0 }, { path: pathOfResource(name) });
  const [impossible, ...others] = over.filter(([name, limit]) => (need.min[name] ?? 0) > limit).map(why);
  if (impossible) return { kind: 'deny', reason: impossible, others, facts };
  const [first, ...more] = over.map(why);
  return first ? { kind: 'limit', reason: { ...first, level: 'INFO' }, others: more, resources: Object.fromEntries(over), charges, facts } : { kind: 'allow', charges, facts };
}
