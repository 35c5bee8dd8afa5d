/** Whether a draft can run here at all: words, image, size, storage. No side effect, and nothing that changes is asked. */
import type { Draft, Executable, Reason } from '#model';
import { canonicalKind, kinds, reason } from '#model';
import { judgeImage, judgePorts } from '#plugin-sdk';
import type { KubernetesConfig } from './config.js';
import { judgeWords } from './payload/environment.js';
import { judgeGated } from './ways-in/gate.js';
import { judgeNotebook } from './payload/notebook.js';
import { storageOf } from './storage/storage.js';
import { judgeTwice } from './ways-in/ports.js';

/** Why the draft can't run; empty when it can. Where it fits is told by the pools. */
export function judgeDraft(draft: Draft, config: KubernetesConfig): readonly Reason[] {
  return [...judgeExecutable(draft.executable, config), ...judgeLength(draft, config), ...judgeStorage(draft, config), ...judgeVolumes(draft)];
}

function judgeExecutable(executable: Executable, config: KubernetesConfig): readonly Reason[] {
  const kind = canonicalKind(executable.kind);
  if (kind === kinds.jupyterNotebook && config.notebook) return judgeNotebook(executable);
  if (kind !== kinds.dockerContainer) return [reason('kind-refused', "'{kind}' does not run on this cluster", { kind: executable.kind }, { path: 'executable.kind' })];
  const privileged = executable.privileged === true
    ? [reason('privileged-refused', 'privileged containers do not run here; leave it out', {}, { path: 'executable.privileged' })] : [];
  const rules = { images: config.images, requireDigest: config.requireDigest, architectures: [...new Set(config.pools.map(({ architecture }) => architecture))] };
  return [...judgeImage(executable, rules), ...privileged, ...judgePorts(executable), ...judgeTwice(executable), ...judgeGated(executable, config), ...judgeWords(executable)];
}

function judgeLength(draft: Draft, { longestRun }: KubernetesConfig): readonly Reason[] {
  if (draft.duration.min <= longestRun) return [];
  return [reason('too-long', 'asks for {asked} s, the longest run is {longest} s', { asked: draft.duration.min / 1000, longest: longestRun / 1000 }, { path: 'schedule.requested.duration' })];
}

function judgeStorage(draft: Draft, { storage, stager }: KubernetesConfig): readonly Reason[] {
  const asking = draft.storage.findIndex(({ kept }) => !kept);
  if (asking >= 0 && storage.length === 0) return [reason('storage-refused', 'this cluster gives no storage that goes with the session', {}, { path: `storage[${asking}]` })];
  if (draft.data.length > 0 && stager === undefined) return [reason('data-refused', 'this cluster brings no data', {}, { path: 'data[0]' })];
  const asked = storageOf(draft.storage);
  if (asked > 0 && !storage.some(({ size }) => size >= asked)) {
    return [reason('too-big', 'asks for {asked} GiB of storage, there are {total} in all', { asked, total: Math.max(0, ...storage.map(({ size }) => size)) }, { path: 'storage' })];
  }
  return judgeNames(draft);
}

/** Two files of one name can't lie in one storage. */
function judgeNames(draft: Draft): readonly Reason[] {
  return draft.storage.flatMap((storage) => {
    const own = draft.data.map((data, index) => ({ data, index })).filter(({ data }) => storage.data.includes(data.id));
    return own.filter(({ data }, at) => own.findIndex((other) => other.data.fileName === data.fileName) < at).map(({ data, index }) => (
      reason('name-taken', "two data resources of one storage are called '{name}'; put them in different storage", { name: data.fileName }, { path: `data[${index}].location` })
    ));
  });
}

function judgeVolumes(draft: Draft): readonly Reason[] {
  return draft.volumes.flatMap(({ path }, index) => {
    const bad = !path.startsWith('/') || /^\/+$/.test(path) || path.split('/').some((part) => part === '..' || part === '.') || /[\0:]/.test(path);
    return bad ? [reason('volume-path', "'{volume}' can't be the path of a volume; write an absolute one such as /input", { volume: path }, { path: `compute.volumes[${index}].path` })] : [];
  });
}
