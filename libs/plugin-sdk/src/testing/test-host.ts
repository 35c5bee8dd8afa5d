/** A host for plugins under test: a folder that is removed afterwards, a log that remembers, data from memory, no network. */
import { mkdtemp, rm, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerError, reason } from '#model';
import type { Clock, CredentialUse, Log } from '#model';
import type { PlatformHost, RunCommand, Stage } from '../platform.js';

export interface LogEntry { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string; readonly facts: Readonly<Record<string, unknown>> }

export interface TestHost extends PlatformHost {
  /** What was recorded of credentials, oldest first. */
  readonly used: readonly CredentialUse[];
  /** What was logged, oldest first. */
  readonly logged: readonly LogEntry[];
  /** Removes the folder. */
  close(): Promise<void>;
}

export interface TestHostOptions {
  readonly clock: Clock;
  readonly instance?: string;
  readonly node?: PlatformHost['node'];
  /** Content by location. */
  readonly data?: ReadonlyMap<string, Uint8Array>;
  /** See {@link recordedRun}; without it every command fails. */
  readonly run?: RunCommand;
  /** Without it every request fails. */
  readonly fetch?: typeof fetch;
}

export async function testHost(options: TestHostOptions): Promise<TestHost> {
  const folder = await mkdtemp(join(tmpdir(), 'platform-'));
  const [logged, used]: [LogEntry[], CredentialUse[]] = [[], []];
  return {
    instance: options.instance ?? 'tested', clock: options.clock, log: rememberingLog(logged), logged, folder, used,
    fetch: options.fetch ?? (() => Promise.reject(new TypeError('this test has no network'))),
    run: options.run ?? ((argv) => Promise.reject(new Error(`this test runs no commands: ${argv.join(' ')}`))),
    ...(options.node ? { node: options.node } : {}),
    recordUse: (use) => { used.push(use); return Promise.resolve(); },
    stage: stageFrom(options.data ?? new Map()),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A log that appends to `entries`. */
export function rememberingLog(entries: LogEntry[]): Log {
  const at = (level: LogEntry['level']) => (message: string, facts: Readonly<Record<string, unknown>> = {}): void => { entries.push({ level, message, facts }); };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function stageFrom(contents: ReadonlyMap<string, Uint8Array>): Stage {
  return async (data, folder, work) => {
    work.signal.throwIfAborted();
    const found = data.locations.map((location) => contents.get(location)).find((content) => content !== undefined);
    if (!found) throw new BrokerError('unavailable', 'caller', [reason('data-missing', 'no data at {location}', { location: data.locations.join(', ') })]);
    await mkdir(folder, { recursive: true });
    const path = join(folder, data.fileName);
    await writeFile(path, found);
    work.progress({ done: found.length, total: found.length, unit: 'bytes', what: data.fileName });
    return { path, bytes: found.length };
  };
}
