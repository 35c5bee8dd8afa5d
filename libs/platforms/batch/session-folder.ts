/**
 * The folder of one session on the shared file system. The broker's own files lie above, what the job may touch lies in `run`,
 * which belongs to the account that the job runs as.
 *
 *   job.json  the submission      script     what runs                cancel      we asked it to stop
 *   run/began the payload ran     run/code   its exit code            run/output  stdout and stderr
 */
import { chmod, lchown, lstat, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getgid } from 'node:process';
import type { SessionId } from '#model';
import { isUuid } from '#model';
import { openPlain, removeTree, unlessClosed } from './files.js';

/** Longest of the small files that a payload may have written into. */
const mostBytes = 1_048_576;

export class SessionFolder {
  readonly path: string;

  constructor(root: string, readonly session: SessionId) {
    if (!isUuid(session)) throw new RangeError(`'${session}' is not a session identifier`);
    this.path = join(root, session);
  }

  at(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  async make(...names: readonly string[]): Promise<string> {
    const path = this.at(...names);
    await mkdir(path, { recursive: true, mode: 0o755 });
    return path;
  }

  /** False too for what the payload has closed to the broker. */
  async has(...names: readonly string[]): Promise<boolean> {
    return (await unlessClosed(lstat(this.at(...names)))) !== undefined;
  }

  /** Undefined for what is not there, or is no plain file: the payload could have made it. */
  async read(...names: readonly string[]): Promise<string | undefined> {
    const file = await openPlain(this.at(...names));
    if (file === undefined) return undefined;
    try {
      const size = Math.min((await file.stat()).size, mostBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }

  /** Whole or not at all. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(this.at(`${name}.new`), text, { mode: 0o600, flush: true });
    await rename(this.at(`${name}.new`), this.at(name));
  }

  /** What the job may touch, for its account alone; the broker's group may read, also what is written later. */
  async giveRunTo(uid: number): Promise<void> {
    const gid = getgid?.() ?? -1;
    await giveAll(this.at('run'), { uid, gid });
    await chmod(this.at('run'), 0o2750);
  }

  async remove(): Promise<void> {
    await removeTree(this.path);
  }
}

async function giveAll(path: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory()) for (const entry of await readdir(path)) await giveAll(join(path, entry), owner);
  await lchown(path, owner.uid, owner.gid);
}
