/** The folders that a job finds: its own, one for each storage with its data, and volumes at their paths. */
import { chmod, link, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PlannedVolume, Plan } from '#model';
import { BrokerError, reason } from '#model';
import type { Stage, Work } from '#plugin-sdk';
import type { BatchConfig } from './config.js';
import type { SessionFolder } from './session-folder.js';
import { shownAt, volumeLink } from './script.js';

export async function layOut(plan: Plan, folder: SessionFolder, tools: { readonly stage: Stage; readonly work: Work; readonly config: BatchConfig }): Promise<void> {
  await folder.make('run', 'work');
  // Other people have accounts on the cluster too.
  await chmod(folder.at('run'), 0o700);
  await folder.make('run', 'tmp');
  for (const storage of plan.storage) {
    const room = await folder.make('run', 'storage', storage.id);
    for (const data of plan.data.filter((one) => storage.data.includes(one.id))) await tools.stage(data, room, tools.work);
  }
  tools.work.signal.throwIfAborted();
  // Shorter paths first: a volume below another one is put into it.
  for (const volume of [...plan.volumes].sort((a, b) => a.path.length - b.path.length)) await show(volume, plan, folder, tools.config);
}

async function show(volume: PlannedVolume, plan: Plan, folder: SessionFolder, config: BatchConfig): Promise<void> {
  if (volume.data !== undefined) await makeView(volume, plan, folder);
  const path = volumeLink(volume, folder);
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true, recursive: false });
  await symlink(shownAt(volume, plan, folder, config), path);
}

async function makeView(volume: PlannedVolume, plan: Plan, folder: SessionFolder): Promise<void> {
  const data = plan.data.find((one) => one.id === volume.data);
  if (data === undefined) throw new BrokerError('defect', 'us', [reason('plan-broken', 'volume {path} shows data that the plan has not', { path: volume.path })]);
  const view = await folder.make('run', 'views', volume.id);
  await rm(join(view, data.fileName), { force: true });
  await link(folder.at('run', 'storage', volume.storage, data.fileName), join(view, data.fileName));
}
