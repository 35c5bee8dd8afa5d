/** Storage of a session as named volumes, filled before the start. No path of the host is ever mounted. */
import type Docker from 'dockerode';
import { rm, stat } from 'node:fs/promises';
import type { ComponentId, KeptPart, KeptStorageId, Plan, ResolvedData } from '#model';
import { BrokerError, reason } from '#model';
import type { PlatformHost, Work } from '#plugin-sdk';
import { SessionFolder } from '../session-folder.js';
import { archiveOf } from './archive.js';
import { keptLabel, keptLabelsOf, keptVolumeName, labelsOf, porterName, volumeName } from './names.js';
import { unlessMissing } from './native-fault.js';

/** A volume to be made, and the data that goes into it. */
interface Filling { readonly id: ComponentId; readonly data: readonly ResolvedData[]; readonly kept?: KeptPart }

/** Makes and fills the volumes of a plan. Safe to repeat from any half-done point. */
export async function provideVolumes(docker: Docker, { plan, image }: { readonly plan: Plan; readonly image: string }, host: PlatformHost, work: Work): Promise<void> {
  const fillings = fillingsOf(plan);
  if (fillings.length === 0) return;
  const labels = labelsOf(plan.session, host.instance);
  for (const { id, kept } of fillings) {
    if (kept) await provideKept(docker, kept, host.instance);
    else await docker.createVolume({ Name: volumeName(plan.session, id), Labels: labels });
  }
  await removePorter(docker, plan);
  const porter = await docker.createContainer({
    name: porterName(plan.session), Image: image, Cmd: ['true'], Labels: labels,
    HostConfig: { NetworkMode: 'none', Mounts: fillings.map(({ id }) => ({ Type: 'volume', Source: sourceOf(plan, id), Target: `/eb/${id}`, ReadOnly: false })) },
  });
  const folder = new SessionFolder(host.folder, plan.session);
  for (const { id, data } of fillings) {
    await porter.putArchive(archiveOf(), { path: `/eb/${id}` });
    for (const one of data) await carry({ porter, target: `/eb/${id}`, folder, data: one }, host, work);
  }
  await removePorter(docker, plan);
}

/**
 * A whole storage is one volume; a data resource that is mounted alone has a volume of its own. Storage that nothing shows is
 * made all the same: its data is brought and checked as the request says.
 */
function fillingsOf(plan: Plan): readonly Filling[] {
  const dataOf = (ids: readonly ComponentId[]): readonly ResolvedData[] => plan.data.filter(({ id }) => ids.includes(id));
  const shownWhole = ({ id }: Plan['storage'][number]): boolean => plan.volumes.some((volume) => volume.storage === id && volume.data === undefined);
  const whole = plan.storage.filter((storage) => shownWhole(storage) || !plan.volumes.some((volume) => volume.storage === storage.id));
  const alone = new Set(plan.volumes.flatMap(({ data }) => (data === undefined ? [] : [data])));
  return [...whole.map(({ id, data, kept }) => ({ id, data: dataOf(data), ...(kept ? { kept } : {}) })), ...[...alone].map((id) => ({ id, data: dataOf([id]) }))];
}

/** The volume that holds a storage, or a data resource alone. */
function sourceOf(plan: Plan, id: ComponentId): string {
  const kept = plan.storage.find((storage) => storage.id === id)?.kept;
  return kept ? keptVolumeName(kept.id) : volumeName(plan.session, id);
}

/** What was there and is gone is not made anew: an empty volume would be taken for the data. */
async function provideKept(docker: Docker, { id, name, make }: KeptPart, instance: string): Promise<void> {
  if (make) await docker.createVolume({ Name: keptVolumeName(id), Labels: keptLabelsOf(id, instance) });
  else if (await unlessMissing(docker.getVolume(keptVolumeName(id)).inspect()) === undefined) {
    throw new BrokerError('conflict', 'operator', [reason('kept-missing', "the volume of '{name}' is not there any more", { name }, { level: 'ERROR', path: 'storage' })]);
  }
}

/** Does nothing where it is gone already, or is somebody else's. */
export async function discardVolume(docker: Docker, id: KeptStorageId): Promise<void> {
  const volume = docker.getVolume(keptVolumeName(id));
  const found = await unlessMissing(volume.inspect());
  if (found?.Labels[keptLabel] === id) await unlessMissing(volume.remove());
}

interface Load { readonly porter: Docker.Container; readonly target: string; readonly folder: SessionFolder; readonly data: ResolvedData }

async function carry({ porter, target, folder, data }: Load, host: PlatformHost, work: Work): Promise<void> {
  const room = await folder.make('staging', data.id);
  const { path } = await host.stage(data, room, work);
  const { size } = await stat(path);
  work.signal.throwIfAborted();
  await porter.putArchive(archiveOf({ name: data.fileName, path, bytes: size }), { path: target });
  await rm(room, { recursive: true, force: true });
}

async function removePorter(docker: Docker, plan: Plan): Promise<void> {
  await unlessMissing(docker.getContainer(porterName(plan.session)).remove({ force: true }));
}

/** The mounts of the payload. Runtimes may fill an empty volume from the image; ours are what the plan says. */
export function mountsOf(plan: Plan): Docker.MountConfig {
  return plan.volumes.map((volume) => ({
    Type: 'volume', Source: sourceOf(plan, volume.data ?? volume.storage), Target: volume.path, ReadOnly: volume.mode !== 'READWRITE',
    VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } },
  }));
}
