/**
 * Links inside a request: data → storage, storage → data, volume → storage or data, by name or by the request's own UUID.
 * The result has identifiers of ours for every component; they are bases from which each offer derives its own.
 */
import type { ComponentId, ComputeResource, DataResource, Executable, ExecutionRequest, StorageResource, VolumeMode, VolumeMount } from '#model';
import { canonicalKind, kinds } from '#model';
import { quoted, type Faults } from '../faults.js';

export interface Linked<Spec> { readonly id: ComponentId; readonly spec: Spec }

export interface LinkedRequest {
  readonly executable: Linked<Executable>;
  readonly compute: Linked<Omit<ComputeResource, 'volumes'>>;
  readonly volumes: readonly (Linked<VolumeMount> & { readonly path: string; readonly mode: VolumeMode; readonly storage: ComponentId; readonly data?: ComponentId })[];
  /** `spec.data` and the data's `spec.storage` name ComponentIds. */
  readonly storage: readonly Linked<StorageResource>[];
  readonly data: readonly (Linked<DataResource> & { readonly in: ComponentId })[];
}

type NewId = () => ComponentId;
interface Entry { readonly id: ComponentId; readonly path: string; readonly family: 'storage' | 'data' }

/** Resolves every link, or tells in `faults` which can't be. */
export function linkRequest(request: ExecutionRequest, newId: NewId, faults: Faults): LinkedRequest | undefined {
  const { executable } = request;
  if (executable === undefined) return faults.add('missing', 'executable', 'nothing to run is given', 'add an executable with its kind');
  const compute = request.compute ?? { kind: kinds.simpleCompute };
  const storage = (request.storage ?? []).map((spec) => ({ id: newId(), spec: { ...spec, kind: canonicalKind(spec.kind) } }));
  const data = (request.data ?? []).map((spec) => ({ id: newId(), spec: { ...spec, kind: canonicalKind(spec.kind) } }));
  const names = new Names(faults);
  storage.forEach((entry, index) => { names.enter(entry.spec, { id: entry.id, path: `storage[${index}]`, family: 'storage' }); });
  data.forEach((entry, index) => { names.enter(entry.spec, { id: entry.id, path: `data[${index}]`, family: 'data' }); });
  const placed = placeData(storage, data, names, newId);
  const { volumes = [], ...bare } = compute;
  return {
    executable: { id: newId(), spec: { ...executable, kind: canonicalKind(executable.kind) } },
    compute: { id: newId(), spec: { ...bare, kind: canonicalKind(compute.kind) } },
    ...placed,
    volumes: linkVolumes(volumes, placed.data, names, newId),
  };
}

/** Who is meant by a name or UUID of the request. */
class Names {
  private readonly entries = new Map<string, Entry>();

  constructor(readonly faults: Faults) {}

  enter(spec: StorageResource | DataResource, entry: Entry): void {
    for (const field of ['name', 'uuid'] as const) {
      const key = spec.meta?.[field];
      if (key === undefined || key === '') continue;
      const other = this.entries.get(key);
      if (other) this.faults.add('duplicate', `${entry.path}.meta.${field}`, `${quoted(key)} is already used by ${other.path}`, 'give every resource a name of its own');
      else this.entries.set(key, entry);
    }
  }

  find(key: string, path: string, family?: Entry['family']): Entry | undefined {
    const entry = this.entries.get(key);
    const wanted = family ? `${family} resource` : 'storage or data resource';
    if (entry && (family === undefined || entry.family === family)) return entry;
    const known = [...this.entries].filter(([, other]) => family === undefined || other.family === family).map(([name]) => quoted(name));
    const fix = known.length > 0 ? `known are ${known.slice(0, 10).join(', ')}` : `this request has no ${wanted} with a name`;
    return this.faults.add('reference', path, `no ${wanted} is called ${quoted(key)}`, fix);
  }
}

