/** Asks the resolvers where the data is and how long it takes, and sizes the storage it goes into. */
import type { DataResource, Draft, Kind, PlannedStorage, Reason, RequesterId, ResolvedData } from '#model';
import { BrokerError, reason } from '#model';
import type { DataResolver, Resolution } from '#plugin-sdk';
import { passedOn } from './brought-data.js';
import { quoted, type Faults } from '../faults.js';
import type { LinkedRequest } from './linked-request.js';
import type { Meaning } from './read-request.js';
import { readExtent } from './requested-size.js';

const gibibyte = 2 ** 30;
/** GiB of storage for which no size is given. */
const smallestStorage = 1;

export interface Found { readonly data: readonly ResolvedData[]; readonly remarks: readonly Reason[] }

/** Who can bring data: resolvers of the node, and platforms that bring some kinds themselves. */
export interface Bringers {
  readonly resolvers: ReadonlyMap<string, DataResolver>;
  readonly brought: ReadonlySet<Kind>;
  /** The requester's token for a service that data comes from; throws what they have to do for it. */
  tokenFor?(service: string): Promise<string>;
}

/** Every data resource resolved by the first resolver that claims it, or passed on to a platform; refusals go to `faults`. */
export async function lookUpData(linked: LinkedRequest, bringers: Bringers, faults: Faults): Promise<Found> {
  const found = await Promise.all(linked.data.map((part, index) => lookUp(part, index, bringers, faults)));
  const data = distinctNames(found.flatMap((one) => (one ? [one] : [])));
  return { data, remarks: data.flatMap((one) => one.warnings) };
}

async function lookUp(part: LinkedRequest['data'][number], index: number, { resolvers, brought, tokenFor }: Bringers, faults: Faults): Promise<ResolvedData | undefined> {
  const at = `data[${index}]`;
  const claimant = [...resolvers].find(([, resolver]) => resolver.kinds.includes(part.spec.kind) && resolver.claims(part.spec));
  if (!claimant) {
    if (brought.has(part.spec.kind)) return passedOn(part);
    const byKind = [...resolvers.values()].some((resolver) => resolver.kinds.includes(part.spec.kind));
    return byKind ? unclaimed(part.spec.location, at, faults) : faults.add('unknown-kind', `${at}.kind`, `nothing at this node can bring data of kind ${quoted(part.spec.kind)}`, kindsFix({ resolvers, brought }));
  }
  const [resolver, answers] = claimant;
  const service = answers.serviceOf?.(part.spec);
  const resolution = await resolveWith(answers, part.spec, service === undefined ? undefined : () => tokenOf(service, tokenFor));
  if (!resolution.found) {
    faults.reasons.push(...resolution.reasons.map((one) => ({ ...one, path: one.path ? `${at}.${one.path}` : at })));
    return undefined;
  }
  const { locations, bytes, checksum, estimate, fileName, warnings } = resolution;
  return {
    id: part.id, spec: part.spec, resolver, ...(service === undefined ? {} : { service }), locations, estimate, fileName,
    warnings: warnings.map((one) => ({ ...one, path: one.path ? `${at}.${one.path}` : at })),
    ...(bytes === undefined ? {} : { bytes }), ...(checksum ? { checksum } : {}),
  };
}

function tokenOf(service: string, tokenFor: Bringers['tokenFor']): Promise<string> {
  if (tokenFor) return tokenFor(service);
  throw new BrokerError('unavailable', 'operator', [reason('credential-refused', "no token for '{service}' can be had: access.delegate is not configured", { service }, { path: 'location' })]);
}

/** What cannot be had without a token that the requester lacks is a refusal like any other. */
async function resolveWith(resolver: DataResolver, spec: DataResource, token: (() => Promise<string>) | undefined): Promise<Resolution> {
  try {
    return await resolver.resolve(spec, await token?.());
  } catch (error) {
    if (error instanceof BrokerError) return { found: false, reasons: error.reasons };
    throw error;
  }
}

function unclaimed(location: string | undefined, at: string, faults: Faults): undefined {
  if (location === undefined || location === '') return faults.add('missing', `${at}.location`, 'no location is given', 'write the URL of the data');
  return faults.add('data', `${at}.location`, `${quoted(location)} is not a location that this node can fetch from`, 'use an http or https URL, or a source that the operator has configured');
}

function kindsFix({ resolvers, brought }: Bringers): string {
  const known = new Set<Kind>([...[...resolvers.values()].flatMap((resolver) => resolver.kinds), ...brought]);
  return known.size > 0 ? `known are ${[...known].join(', ')}` : 'this node brings no data';
}

/** Two files of one storage never share a name: the later ones get their position before it. */
function distinctNames(data: readonly ResolvedData[]): readonly ResolvedData[] {
  const seen = new Set<string>();
  return data.map((one, index) => {
    const key = `${one.spec.storage ?? ''}/${one.fileName}`;
    const fileName = seen.has(key) ? `${index}-${one.fileName}` : one.fileName;
    seen.add(key);
    return fileName === one.fileName ? one : { ...one, fileName };
  });
}

/** Storage as it will be: the wish, and room for the data that goes in. Sizes in whole GiB. */
export function sizeStorage(linked: LinkedRequest, data: readonly ResolvedData[], faults: Faults): readonly PlannedStorage[] {
  return linked.storage.map((part, index) => {
    const wish = readExtent(part.spec.size, smallestStorage, `storage[${index}].size`, faults);
    const inside = data.filter((one) => one.spec.storage === part.id);
    const needed = Math.ceil(inside.reduce((sum, one) => sum + (one.bytes ?? 0), 0) / gibibyte);
    if (part.spec.size?.max !== undefined && needed > wish.max) {
      faults.add('storage', `storage[${index}].size.max`, `${wish.max} GiB can't hold the data, which needs ${needed} GiB`, `ask for at least ${needed} GiB`);
    }
    return { id: part.id, spec: part.spec, gib: Math.max(wish.min, needed), data: inside.map((one) => one.id) };
  });
}

/** The whole draft, for platforms to assess. */
export function draftOf(owner: RequesterId, { linked, need: read, times, wanted, spread }: Meaning, parts: Pick<Draft, 'storage' | 'data'>): Draft {
  const total = parts.storage.reduce((sum, part) => sum + (part.kept ? 0 : part.gib), 0);
  const need = total > 0 ? { ...read, min: { ...read.min, storage: total }, max: { ...read.max, storage: total } } : read;
  return {
    owner, ...parts, need, duration: times.duration, executable: linked.executable.spec,
    ...(wanted.length > 0 ? { accelerators: wanted } : {}), ...(spread ? { spread } : {}),
    volumes: linked.volumes.map(({ id, path, mode, storage, data }) => ({ id, path, mode, storage, ...(data ? { data } : {}) })),
  };
}
