/** What a platform never can, by what it says of itself: told before it is asked, so that no plugin has to. */
import type { Draft, PlatformName, Reason } from '#model';
import { reason } from '#model';
import type { Capabilities } from '#plugin-sdk';

/** Why this platform can't run the draft at all; empty when it may. */
export function inabilities(draft: Draft, { brings = [], accelerators = [], mostHosts = 1 }: Capabilities, platform: PlatformName): readonly Reason[] {
  return [...cannotBring(draft, brings, platform), ...cannotAccelerate(draft, accelerators, platform), ...cannotSpread(draft, mostHosts, platform)];
}

function cannotBring({ data }: Draft, brings: NonNullable<Capabilities['brings']>, platform: PlatformName): readonly Reason[] {
  const left = data.findIndex((one) => one.resolver === undefined && !brings.includes(one.spec.kind));
  if (left < 0) return [];
  return [reason('unsupported-kind', '{path}: platform {platform} can not bring data of kind {kind}', { kind: data[left]?.spec.kind ?? '', platform }, { path: `data[${left}].kind` })];
}

function cannotAccelerate({ accelerators: wanted = [] }: Draft, own: NonNullable<Capabilities['accelerators']>, platform: PlatformName): readonly Reason[] {
  const known = own.map(({ type }) => type).join(', ') || 'none';
  return wanted.flatMap(({ type, memory }, index) => {
    const found = own.find((one) => one.type === type);
    const path = `compute.accelerators[${index}]`;
    if (!found) return [reason('unknown-accelerator', '{path}: platform {platform} has no {type}; it has {known}', { type, platform, known }, { path: `${path}.type` })];
    if (memory === undefined || memory <= (found.memory ?? 0)) return [];
    const has = found.memory === undefined ? 'an amount that its site does not tell' : `${found.memory} GiB`;
    return [reason('too-big', '{path}: {asked} GiB of memory are asked for, each {type} of platform {platform} has {has}', { asked: memory, type, platform, has }, { path: `${path}.memory.min` })];
  });
}

function cannotSpread({ spread }: Draft, mostHosts: number, platform: PlatformName): readonly Reason[] {
  if (spread === undefined || spread.min <= mostHosts) return [];
  const text = mostHosts === 1 ? '{path}: {asked} nodes are asked for, a session on platform {platform} is on one' : '{path}: {asked} nodes are asked for, a session on platform {platform} has at most {most}';
  return [reason('too-big', text, { asked: spread.min, most: mostHosts, platform }, { path: 'compute.nodes.min' })];
}
