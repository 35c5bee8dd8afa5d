/** Brings data resources into folders: the `stage` that platforms find in their host. */
import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import type { Clock, Log, ResolvedData } from '#model';
import { BrokerError, reason } from '#model';
import type { DataResolver, Stage, Work } from '#plugin-sdk';
import { isOneSegment } from './file-name.js';
import { transfer, verify, wantedDigest } from './transfer.js';

export interface StageOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Attempts for faults that pass by themselves, the first included. */
  readonly tries: number;
  /** The token behind the handle of a credential that the session's owner has left. */
  tokenBehind?(handle: string): Promise<string>;
}

/** First pause between attempts, doubled each time. */
const firstPause = 500;

/**
 * Makes the stage function. Repeating it is free when the file is there and right. Throws BrokerError: 'conflict' for a wrong
 * size or checksum (caller), 'unavailable' when no resolver or no source answers; the signal's reason when aborted.
 */
export function createStage(resolvers: ReadonlyMap<string, DataResolver>, options: StageOptions): Stage {
  const policy = retry(handleWhen(isPassing), { maxAttempts: Math.max(0, options.tries - 1), backoff: new ConstantBackoff(0) });
  return async (data, folder, work) => {
    const resolver = resolvers.get(data.resolver ?? '');
    if (resolver === undefined) throw unknownResolver(data);
    if (!isOneSegment(data.fileName)) throw new BrokerError('defect', 'us', [reason('file-name', "'{name}' is not one path segment", { name: data.fileName })]);
    work.signal.throwIfAborted();
    await mkdir(folder, { recursive: true });
    const path = join(folder, data.fileName);
    const there = await verifiedBytes(data, path);
    if (there !== undefined) return { path, bytes: there };
    const bytes = await policy.execute(async ({ attempt }) => {
      // The pause is ours, not the library's, so that it follows the injected clock.
      if (attempt > 0) await options.clock.sleep(firstPause * 2 ** (attempt - 1), work.signal);
      const token = data.credential === undefined ? undefined : await options.tokenBehind?.(data.credential);
      return once({ resolver, token }, data, folder, work);
    }, work.signal);
    options.log.debug('data staged', { file: data.fileName, bytes });
    return { path, bytes };
  };
}

interface Source { readonly resolver: DataResolver; readonly token: string | undefined }

async function once({ resolver, token }: Source, data: ResolvedData, folder: string, work: Work): Promise<number> {
  try {
    return await transfer(data, await resolver.open(data, work.signal, token), folder, work);
  } catch (fault) {
    if (work.signal.aborted) throw work.signal.reason;
    throw fault instanceof BrokerError ? fault : asBrokerError(fault, data);
  }
}

/** Size of the file that is already in place and right; a wrong one is removed. */
async function verifiedBytes(data: ResolvedData, path: string): Promise<number | undefined> {
  const found = await stat(path).catch((fault: NodeJS.ErrnoException) => { if (fault.code === 'ENOENT') return undefined; throw fault; });
  if (found === undefined) return undefined;
  const digest = wantedDigest(data);
  if (digest) for await (const piece of createReadStream(path)) digest.update(piece as Buffer);
  try {
    verify(data, found.size, digest?.hex());
    return found.size;
  } catch (fault) {
    if (!(fault instanceof BrokerError)) throw fault;
    await rm(path, { force: true });
    return undefined;
  }
}

function isPassing(fault: Error): boolean {
  return fault instanceof BrokerError && fault.fixer === 'time';
}

const localFaults = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EPERM', 'EIO', 'EMFILE']);

function asBrokerError(fault: unknown, data: ResolvedData): BrokerError {
  const code = (fault as NodeJS.ErrnoException).code ?? '';
  const local = localFaults.has(code);
  const template = local ? "'{name}' can't be written here: {fault}" : "the transfer of '{name}' broke off: {fault}";
  const why = reason(local ? 'storage-fault' : 'transfer-broken', template, { name: data.fileName, fault: (fault as Error).message }, { path: 'location', level: 'ERROR' });
  return new BrokerError('unavailable', local ? 'operator' : 'time', [why], { cause: fault });
}

function unknownResolver(data: ResolvedData): BrokerError {
  return new BrokerError('unavailable', 'operator', [reason('resolver-missing', "no data resolver '{name}' is configured here", { name: data.resolver ?? '' }, { path: 'location', level: 'ERROR' })]);
}
