/** Whether a draft could be pretended here. */
import { fitsIn, isAcceleratorName, kinds, lackingIn, reason } from '#model';
import type { Draft, Need, PoolId, Reason, Resources } from '#model';
import { judgePorts } from '#plugin-sdk';
import type { Assessment, Demand } from '#plugin-sdk';
import type { ScriptedConfig } from './config.js';
import { readScript } from './script.js';
import type { ReadScript } from './script.js';

export function scriptOf(config: ScriptedConfig, draft: Draft): ReadScript {
  if (draft.executable.kind !== kinds.scripted) return { ok: true, script: config.behaviour };
  return readScript(draft.executable.script ?? {}, { prepare: config.preparing, run: config.run });
}

export function assessDraft(config: ScriptedConfig, instance: string, draft: Draft): Assessment {
  const script = scriptOf(config, draft);
  const reasons = [...foreignKinds(config, draft), ...foreignImage(config, draft), ...strangeContainer(draft), ...tooLong(config, draft), ...(script.ok ? [] : script.reasons)];
  if (script.ok && script.script.fail?.at === 'assess') reasons.push(reason('scripted', '{message}', { message: script.script.fail.message }, { path: 'executable.script.fail' }));
  const hosts = draft.spread?.min ?? 1;
  const sizes = sizesFor(config, draft.need).map((need) => spreadOver(need, hosts));
  const choices = sizes.flatMap((need) => Object.entries(config.pools).filter(([, total]) => fitsIn(need.min, total))
    .map(([pool, total]) => onHosts(demandsOn(`${instance}/${pool}` as PoolId, total, need), hosts)));
  if (choices.length === 0) reasons.push(tooBig(config, draft));
  if (reasons.length > 0 || !script.ok) return { fits: false, reasons };
  const bringing = draft.data.reduce((sum, one) => sum + one.estimate, 0);
  const preparing = script.script.prepare + bringing;
  return {
    fits: true, choices, preparing: { min: preparing, max: preparing }, queued: { min: script.script.queued, max: script.script.queued },
    releasing: { min: config.releasing, max: config.releasing }, resizable: config.elastic,
  };
}

function foreignKinds(config: ScriptedConfig, draft: Draft): Reason[] {
  const foreign: Reason[] = [];
  const check = (kind: string, known: readonly string[], path: string): void => {
    if (!known.includes(kind)) foreign.push(reason('kind', 'this platform has no {kind}; it has {known}', { kind, known: known.join(', ') || 'none' }, { path }));
  };
  check(draft.executable.kind, config.executables, 'executable.kind');
  draft.data.forEach((one, at) => { check(one.spec.kind, [...config.data, ...config.brings], `data[${at}].kind`); });
  draft.storage.forEach((one, at) => { check(one.spec.kind, config.keeps ? [...config.storage, kinds.persistentStorage] : config.storage, `storage[${at}].kind`); });
  return foreign;
}

function foreignImage({ images }: ScriptedConfig, draft: Draft): Reason[] {
  const [image = ''] = draft.executable.image?.locations ?? [];
  if (images.length === 0 || draft.executable.kind !== kinds.dockerContainer || images.includes(image)) return [];
  return [reason('image-refused', "the image '{image}' is not one of those that run here: {known}", { image, known: images.join(', ') }, { path: 'executable.image.locations[0]' })];
}

/** What no container platform of ours runs is not pretended either. */
function strangeContainer({ executable }: Draft): readonly Reason[] {
  if (executable.kind !== kinds.dockerContainer) return [];
  const privileged = executable.privileged === true
    ? [reason('privileged-refused', 'privileged containers do not run here; leave it out', {}, { path: 'executable.privileged' })] : [];
  return [...privileged, ...judgePorts(executable)];
}

/** The wish itself, or each flavour that has enough and does not exceed a maximum of the client's; closest first. */
function sizesFor({ flavours }: ScriptedConfig, need: Need): readonly Need[] {
  const all = Object.values(flavours);
  if (all.length === 0) return [need];
  const isLimited = (name: string): boolean => !(need.open ?? []).includes(name);
  const fitting = all.filter((flavour) => {
    const limits = Object.entries(flavour).filter(([name]) => isLimited(name));
    return Object.entries(need.min).every(([name, amount]) => name === 'storage' || amount <= (flavour[name] ?? 0))
      && limits.every(([name, amount]) => amount <= (need.max[name] ?? 0));
  });
  const excess = (flavour: Resources): number => Object.entries(flavour).reduce((sum, [name, amount]) => sum + amount / Math.max(1, need.min[name] ?? 0), 0);
  return [...fitting].sort((a, b) => excess(a) - excess(b)).map((flavour) => {
    const size = { ...flavour, ...(need.min['storage'] === undefined ? {} : { storage: need.min['storage'] }) };
    return { min: size, max: size };
  });
}

/** On several hosts each has an equal part, so that the size is fixed. */
function spreadOver(need: Need, hosts: number): Need {
  if (hosts === 1) return need;
  const size = Object.fromEntries(Object.entries(need.min).map(([name, amount]) => [name, name === 'storage' ? amount : Math.ceil(amount / hosts) * hosts]));
  return { min: size, max: size };
}

function onHosts(demands: readonly Demand[], hosts: number): readonly Demand[] {
  return hosts === 1 ? demands : demands.map((one) => ({ ...one, hosts }));
}

function tooLong(config: ScriptedConfig, draft: Draft): Reason[] {
  if (draft.duration.min <= config.longestRun) return [];
  return [reason('limit', 'the longest run here is {seconds} s', { seconds: config.longestRun / 1000 }, { path: 'schedule.requested.duration' })];
}

function tooBig(config: ScriptedConfig, draft: Draft): Reason {
  const fixed = Object.entries(config.flavours).map(([name, size]) => `${name} (${Object.entries(size).map(([what, amount]) => `${what} ${amount}`).join(', ')})`);
  if (fixed.length > 0) return reason('capacity', 'no fixed size has what is asked for and stays within its maximum; there are {sizes}', { sizes: fixed.join('; ') }, { path: 'compute' });
  const lacking = new Set(Object.values(config.pools).flatMap((total) => lackingIn(draft.need.min, total)));
  const amounts = [...lacking].map((name) => `${name} ${draft.need.min[name] ?? 0}`).join(', ');
  const path = [...lacking].every(isAcceleratorName) ? 'compute.accelerators' : 'compute';
  return reason('capacity', 'no pool ever has this much: {amounts}', { amounts }, { path });
}

/** Compute is needed for the run, storage from preparing until released. */
function demandsOn(pool: PoolId, total: Resources, need: Need): readonly Demand[] {
  const { storage, ...min } = need.min;
  const wished = Object.entries(need.max).filter(([name]) => name !== 'storage');
  const max = Object.fromEntries(wished.map(([name, amount]) => [name, Math.min(amount, total[name] ?? 0)]));
  const run: Demand = { pool, min, max, during: 'run' };
  return storage === undefined || storage === 0 ? [run] : [run, { pool, min: { storage }, max: { storage }, during: 'stay' }];
}
