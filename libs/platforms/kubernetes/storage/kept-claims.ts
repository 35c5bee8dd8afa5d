/** Claims that outlive sessions: found by the identifier of what is kept, made once, and only touched where the labels say that they are ours. */
import type { V1NodeSelectorTerm, V1PersistentVolume, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { Draft, KeptStorageId, Plan, PlannedStorage } from '#model';
import { BrokerError, reason } from '#model';
import type { NodeRoom } from '../capacity/capacity.js';
import type { KeptConfig } from './kept-config.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { instanceLabel, keptClaimName, keptLabel, keptOwnerNote, keptNameNote, managedBy, managedLabel } from '../names.js';
import { isStatus } from '../api/native-fault.js';

export interface ClaimParts { readonly client: KubernetesClient; readonly instance: string }

/** Each claim of the plan that is kept: there, or made where the plan says so. Throws for one that is gone, or somebody else's. */
export async function provideKept(parts: ClaimParts, plan: Plan, config: KeptConfig): Promise<void> {
  for (const storage of plan.storage) if (storage.kept) await provideOne(parts, { plan, storage, kept: storage.kept }, config);
}

/** Safe to repeat. What pods still use goes with the last of them. */
export async function discardKept({ client, instance }: ClaimParts, id: KeptStorageId): Promise<void> {
  const there = await client.get<V1PersistentVolumeClaim>('PersistentVolumeClaim', keptClaimName(id));
  if (there === undefined) return;
  requireOurs(there, id, instance);
  await client.delete('PersistentVolumeClaim', keptClaimName(id));
}

/** The rooms from which all volumes of the draft that are there already can be reached: some lie on one node, or in one zone. */
export async function reaching(client: KubernetesClient, draft: Draft, rooms: readonly NodeRoom[]): Promise<readonly NodeRoom[]> {
  const there = draft.storage.flatMap(({ kept }) => (kept && !kept.make ? [kept.id] : []));
  if (there.length === 0) return rooms;
  const terms = await Promise.all(there.map((id) => termsOf(client, id)));
  return rooms.filter((room) => terms.every((some) => some.length === 0 || some.some((term) => isMet(term, room))));
}

interface Wanted { readonly plan: Plan; readonly storage: PlannedStorage; readonly kept: NonNullable<PlannedStorage['kept']> }

async function provideOne({ client, instance }: ClaimParts, { plan, storage, kept }: Wanted, config: KeptConfig): Promise<void> {
  const name = keptClaimName(kept.id);
  const there = await client.get<V1PersistentVolumeClaim>('PersistentVolumeClaim', name);
  if (there !== undefined) {
    requireOurs(there, kept.id, instance);
    return;
  }
  if (!kept.make) throw new BrokerError('conflict', 'operator', [reason('kept-missing', "the claim {claim} of '{name}' is not there any more; somebody has deleted it on the cluster", { claim: name, name: kept.name }, { level: 'ERROR', path: 'storage' })]);
  const wanted: V1PersistentVolumeClaim = {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim',
    metadata: { name, labels: { [managedLabel]: managedBy, [instanceLabel]: instance, [keptLabel]: kept.id }, annotations: { [keptOwnerNote]: plan.owner, [keptNameNote]: kept.name } },
    spec: { storageClassName: config.class, accessModes: [config.mode], resources: { requests: { storage: `${storage.gib}Gi` } } },
  };
  await client.create('PersistentVolumeClaim', wanted).catch((fault: unknown) => { if (!isStatus(fault, 409)) throw fault; });
}

function requireOurs({ metadata }: V1PersistentVolumeClaim, id: KeptStorageId, instance: string): void {
  if (metadata?.labels?.[keptLabel] === id && metadata.labels[instanceLabel] === instance) return;
  throw new BrokerError('conflict', 'operator', [reason('kept-foreign', 'the claim {claim} is not one of this broker, and is left alone', { claim: metadata?.name ?? '' }, { level: 'ERROR', path: 'storage' })]);
}

/** Empty: everywhere, or it is not known. */
async function termsOf(client: KubernetesClient, id: KeptStorageId): Promise<readonly V1NodeSelectorTerm[]> {
  const claim = await client.get<V1PersistentVolumeClaim>('PersistentVolumeClaim', keptClaimName(id));
  const name = claim?.spec?.volumeName;
  const volume = name === undefined ? undefined : await volumeIfAllowed(client, name);
  return volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
}

/** Volumes are cluster-wide, so the right to look at them may be missing. */
async function volumeIfAllowed(client: KubernetesClient, name: string): Promise<V1PersistentVolume | undefined> {
  try {
    return await client.get<V1PersistentVolume>('PersistentVolume', name);
  } catch (fault) {
    if (!isStatus(fault, 403)) throw fault;
    return undefined;
  }
}

/** Labels that are not known (configured hosts) are believed to be right. */
function isMet({ matchExpressions = [] }: V1NodeSelectorTerm, { host, labels }: NodeRoom): boolean {
  const known: Readonly<Record<string, string>> = labels ?? (host === undefined ? {} : { 'kubernetes.io/hostname': host });
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = known[key];
    if (value === undefined) return labels === undefined || operator === 'NotIn' || operator === 'DoesNotExist';
    if (operator === 'In') return values.includes(value);
    if (operator === 'NotIn') return !values.includes(value);
    return operator !== 'DoesNotExist';
  });
}
