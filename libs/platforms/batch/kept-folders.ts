/**
 * Storage that outlives sessions: a folder for each on the file system that the broker and the cluster share. What is kept lies in its `files`,
 * which belong to the account that its owner's sessions run as; beside them only the broker writes: `account`, whose they are once they are made.
 */
import { chmod, lchown, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getgid } from 'node:process';
import type { KeptPart, KeptStorageId, Milliseconds, Plan } from '#model';
import { BrokerError, isUuid, reason } from '#model';
import type { AccountNumbers } from './accounts.js';
import type { Commands } from './commands.js';
import type { BatchConfig } from './config.js';
import { emptyFolders } from './empty-folders.js';
import { removeTree, unlessAbsent } from './files.js';
import type { SessionFolder } from './session-folder.js';

type User = string | undefined;
/** Of data that goes to another file system, and is copied. */
const movingLimit: Milliseconds = 3_600_000;

/** Where sessions find what is kept; throws where the platform keeps nothing any more. */
export function keptFiles(id: KeptStorageId, config: Pick<BatchConfig, 'kept'>): string {
  return join(folderOf(id, config), 'files');
}

export class KeptFolders {
  constructor(private readonly parts: { readonly config: BatchConfig; readonly commands: Commands }, private readonly numbers: AccountNumbers) {}

  /** Makes what may be made, for the account; throws for what is not there any more, or belongs to another account. Safe to repeat. */
  async provide({ storage }: Plan, user: User): Promise<void> {
    for (const { kept } of storage) if (kept) await this.provideOne(kept, user);
  }

  /** Data was brought into the session's folder; the account itself moves it, as it could have put links where ours would follow them. */
  async fill({ storage, data }: Plan, folder: SessionFolder, user: User): Promise<void> {
    const { config, commands } = this.parts;
    for (const { id, kept, data: wanted } of storage) {
      const brought = data.filter((one) => wanted.includes(one.id)).map(({ fileName }) => folder.at('run', 'storage', id, fileName));
      if (kept === undefined || brought.length === 0) continue;
      const { code, stderr } = await commands.answer(['mv', '-f', '-t', keptFiles(kept.id, config), '--', ...brought], { user, limit: movingLimit });
      if (code !== 0) throw fault('unavailable', 'kept-not-filled', "data can't be put into '{name}': {said}", { name: kept.name, said: stderr.trim().slice(0, 500) });
    }
  }

  /** With all that is in it, emptied by the account that it belongs to. Safe to repeat, also for what was never made. */
  async discard(id: KeptStorageId): Promise<void> {
    const folder = folderOf(id, this.parts.config);
    await this.refuseUnmounted();
    const files = join(folder, 'files');
    const user = await noteIn(folder);
    if (user !== undefined && user !== '' && await isThere(files)) await emptyFolders([files], user, this.parts.commands);
    await removeTree(folder);
  }

  private async provideOne({ id, name, make }: KeptPart, user: User): Promise<void> {
    const folder = folderOf(id, this.parts.config);
    await this.refuseUnmounted();
    const noted = await noteIn(folder);
    if (noted !== undefined && noted !== (user ?? '')) throw fault('conflict', 'kept-of-another', "'{name}' belongs to another account than its owner's sessions run as now", { name });
    if (noted !== undefined && await isThere(join(folder, 'files'))) return;
    if (!make) throw fault('conflict', 'kept-missing', "the folder of '{name}' is not there any more", { name });
    await this.make(folder, user);
  }

  /** The note comes last: what has one is whole. */
  private async make(folder: string, user: User): Promise<void> {
    const files = join(folder, 'files');
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await mkdir(files, { recursive: true, mode: 0o700 });
    if (user !== undefined) {
      await lchown(files, await this.numbers.of(user), getgid?.() ?? -1);
      // The broker's group may read, as it may what sessions write.
      await chmod(files, 0o2750);
    }
    await writeFile(join(folder, 'account.new'), user ?? '', { mode: 0o600, flush: true });
    await rename(join(folder, 'account.new'), join(folder, 'account'));
  }

  /** A file system that is not mounted looks like storage that is gone. */
  private async refuseUnmounted(): Promise<void> {
    const folder = this.parts.config.kept?.folder ?? '';
    if (await isThere(folder)) return;
    throw fault('unavailable', 'kept-folder-missing', '{folder} is not there, where storage is kept; mount its file system, or make the folder', { folder });
  }
}

function folderOf(id: KeptStorageId, { kept }: Pick<BatchConfig, 'kept'>): string {
  if (!isUuid(id)) throw new RangeError(`'${id}' is not an identifier of kept storage`);
  if (kept === undefined) throw fault('unavailable', 'not-configured', "storage is kept here, and 'kept' is not configured any more", {});
  return join(kept.folder, id);
}

/** The account that it was made for, empty for the broker's own; undefined where it was never made whole. */
function noteIn(folder: string): Promise<string | undefined> {
  return unlessAbsent(readFile(join(folder, 'account'), 'utf8'));
}

async function isThere(path: string): Promise<boolean> {
  return (await unlessAbsent(stat(path))) !== undefined;
}

function fault(word: 'conflict' | 'unavailable', kind: string, text: string, values: Readonly<Record<string, string>>): BrokerError {
  return new BrokerError(word, 'operator', [reason(kind, text, values, { level: 'ERROR', path: 'storage' })]);
}
