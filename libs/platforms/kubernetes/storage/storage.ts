/** Storage of a session as claims, and where its pods see it. */
import type { V1PersistentVolumeClaim, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { Draft, Plan, ResolvedData } from '#model';
import type { KubernetesConfig, StorageConfig } from '../config.js';
import { claimName, keptClaimName, ownedBy } from '../names.js';
import type { Belonging } from '../names.js';

/** GiB of what goes with the session; what is kept has room of its own. */
export function storageOf(storage: Draft['storage']): number {
  return storage.reduce((sum, { gib, kept }) => sum + (kept ? 0 : gib), 0);
}

export function claimsOf(plan: Plan, storage: StorageConfig, owner: { readonly name: string; readonly uid: string }, belonging: Belonging): readonly (V1PersistentVolumeClaim & { metadata: { name: string } })[] {
  return plan.storage.filter(({ kept }) => !kept).map(({ id, gib }) => ({
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: ownedBy(owner, belonging, claimName(plan.session, id)),
    spec: { storageClassName: storage.class, accessModes: [storage.mode], resources: { requests: { storage: `${Math.max(1, gib)}Gi` } } },
  }));
}

export function volumesOf(plan: Plan): V1Volume[] {
  return plan.storage.map(({ id, kept }) => ({ name: volumeName(plan, id), persistentVolumeClaim: { claimName: kept ? keptClaimName(kept.id) : claimName(plan.session, id) } }));
}

/** A folder of a claim, with the data that lies in it. */
export interface Folder { readonly storage: Plan['storage'][number]['id']; readonly path: string; readonly data: readonly ResolvedData[] }

/** A whole storage is one folder; a data resource that is mounted alone has its own. All data is brought, as the request says so. */
export function foldersOf(plan: Plan): readonly Folder[] {
  return plan.storage.flatMap((storage) => {
    const volumes = plan.volumes.filter((volume) => volume.storage === storage.id);
    const own = plan.data.filter(({ id }) => storage.data.includes(id));
    const alone = new Set(volumes.flatMap(({ data }) => (data === undefined ? [] : [data])));
    const shownWhole = volumes.length === 0 || volumes.some(({ data }) => data === undefined);
    return [
      ...(shownWhole ? [{ storage: storage.id, path: wholeFolder, data: own }] : []),
      ...[...alone].map((id) => ({ storage: storage.id, path: `data-${id}`, data: own.filter((data) => data.id === id) })),
    ];
  });
}

const wholeFolder = 'storage';

/** Without a stager nobody makes folders: then the claim itself is shown. */
export function mountsOf(plan: Plan, { stager }: KubernetesConfig): V1VolumeMount[] {
  return plan.volumes.map((volume) => ({
    name: volumeName(plan, volume.storage), mountPath: volume.path, readOnly: volume.mode !== 'READWRITE',
    ...(stager === undefined ? {} : { subPath: volume.data === undefined ? wholeFolder : `data-${volume.data}` }),
  }));
}

/** Where the stager sees a claim. */
export const stagedAt = (storage: string): string => `/eb/${storage}`;

export function volumeName(plan: Plan, storage: string): string {
  return `storage-${plan.storage.findIndex(({ id }) => id === storage)}`;
}
