/** One node per database folder. The lock names its holder, so that a node that was killed does not lock its successor out. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, operatorFault } from '../faults.js';

export interface FolderLock { release(): Promise<void> }

/** Its name in the folder. */
export const lockFile = 'node.lock';

interface Holder { readonly pid: number; readonly born: string }

/** Takes the folder for this process. Throws when a living process has it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = join(folder, lockFile);
  const mine = JSON.stringify({ pid: process.pid, born: await birthOf(process.pid) ?? '' } satisfies Holder);
  for (let tries = 0; tries < 5; tries += 1) {
    if (await writeNew(file, mine)) return { release: () => rm(file, { force: true }) };
    await removeStale(file, folder);
  }
  throw operatorFault('The database folder {folder} is being taken by several nodes at once', { folder });
}

/** False when there is one. It comes with its text: one that could be seen empty would be taken for that of a dead node. */
async function writeNew(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600 });
  try {
    await link(draft, file);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Moves a dead holder's lock out of the way; moved, not deleted, because another successor may have replaced it meanwhile. */
async function removeStale(file: string, folder: string): Promise<void> {
  const seen = await readOrNothing(file);
  if (seen === undefined) return;
  const holder = parseHolder(seen);
  if (holder && await isAlive(holder)) throw operatorFault('Another node (process {pid}) uses the database folder {folder}; stop it, or configure another folder or a DATABASE_URL', { pid: holder.pid, folder });
  const aside = `${file}.${process.pid}`;
  await rename(file, aside).catch((cause: unknown) => { if (codeOf(cause) !== 'ENOENT') throw cause; });
  const moved = await readOrNothing(aside);
  if (moved !== undefined && moved !== seen) await rename(aside, file);
  else await rm(aside, { force: true });
}

function parseHolder(text: string): Holder | undefined {
  const match = /^\{"pid":(\d+),"born":"([^"]*)"\}$/.exec(text);
  return match ? { pid: Number(match[1]), born: match[2] ?? '' } : undefined;
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.pid === process.pid) return holder.born === (await birthOf(process.pid) ?? '');
  if (!processExists(holder.pid)) return false;
  const born = await birthOf(holder.pid);
  return born === undefined || born === holder.born;
}

/** True when a process with this number runs, whoever owns it. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return codeOf(cause) === 'EPERM';
  }
}

/** Boot and clock tick in which a process was born, so that a reused number is not taken for it; undefined where that can't be known. */
async function birthOf(pid: number): Promise<string | undefined> {
  const status = await readOrNothing(`/proc/${pid}/stat`);
  const boot = await readOrNothing('/proc/sys/kernel/random/boot_id');
  const tick = status?.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  return tick === undefined ? undefined : `${boot?.trim() ?? ''}:${tick}`;
}

async function readOrNothing(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ESRCH') return undefined;
    throw cause;
  });
}
