/** Quotas of the namespace that count objects (and GiB of claims), and what a session takes of them whatever its size. */
import type { V1Job, V1ResourceQuota } from '@kubernetes/client-node';
import type { Draft, Reason, Resources } from '#model';
import { addResources, reason } from '#model';
import { accessPorts } from '#plugin-sdk';
import type { KubernetesConfig } from '../config.js';
import { noteOf, takesNote } from '../names.js';
import { secretsOf } from '../payload/environment.js';
import { isNotebook } from '../payload/notebook.js';
import { storageOf } from '../storage/storage.js';
import { gatedPorts } from '../ways-in/gate.js';
import { gibibyte, parseQuantity } from './quantity.js';
import { quotaPrefix } from './quota.js';

interface Row { readonly word: string; readonly native: readonly string[]; readonly unit: number }

/** https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-object-count */
const pods: Row = { word: 'pods', native: ['pods', 'count/pods'], unit: 1 };
/** Of these it is the quota itself that says how many there are. */
const furnished: readonly Row[] = [
  { word: 'jobs', native: ['count/jobs.batch'], unit: 1 }, { word: 'secrets', native: ['secrets', 'count/secrets'], unit: 1 }, { word: 'services', native: ['services', 'count/services'], unit: 1 },
  { word: 'claims', native: ['persistentvolumeclaims', 'count/persistentvolumeclaims'], unit: 1 }, { word: 'claimed', native: ['requests.storage'], unit: gibibyte },
];
const rows = [pods, ...furnished];

type Asking = Pick<Draft, 'executable' | 'storage'>;

/** What is made for a session. Kept storage is there before and after it. */
export function countsOf(draft: Asking, config: Pick<KubernetesConfig, 'connectors'>): Resources {
  const notebook = isNotebook(draft.executable);
  const hasSecret = notebook || Object.keys(secretsOf(draft.executable)).length > 0 || gatedPorts(draft.executable, config).length > 0;
  const claims = draft.storage.filter(({ kept }) => !kept);
  return { pods: 1, jobs: 1, secrets: Number(hasSecret), services: Number(notebook || accessPorts(draft.executable).length > 0), claims: claims.length, claimed: storageOf(claims) };
}

/** What counting quotas leave for sessions, the narrowest of them. A place that is held has a pod of its own until its session's displaces it, so one is spare then. */
export function countQuotaOf(quotas: readonly V1ResourceQuota[], { hold }: Pick<KubernetesConfig, 'hold'>): Resources {
  const spare = hold?.displacing === 'preempt' ? 1 : 0;
  return Object.fromEntries(rows.flatMap((row) => {
    const limits = quotas.flatMap(({ spec }) => amountsOf(spec?.hard, row));
    return limits.length === 0 ? [] : [[quotaPrefix + row.word, Math.max(0, Math.floor(Math.min(...limits)) - (row === pods ? spare : 0))]];
  }));
}

/** True where the quota itself has to say what of it is used. */
export function countsFurniture(quota: Resources): boolean {
  return furnished.some(({ word }) => quota[quotaPrefix + word] !== undefined);
}

/** What is used and not ours: nobody says until when. */
export function usedByOthers(quotas: readonly V1ResourceQuota[], jobs: Iterable<V1Job>): Resources {
  const ours = [...jobs].reduce<Resources>((sum, job) => addResources(sum, takenFor(job)), {});
  return Object.fromEntries(furnished.flatMap((row) => {
    const used = quotas.flatMap(({ status }) => amountsOf(status?.used, row));
    return used.length === 0 ? [] : [[quotaPrefix + row.word, Math.max(0, Math.ceil(Math.max(...used)) - (ours[row.word] ?? 0))]];
  }));
}

/** Jobs of earlier versions say nothing. */
function takenFor(job: V1Job): Resources {
  const note = noteOf(job, takesNote);
  return note === undefined ? { jobs: 1 } : JSON.parse(note) as Resources;
}

/** Why it never fits: the quota by its name, and what it has. */
export function judgeCounts(counts: Resources, quota: Resources, quotas: readonly V1ResourceQuota[]): readonly Reason[] {
  return rows.filter(({ word }) => (counts[word] ?? 0) > (quota[quotaPrefix + word] ?? Number.POSITIVE_INFINITY)).flatMap((row) => {
    const tight = tightestOf(quotas, row);
    if (tight === undefined) return [];
    const values = { ...tight, asked: counts[row.word] ?? 0, left: quota[quotaPrefix + row.word] ?? 0 };
    const path = row.word === 'claims' || row.word === 'claimed' ? 'storage' : 'executable';
    return [reason('quota-too-small', "takes {asked} of '{key}', of which quota '{quota}' of the namespace has {left} for sessions ({used} of {hard} are used)", values, { path })];
  });
}

interface Tight { readonly quota: string; readonly key: string; readonly hard: string; readonly used: string }

/** The narrowest of those that count this. */
function tightestOf(quotas: readonly V1ResourceQuota[], { native }: Row): Tight | undefined {
  const all = quotas.flatMap(({ metadata, spec, status }) => native.flatMap((key): Tight[] => {
    const hard = spec?.hard?.[key];
    return hard === undefined ? [] : [{ quota: metadata?.name ?? '', key, hard, used: status?.used?.[key] ?? '0' }];
  }));
  return all.sort((a, b) => parseQuantity(a.hard) - parseQuantity(b.hard))[0];
}

function amountsOf(native: Readonly<Record<string, string>> | undefined, { native: keys, unit }: Row): readonly number[] {
  return keys.flatMap((key) => (native?.[key] === undefined ? [] : [parseQuantity(native[key]) / unit]));
}
