import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '#model';
import { unlessAbsent } from '#platforms/batch';

export interface FollowOptions { readonly follow: boolean; readonly signal: AbortSignal; readonly clock: Clock; readonly isComplete: () => Promise<boolean> }

/** Between looks for more. */
const pause = 100;
/** A reader without `follow` waits this often for the last bytes of a payload that has ended; something that it left running may hold them open. */
const patience = 50;

/** The file's text as it grows, until it is complete or the signal aborts. A file that never appears is empty. */
export async function* followFile(path: string, options: FollowOptions): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  const reader = new GrowingFile(path);
  try {
    for (let waits = 0; !options.signal.aborted; waits += 1) {
      // Asked before reading, so that what came until then is not missed.
      const complete = await options.isComplete();
      for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) yield decoder.write(piece);
      if (complete || (!options.follow && waits >= patience)) return;
      if (!(await slept(options))) return;
    }
  } finally {
    await reader.close();
  }
}

/** False when the signal aborted. */
async function slept({ clock, signal }: FollowOptions): Promise<boolean> {
  try {
    await clock.sleep(pause, signal);
    return true;
  } catch (fault) {
    if (signal.aborted) return false;
    throw fault;
  }
}

class GrowingFile {
  private file: FileHandle | undefined;
  private readonly buffer = Buffer.alloc(65_536);

  constructor(private readonly path: string) {}

  async next(): Promise<Buffer | undefined> {
    this.file ??= await unlessAbsent(open(this.path, 'r'));
    if (this.file === undefined) return undefined;
    const { bytesRead } = await this.file.read(this.buffer);
    return bytesRead > 0 ? Buffer.from(this.buffer.subarray(0, bytesRead)) : undefined;
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}
