import type { FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '#model';
import { openPlain } from './files.js';

export interface FollowOptions { readonly follow: boolean; readonly signal: AbortSignal; readonly clock: Clock; readonly isComplete: () => Promise<boolean> }

/** Looks for more this often, only while somebody follows. */
const pause = 200;

/** The file's text as it grows, until it is complete or the signal aborts. A file that never appears is empty. */
export async function* followFile(path: string, options: FollowOptions): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(65_536);
  let file: FileHandle | undefined;
  try {
    while (!options.signal.aborted) {
      // Asked before reading, so that what came until then is not missed.
      const complete = !options.follow || await options.isComplete();
      file ??= await openPlain(path);
      for (let piece = await next(file, buffer); piece !== undefined; piece = await next(file, buffer)) yield decoder.write(piece);
      if (complete) return;
      await slept(options);
    }
  } finally {
    await file?.close();
  }
}

async function next(file: FileHandle | undefined, buffer: Buffer): Promise<Buffer | undefined> {
  const { bytesRead } = await file?.read(buffer) ?? { bytesRead: 0 };
  return bytesRead > 0 ? Buffer.from(buffer.subarray(0, bytesRead)) : undefined;
}

/** Ends early when the signal aborts. */
async function slept({ clock, signal }: FollowOptions): Promise<void> {
  try {
    await clock.sleep(pause, signal);
  } catch (fault) {
    if (!signal.aborted) throw fault;
  }
}
