/** Files and folders that a payload may have changed behind the broker's back. */
import { constants } from 'node:fs';
import { chmod, open, readdir, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const absent = ['ENOENT', 'ENOTDIR'];
/** A payload can close its own folder to the broker, and put a link or a socket in place of a file. */
const closed = [...absent, 'EACCES'];
const odd = [...closed, 'ELOOP', 'ENXIO'];

/** Undefined instead of the error for something that is not there. */
export function unlessAbsent<T>(attempt: Promise<T>): Promise<T | undefined> {
  return unless(absent, attempt);
}

/** The same for what the broker may not look at. */
export function unlessClosed<T>(attempt: Promise<T>): Promise<T | undefined> {
  return unless(closed, attempt);
}

/** Opens a plain file for reading; undefined for what is not there, is closed, or is anything else, such as a link, a folder or a socket. */
export async function openPlain(path: string): Promise<FileHandle | undefined> {
  const file = await unless(odd, open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

/** With all that is in it, but not what links in it lead to. */
export async function removeTree(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 20 };
  try {
    await rm(path, options);
  } catch (fault) {
    if (!isOneOf(['EACCES'], fault)) throw fault;
    // A payload that took away its own permissions.
    await openUp(path);
    await rm(path, options);
  }
}

async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await openUp(join(folder, entry.name));
}

async function unless<T>(codes: readonly string[], attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (fault) {
    if (isOneOf(codes, fault)) return undefined;
    throw fault;
  }
}

function isOneOf(codes: readonly string[], fault: unknown): boolean {
  return codes.includes((fault as NodeJS.ErrnoException).code ?? '');
}
