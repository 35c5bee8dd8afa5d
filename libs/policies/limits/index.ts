import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds, Reason, Requester, Resources } from '#model';
import { formatDuration, parseDuration, pathOfResource, reason } from '#model';
import type { Ask, Policy, PolicyPlugin, Verdict, Who } from '#plugin-sdk';
import { ConfigFault, isMeant, whoProperties } from '#plugin-sdk';

const amounts = { most: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { minProperties: 1, description: 'most that one session may have of each resource' })), longest: Type.Optional(Type.String({ pattern: '^P', description: 'longest run, ISO 8601' })) };

export const limitsSchema = Type.Object({
  ...amounts,
  for: Type.Optional(Type.Array(Type.Object({ ...whoProperties, ...amounts }, { additionalProperties: false }), { description: 'limits of some: the best of those that mean somebody hold instead of the general ones' })),
}, { additionalProperties: false, minProperties: 1 });

interface Limits { readonly most: Resources; readonly longest: Milliseconds }
interface LimitsOfSome { readonly who: Who; readonly most: Resources | undefined; readonly longest: Milliseconds | undefined }
export interface LimitsConfig { readonly general: Limits; readonly some: readonly LimitsOfSome[] }

type Raw = Static<typeof limitsSchema>;

/** How big and how long one session may be, by who asks. */
export const limitsPolicy: PolicyPlugin<LimitsConfig> = {
  name: 'limits',
  schema: limitsSchema,
  parseConfig(raw) {
    const { most = {}, longest, for: some = [] } = raw as Raw;
    return {
      general: { most, longest: lengthOf(longest, 'longest') ?? Infinity },
      some: some.map(({ most: own, longest: length, ...who }, index) => ({ who, most: own, longest: lengthOf(length, `for[${index}].longest`) })),
    };
  },
  create: (config): Policy => ({ judge: (ask) => Promise.resolve(judge(ask, limitsFor(ask.requester, config))) }),
};

function lengthOf(text: string | undefined, path: string): Milliseconds | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text, 0);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  throw new ConfigFault(path, parsed.ok ? 'is zero' : parsed.fault, 'write for example PT12H');
}

/** Of each resource, and of the length, the best of those that speak of it; the general limit where none does. */
function limitsFor(requester: Requester, { general, some }: LimitsConfig): Limits {
  const own = some.filter(({ who }) => isMeant(who, requester));
  const names = new Set([...Object.keys(general.most), ...own.flatMap((one) => Object.keys(one.most ?? {}))]);
  const best = (values: readonly number[], otherwise: number): number => (values.length > 0 ? Math.max(...values) : otherwise);
  const most = Object.fromEntries([...names].map((name) => [name, best(own.flatMap((one) => one.most?.[name] ?? []), general.most[name] ?? Infinity)]));
  return { most, longest: best(own.flatMap((one) => one.longest ?? []), general.longest) };
}

function judge({ need, duration }: Ask, { most, longest }: Limits): Verdict {
  const limited = Object.entries(most).filter(([name, limit]) => (need.max[name] ?? 0) > limit);
  const impossible = limited.filter(([name, limit]) => (need.min[name] ?? 0) > limit);
  const reasons = (impossible.length + Number(duration.min > longest) > 0 ? impossible : limited).map(([name, limit]) => sizeReason(name, limit, need.min[name] ?? 0));
  if (duration.max > longest) reasons.push(lengthReason(longest, duration.min));
  const [first, ...others] = reasons;
  const facts = { most: Object.fromEntries(Object.entries(most).filter(([, limit]) => Number.isFinite(limit))), ...(Number.isFinite(longest) ? { longest: formatDuration(longest) } : {}) };
  if (!first) return { kind: 'allow', facts };
  if (impossible.length > 0 || duration.min > longest) return { kind: 'deny', reason: first, others, facts };
  const resources = Object.fromEntries(limited);
  return { kind: 'limit', reason: first, others, facts, ...(limited.length > 0 ? { resources } : {}), ...(duration.max > longest ? { longest } : {}) };
}

function sizeReason(name: string, limit: number, wanted: number): Reason {
  return reason('limit', '{path}: a session of yours has at most {limit} {name}; at least {wanted} are asked for', { name, limit, wanted }, { path: pathOfResource(name) });
}

function lengthReason(longest: Milliseconds, wanted: Milliseconds): Reason {
  const values = { longest: formatDuration(longest), wanted: formatDuration(wanted) };
  return reason('limit', '{path}: a session of yours lasts at most {longest}; at least {wanted} is asked for', values, { path: 'schedule.requested.duration' });
}
