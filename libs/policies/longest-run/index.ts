import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Milliseconds, Requester } from '#model';
import { formatDuration, parseDuration, reason } from '#model';
import type { Ask, Policy, PolicyPlugin, Verdict } from '#plugin-sdk';
import { ConfigFault } from '#plugin-sdk';

const duration = Type.String({ pattern: '^P', description: 'ISO 8601 duration, for example PT12H' });

export const longestRunSchema = Type.Object({
  longest: duration,
  groups: Type.Optional(Type.Record(Type.String(), duration, { description: 'longest run of members of a group' })),
}, { additionalProperties: false });

export interface LongestRunConfig { readonly longest: Milliseconds; readonly groups: ReadonlyMap<string, Milliseconds> }

/** Limits how long a session may run; membership in a group can allow more (or, where all memberships say less, less). */
export const longestRunPolicy: PolicyPlugin<LongestRunConfig> = {
  name: 'longest-run',
  schema: longestRunSchema,
  parseConfig(raw) {
    const { longest, groups = {} } = raw as Static<typeof longestRunSchema>;
    return { longest: read(longest, 'longest'), groups: new Map(Object.entries(groups).map(([group, text]) => [group, read(text, `groups.${group}`)])) };
  },
  create: (config): Policy => ({ judge: (ask) => Promise.resolve(judge(ask, config)) }),
};

function read(text: string, path: string): Milliseconds {
  const parsed = parseDuration(text, 0);
  if (!parsed.ok) throw new ConfigFault(path, parsed.fault, 'write for example PT12H');
  if (parsed.value === 0) throw new ConfigFault(path, 'is zero', 'write for example PT12H');
  return parsed.value;
}

function judge(ask: Ask, config: LongestRunConfig): Verdict {
  const longest = longestFor(ask.requester, config);
  if (ask.duration.max <= longest) return { kind: 'allow' };
  const why = reason('longest-run', 'runs of {who} last at most {longest}', { who: ask.requester.name, longest: formatDuration(longest) }, { path: 'schedule.requested.duration' });
  return ask.duration.min > longest ? { kind: 'deny', reason: why } : { kind: 'limit', longest, reason: why };
}

/** The best of the requester's groups; the general limit where no group is named. */
function longestFor(requester: Requester, config: LongestRunConfig): Milliseconds {
  const limits = requester.groups.flatMap((group) => config.groups.get(group) ?? []);
  return limits.length === 0 ? config.longest : Math.max(...limits);
}
