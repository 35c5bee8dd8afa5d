/** The folders that a process sees: its own, one for each storage, and volumes as links at their paths. */
import { link, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { PlannedVolume, Plan } from '#model';
import { BrokerError, reason } from '#model';
import type { PlatformHost, Work } from '#plugin-sdk';
import { KeptFolder } from '../kept-folder.js';
import type { SessionFolder } from '../session-folder.js';

/** Makes the folders, brings the data, sets the links. Gives the absolute path of each volume, in order. */
export async function layOut(plan: Plan, folder: SessionFolder, { folder: home, stage }: Pick<PlatformHost, 'folder' | 'stage'>, work: Work): Promise<readonly string[]> {
  await folder.make('work');
  await folder.make('tmp');
  for (const storage of plan.storage) {
    const room = storage.kept ? await new KeptFolder(home, storage.kept.id).showIn(folder, storage) : await folder.make('storage', storage.id);
    for (const data of plan.data.filter((one) => storage.data.includes(one.id))) await stage(data, room, work);
  }
  work.signal.throwIfAborted();
  // Shorter paths first: a volume below another one is put into it.
  const inOrder = [...plan.volumes].sort((a, b) => a.path.length - b.path.length);
  for (const volume of inOrder) await showVolume(volume, plan, folder);
  return plan.volumes.map((volume) => volumePath(volume, folder));
}

/** `/data/in` of a request is `data/in` below the process's own folder. */
function volumePath(volume: PlannedVolume, folder: SessionFolder): string {
  return folder.at('work', posix.normalize(`/${volume.path}`).slice(1));
}

async function showVolume(volume: PlannedVolume, plan: Plan, folder: SessionFolder): Promise<void> {
  const target = volume.data === undefined ? folder.at('storage', volume.storage) : await viewOf(volume, plan, folder);
  const path = volumePath(volume, folder);
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true, recursive: false });
  await symlink(target, path);
}

/** A folder with just the one file. */
async function viewOf(volume: PlannedVolume, plan: Plan, folder: SessionFolder): Promise<string> {
  const data = plan.data.find((one) => one.id === volume.data);
  if (data === undefined) throw new BrokerError('defect', 'us', [reason('plan-broken', 'volume {path} shows data that the plan has not', { path: volume.path })]);
  const view = await folder.make('views', volume.id);
  await rm(join(view, data.fileName), { force: true });
  await link(folder.at('storage', volume.storage, data.fileName), join(view, data.fileName));
  return view;
}
