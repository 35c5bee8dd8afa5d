/**
 * By what storage that is kept was made: processes have folders, containers have volumes of their runtime, and neither would find what the
 * other has made. Whoever makes it first is written down, and the other is refused.
 */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptPart, KeptStorageId, PlannedStorage, Reason } from '#model';
import { BrokerError, isUuid, reason } from '#model';
import { unlessAbsent } from '#platforms/batch';
import type { EngineName } from './engine.js';
import { KeptFolder } from './kept-folder.js';

const makers: Readonly<Record<EngineName, string>> = { process: 'a process', container: 'a container' };

export class KeptOwners {
  private readonly notes: string;

  constructor(private readonly instanceFolder: string) {
    this.notes = join(instanceFolder, 'kept-owners');
  }

  /** Undefined where nobody has made it yet. Folders without a note are of a time when only processes had them. */
  async ownerOf(id: KeptStorageId): Promise<EngineName | undefined> {
    const noted = await unlessAbsent(readFile(this.note(id), 'utf8'));
    if (noted !== undefined) return noted === 'container' ? 'container' : 'process';
    return await unlessAbsent(stat(new KeptFolder(this.instanceFolder, id).path)) === undefined ? undefined : 'process';
  }

  /** Why storage of a draft can't be had by this engine; empty when it can. */
  async judge(storage: readonly PlannedStorage[], engine: EngineName): Promise<readonly Reason[]> {
    const reasons = await Promise.all(storage.map(async ({ kept }, index) => (kept ? this.refusal(kept, engine, `storage[${index}].name`) : [])));
    return reasons.flat();
  }

  /** Notes the engine for what it is about to make; throws where another one was first. Safe to repeat. */
  async claim(storage: readonly PlannedStorage[], engine: EngineName): Promise<void> {
    for (const { kept } of storage) {
      if (!kept) continue;
      if (kept.make && await this.ownerOf(kept.id) === undefined) await this.write(kept.id, engine);
      const [why] = await this.refusal(kept, engine, 'storage');
      if (why) throw new BrokerError('conflict', 'caller', [{ ...why, level: 'ERROR' }]);
    }
  }

  async forget(id: KeptStorageId): Promise<void> {
    await rm(this.note(id), { force: true });
  }

  private async refusal({ id, name }: KeptPart, engine: EngineName, path: string): Promise<readonly Reason[]> {
    const owner = await this.ownerOf(id);
    if (owner === undefined || owner === engine) return [];
    return [reason('kept-elsewhere', "'{name}' was made by {maker}, and {user} can't use it; take another name", { name, maker: makers[owner], user: makers[engine] }, { path })];
  }

  /** Of two at once the first one wins. */
  private async write(id: KeptStorageId, engine: EngineName): Promise<void> {
    await mkdir(this.notes, { recursive: true, mode: 0o700 });
    await writeFile(this.note(id), engine, { flag: 'wx', mode: 0o600, flush: true }).catch((fault: unknown) => { if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault; });
  }

  private note(id: KeptStorageId): string {
    if (!isUuid(id)) throw new RangeError(`'${id}' is not an identifier of kept storage`);
    return join(this.notes, id);
  }
}
