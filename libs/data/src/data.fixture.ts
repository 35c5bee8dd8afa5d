/** What the specs of this library share. */
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ComponentId, DataResource, Log, Progress, ResolvedData } from '#model';
import { kinds } from '#model';
import type { Work } from '#plugin-sdk';

export const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export function simpleData(location: string, more: Partial<DataResource> = {}): DataResource {
  return { kind: kinds.simpleData, location, ...more };
}

export function resolved(location: string, more: Partial<ResolvedData> = {}): ResolvedData {
  return {
    id: '00000000-0000-4000-8000-00000000d001' as ComponentId, spec: simpleData(location), resolver: 'http', locations: [location], estimate: 1000,
    fileName: 'stars.csv', warnings: [], ...more,
  };
}

export function aWork(told: Progress[] = [], signal: AbortSignal = new AbortController().signal): Work {
  return { signal, progress: (now) => { told.push(now); } };
}

/** Gone when the test is over. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A server on loopback, for the length of `use`. */
export async function serving<T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }
}
