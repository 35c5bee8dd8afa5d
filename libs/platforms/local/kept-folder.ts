/** A folder that outlives sessions, called after what is kept there. Sessions see it by a link. */
import { mkdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptStorageId, PlannedStorage } from '#model';
import { BrokerError, isUuid, reason } from '#model';
import { removeTree, unlessAbsent } from '#platforms/batch';
import type { SessionFolder } from './session-folder.js';

export class KeptFolder {
  readonly path: string;

  constructor(instanceFolder: string, id: KeptStorageId) {
    if (!isUuid(id)) throw new RangeError(`'${id}' is not an identifier of kept storage`);
    this.path = join(instanceFolder, 'kept', id);
  }

  /** Made where it is not there and may be; a link in the session's folder leads to it. Safe to repeat. */
  async showIn(folder: SessionFolder, { id, kept }: PlannedStorage): Promise<string> {
    if (kept?.make === true) await mkdir(this.path, { recursive: true, mode: 0o755 });
    else if (await unlessAbsent(stat(this.path)) === undefined) throw new BrokerError('conflict', 'operator', [reason('kept-missing', "the folder of '{name}' is not there any more", { name: kept?.name ?? '' }, { level: 'ERROR', path: 'storage' })]);
    await folder.make('storage');
    const link = folder.at('storage', id);
    await symlink(this.path, link).catch((fault: unknown) => { if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault; });
    return link;
  }

  async remove(): Promise<void> {
    await removeTree(this.path);
  }
}
