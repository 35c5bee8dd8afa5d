/** What holds for everything that runs on this machine: sizes, length, storage, volumes. */
import type { Draft, Reason, Resources } from '#model';
import { lackingIn, reason } from '#model';
import type { LocalConfig } from './config.js';

const resourcePaths: Readonly<Record<string, string>> = { cores: 'compute.cores.min', memory: 'compute.memory.min', storage: 'storage' };

/** GiB of what goes with the session; what is kept has room of its own. */
export function storageOf(draft: Draft): number {
  return draft.storage.reduce((sum, { gib, kept }) => sum + (kept ? 0 : gib), 0);
}

/** Why the draft is too big, too long or can't be laid out; empty when it fits. */
export function judgeDraft(draft: Draft, config: LocalConfig): readonly Reason[] {
  return [...judgeSize(draft, config.totals), ...judgeLength(draft, config), ...judgeNames(draft), ...judgeVolumes(draft)];
}

function judgeSize(draft: Draft, totals: Resources): readonly Reason[] {
  const need: Resources = { ...draft.need.min, storage: Math.max(storageOf(draft), draft.need.min.storage ?? 0) };
  return lackingIn(need, totals).map((name) => {
    const values = { name, asked: need[name] ?? 0, total: totals[name] ?? 0 };
    return reason('too-big', 'asks for {asked} of {name}, there are {total} in all', values, { path: resourcePaths[name] ?? 'compute' });
  });
}

function judgeLength(draft: Draft, { longestRun }: LocalConfig): readonly Reason[] {
  if (draft.duration.min <= longestRun) return [];
  return [reason('too-long', 'asks for {asked} s, the longest run is {longest} s', { asked: draft.duration.min / 1000, longest: longestRun / 1000 }, { path: 'schedule.requested.duration' })];
}

/** Two files of one name can't lie in one storage. */
function judgeNames(draft: Draft): readonly Reason[] {
  return draft.storage.flatMap((storage) => {
    const seen = new Set<string>();
    return draft.data.flatMap((data, index) => {
      if (!storage.data.includes(data.id)) return [];
      const taken = seen.has(data.fileName);
      seen.add(data.fileName);
      return taken ? [reason('name-taken', "two data resources of one storage are called '{name}'; put them in different storage", { name: data.fileName }, { path: `data[${index}].location` })] : [];
    });
  });
}

function judgeVolumes(draft: Draft): readonly Reason[] {
  return draft.volumes.flatMap(({ path }, index) => {
    const bad = !path.startsWith('/') || /^\/+$/.test(path) || path.split('/').some((part) => part === '..' || part === '.') || /[\0:]/.test(path);
    return bad ? [reason('volume-path', "'{volume}' can't be the path of a volume; write an absolute one such as /input", { volume: path }, { path: `compute.volumes[${index}].path` })] : [];
  });
}
