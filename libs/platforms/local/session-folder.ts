/** The folder of one session: all that the platform remembers, so that it survives the broker. Removed on release. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionId } from '#model';
import { isUuid } from '#model';
import { removeTree, unlessAbsent } from '#platforms/batch';

export class SessionFolder {
  readonly path: string;

  constructor(instanceFolder: string, readonly session: SessionId) {
    if (!isUuid(session)) throw new RangeError(`'${session}' is not a session identifier`);
    this.path = join(instanceFolder, 'sessions', session);
  }

  at(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  async make(...names: readonly string[]): Promise<string> {
    const path = this.at(...names);
    await mkdir(path, { recursive: true, mode: 0o755 });
    return path;
  }

  async has(...names: readonly string[]): Promise<boolean> {
    return (await unlessAbsent(stat(this.at(...names)))) !== undefined;
  }

  /** Bytes of a file; zero for one that is not there. */
  async size(name: string): Promise<number> {
    return (await unlessAbsent(stat(this.at(name))))?.size ?? 0;
  }

  read(name: string): Promise<string | undefined> {
    return unlessAbsent(readFile(this.at(name), 'utf8'));
  }

  /** Whole or not at all, also when the machine stops in between. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(this.at(`${name}.new`), text, { mode: 0o600, flush: true });
    await rename(this.at(`${name}.new`), this.at(name));
  }

  async remove(): Promise<void> {
    await removeTree(this.path);
  }
}
