/** What a request says of storage that is to be kept, before anybody looks whether it is there. */
import type { Milliseconds, StorageResource, VolumeMode } from '#model';
import { canonicalKind, kinds, parseDuration } from '#model';
import type { Faults } from '../faults.js';
import { quoted } from '../faults.js';
import type { LinkedRequest } from '../request/linked-request.js';

export interface KeptWish {
  readonly index: number;
  readonly name: string;
  readonly mode: VolumeMode;
  /** Undefined: as long as the platform keeps it at most. */
  readonly lifetime: Milliseconds | undefined;
}

export function isPersistent({ kind }: Pick<StorageResource, 'kind'>): boolean {
  return canonicalKind(kind) === kinds.persistentStorage;
}

/** Whether storage may be called so. */
export function isKeptName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name);
}

/** Whatever is wrong with a wish goes to `faults`. */
export function readKeptWishes(linked: LinkedRequest, faults: Faults): readonly KeptWish[] {
  const wishes = linked.storage.flatMap((part, index) => (isPersistent(part.spec) ? [readWish(part.spec, index, faults)] : []));
  for (const { name, index } of wishes) {
    if (wishes.some((other) => other.name === name && other.index < index)) faults.add('duplicate', `storage[${index}].name`, `${quoted(name)} is named twice`, 'name it once, and mount it as often as you like');
  }
  for (const wish of wishes) if (wish.mode === 'READONLY') checkReading(wish, linked, faults);
  return wishes;
}

/** The mode in which it is had; everything but READONLY writes. */
export function modeOf({ mode }: StorageResource): VolumeMode {
  return mode === 'READONLY' ? 'READONLY' : 'READWRITE';
}

function readWish(spec: StorageResource, index: number, faults: Faults): KeptWish {
  const at = `storage[${index}]`;
  const { name = '' } = spec;
  if (!isKeptName(name)) faults.add(name === '' ? 'missing' : 'malformed', `${at}.name`, name === '' ? 'is missing' : `${quoted(name)} is no name`, 'write 1 to 40 small letters, digits and dashes, for example results-2030');
  if (spec.mode !== undefined && spec.mode !== 'READONLY' && spec.mode !== 'READWRITE') faults.add('malformed', `${at}.mode`, `${quoted(String(spec.mode))} is no mode`, 'write READONLY or READWRITE');
  return { index, name, mode: modeOf(spec), lifetime: readLifetime(spec.lifetime, `${at}.lifetime`, faults) };
}

function readLifetime(text: string | undefined, path: string, faults: Faults): Milliseconds | undefined {
  if (text === undefined) return undefined;
  const length = parseDuration(text, 0);
  if (length.ok && length.value > 0) return length.value;
  return faults.add('malformed', path, length.ok ? 'is not a time to come' : length.fault, 'write for example P30D');
}

/** Who shares it must not write to it. */
function checkReading({ index, name }: KeptWish, linked: LinkedRequest, faults: Faults): void {
  const part = linked.storage[index];
  linked.volumes.forEach((volume, at) => {
    if (volume.storage === part?.id && volume.mode !== 'READONLY') faults.add('mode', `compute.volumes[${at}].mode`, `writes to ${quoted(name)}, which the request has READONLY`, 'mount it READONLY, or leave out its mode');
  });
  if ((part?.spec.data ?? []).length > 0) faults.add('mode', `storage[${index}].data`, `data would be written to ${quoted(name)}, which the request has READONLY`, 'put the data into another storage, or leave out the mode');
}
