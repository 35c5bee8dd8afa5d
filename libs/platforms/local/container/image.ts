/** Images: having them here. */
import type Docker from 'dockerode';
import type { Progress, Reason } from '#model';
import { BrokerError, reason } from '#model';
import { imageReference } from '#plugin-sdk';
import type { ImageWish, Work } from '#plugin-sdk';
import type { ContainerConfig } from '../config.js';
import { asBrokerError, statusOf, unlessMissing } from './native-fault.js';

/** True when the image is here already, so that preparing takes no pull. */
export async function isHere(docker: Docker, wish: ImageWish): Promise<boolean> {
  return (await localReference(docker, wish)) !== undefined;
}

/** Has the image here, pulled if need be, and gives the reference to run. Throws BrokerError. */
export async function provideImage(docker: Docker, wish: ImageWish, config: ContainerConfig, work: Work): Promise<string> {
  const local = await localReference(docker, wish);
  if (local === undefined) {
    if (!config.pull) throw new BrokerError('unavailable', 'operator', [fault('image-missing', "'{name}' is not on this machine, and pulling is switched off", wish)]);
    await pull(docker, wish, work);
  }
  const found = local ?? await localReference(docker, wish);
  if (found === undefined) throw digestMismatch(wish);
  await checkPlatform(docker, found, config);
  return found;
}

/** A local image counts when it has the asked digest: as the registry's, or as its own identifier. */
async function localReference(docker: Docker, wish: ImageWish): Promise<string | undefined> {
  if (wish.digest === undefined) return (await unlessMissing(docker.getImage(wish.name).inspect())) && wish.name;
  const pinned = imageReference(wish);
  if (await unlessMissing(docker.getImage(pinned).inspect())) return pinned;
  const named = await unlessMissing(docker.getImage(wish.name).inspect());
  return named !== undefined && bare(named.Id) === bare(wish.digest) ? named.Id : undefined;
}

async function checkPlatform(docker: Docker, reference: string, config: ContainerConfig): Promise<void> {
  const { Architecture: architecture, Os: os } = await docker.getImage(reference).inspect();
  if (architecture === config.architecture && os === 'linux') return;
  throw new BrokerError('conflict', 'caller', [reason('platform-refused', "'{image}' is for {os}/{architecture}, this node runs linux/{own}", { image: reference, os, architecture, own: config.architecture }, { path: 'executable.image.platform', level: 'ERROR' })]);
}

/** The runtime reports faults as lines inside an answer with status 200. */
async function pull(docker: Docker, wish: ImageWish, work: Work): Promise<void> {
  const reference = wish.digest === undefined ? withTag(wish.name) : imageReference(wish);
  const layers = new Map<string, { done: number; total: number }>();
  try {
    const stream = (await docker.pull(reference, { abortSignal: work.signal })) as NodeJS.ReadableStream;
    let rest = '';
    for await (const piece of stream) {
      const lines = (rest + String(piece)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) readPullLine(line, layers, work, wish);
    }
    readPullLine(rest, layers, work, wish);
  } catch (thrown) {
    work.signal.throwIfAborted();
    throw pullFault(thrown, wish);
  }
}

interface PullLine { readonly id?: string; readonly error?: string; readonly progressDetail?: { readonly current?: number; readonly total?: number } }

function readPullLine(text: string, layers: Map<string, { done: number; total: number }>, work: Work, wish: ImageWish): void {
  if (text.trim() === '') return;
  const line = JSON.parse(text) as PullLine;
  if (line.error !== undefined) throw new Error(line.error);
  const { current, total } = line.progressDetail ?? {};
  if (line.id === undefined || current === undefined || total === undefined) return;
  layers.set(line.id, { done: current, total });
  const all = [...layers.values()];
  const now: Progress = { done: sum(all.map(({ done }) => done)), total: sum(all.map((layer) => layer.total)), unit: 'bytes', what: wish.name };
  work.progress(now);
}

function pullFault(thrown: unknown, wish: ImageWish): BrokerError {
  const text = (thrown as Error).message;
  if (/manifest unknown|not found|no such|name unknown|manifest_unknown/i.test(text) || statusOf(thrown) === 404) {
    if (wish.digest !== undefined) return digestMismatch(wish, thrown);
    return new BrokerError('not-found', 'caller', [fault('image-not-found', "there is no image '{name}'", wish)], { cause: thrown });
  }
  if (/denied|unauthorized|authentication/i.test(text)) return new BrokerError('forbidden', 'caller', [fault('image-forbidden', "the registry does not give '{name}' to this node", wish)], { cause: thrown });
  if (/refused|timeout|timed out|no such host|EOF|reset|TLS|5\d\d/i.test(text)) return new BrokerError('unavailable', 'time', [fault('registry-unreachable', "the registry of '{name}' can't be reached now", wish)], { cause: thrown });
  return asBrokerError(thrown, `pull '${wish.name}'`);
}

function digestMismatch(wish: ImageWish, cause?: unknown): BrokerError {
  const why = reason('digest-mismatch', "'{name}' has no image with the digest {digest}", { name: wish.name, digest: wish.digest ?? '' }, { path: 'executable.image.digest', level: 'ERROR' });
  return new BrokerError('conflict', 'caller', [why], { cause });
}

function fault(word: string, template: string, wish: ImageWish): Reason {
  return reason(word, template, { name: wish.name }, { path: 'executable.image.locations[0]', level: 'ERROR' });
}

function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}

const bare = (digest: string): string => digest.replace(/^sha256:/, '');
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