/** Each data resource in exactly one storage; one without gets a storage resource of its own, made here. */
function placeData(
  storage: readonly Linked<StorageResource>[], data: readonly Linked<DataResource>[], names: Names, newId: NewId,
): Pick<LinkedRequest, 'storage' | 'data'> {
  const home = new Map<ComponentId, ComponentId>();
  storage.forEach((entry, index) => {
    for (const [position, key] of (entry.spec.data ?? []).entries()) {
      const target = names.find(key, `storage[${index}].data[${position}]`, 'data');
      if (target) settle(home, { data: target.id, storage: entry.id, path: `storage[${index}].data[${position}]` }, names.faults);
    }
  });
  data.forEach((entry, index) => {
    if (entry.spec.storage === undefined) return;
    const target = names.find(entry.spec.storage, `data[${index}].storage`, 'storage');
    if (target) settle(home, { data: entry.id, storage: target.id, path: `data[${index}].storage` }, names.faults);
  });
  const made = data.filter((entry) => !home.has(entry.id)).map((entry) => {
    const name = entry.spec.meta?.name;
    const spec: StorageResource = { kind: kinds.simpleStorage, ...(name ? { meta: { name: `${name}-storage` } } : {}) };
    const own = { id: newId(), spec };
    home.set(entry.id, own.id);
    return own;
  });
  const contents = (id: ComponentId): ComponentId[] => data.filter((entry) => home.get(entry.id) === id).map((entry) => entry.id);
  return {
    storage: [...storage, ...made].map((entry) => ({ id: entry.id, spec: { ...entry.spec, data: contents(entry.id) } })),
    data: data.map((entry) => {
      const into = home.get(entry.id) as ComponentId;
      return { id: entry.id, spec: { ...entry.spec, storage: into }, in: into };
    }),
  };
}

interface Placing { readonly data: ComponentId; readonly storage: ComponentId; readonly path: string }

function settle(home: Map<ComponentId, ComponentId>, { data, storage, path }: Placing, faults: Faults): void {
  const before = home.get(data);
  if (before === undefined) home.set(data, storage);
  else if (before !== storage) faults.add('reference', path, 'this data resource is put in two different storage resources', 'name one storage for it');
}

const modes: readonly string[] = ['READONLY', 'READWRITE'];

function linkVolumes(volumes: readonly VolumeMount[], data: LinkedRequest['data'], names: Names, newId: NewId): LinkedRequest['volumes'] {
  const paths = new Set<string>();
  return volumes.flatMap((spec, index) => {
    const at = `compute.volumes[${index}]`;
    const mount = readMount(spec, at, names);
    if (!mount) return [];
    if (paths.has(mount.path)) names.faults.add('duplicate', `${at}.path`, `${quoted(mount.path)} is already taken by another volume`, 'give every volume a path of its own');
    paths.add(mount.path);
    const id = newId();
    const shown = { ...spec, kind: canonicalKind(spec.kind), path: mount.path, mode: mount.mode, resource: mount.entry.id as string };
    const inside = data.find((entry) => entry.id === mount.entry.id);
    const base = { id, spec: shown, path: mount.path, mode: mount.mode };
    return inside ? [{ ...base, storage: inside.in, data: inside.id }] : [{ ...base, storage: mount.entry.id }];
  });
}

function readMount(spec: VolumeMount, at: string, names: Names): { path: string; mode: VolumeMode; entry: Entry } | undefined {
  const { faults } = names;
  if (canonicalKind(spec.kind) !== kinds.simpleVolume) {
    return faults.add('unknown-kind', `${at}.kind`, `${quoted(spec.kind)} is not a kind of volume that is known here`, `use ${kinds.simpleVolume}`);
  }
  if (!spec.resource) return faults.add('missing', `${at}.resource`, 'the volume names no resource', 'name a storage or data resource of this request');
  const entry = names.find(spec.resource, `${at}.resource`);
  const mode = spec.mode ?? 'READONLY';
  if (!modes.includes(mode)) faults.add('limit', `${at}.mode`, `${quoted(mode)} is not a mode`, 'write READONLY or READWRITE');
  const path = (spec.path ? spec.path : `/${entry?.family ?? 'data'}/${safeSegment(spec.resource)}`).replace(/(?<=.)\/+$/, '');
  const fault = pathFault(path);
  if (fault !== undefined) return faults.add('limit', `${at}.path`, fault, 'write an absolute path such as /input');
  return entry && { path, mode, entry };
}

function safeSegment(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 100);
  return /^\.*$/.test(safe) ? 'resource' : safe;
}

/** Paths that would surprise whoever mounts them. */
function pathFault(path: string): string | undefined {
  if (!path.startsWith('/')) return `${quoted(path)} is not absolute`;
  if (path.length > 1024) return 'the path is longer than 1024 characters';
  if (/[\p{Cc}:]/u.test(path)) return `${quoted(path)} has a colon or a control character`;
  if (path.split('/').some((part) => part === '..' || part === '.')) return `${quoted(path)} has a '.' or '..' part`;
  if (/^\/+$/.test(path) || /^\/(proc|sys|dev)(\/|$)/.test(path)) return `${quoted(path)} can't be mounted over`;
  return undefined;
}
