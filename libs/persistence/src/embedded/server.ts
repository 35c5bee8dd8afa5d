/** initdb, postgres and pg_ctl on one data folder. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, operatorFault } from '../faults.js';
import type { Account } from './account.js';
import type { Programs } from './binaries.js';
import { processExists } from './folder-lock.js';

/** Where everything of one server is. `data` belongs to the server's account, the rest to ours. */
export interface Place { readonly folder: string; readonly data: string; readonly programs: Programs; readonly account: Account | undefined }

export const databaseUser = 'broker';
const startLimit = 60_000;

/** Makes the data folder if there is none. Built under another name first, so that a killed initdb leaves no half folder in use. */
export async function initialise(place: Place, password: string): Promise<void> {
  if (await exists(join(place.data, 'PG_VERSION'))) return;
  for (const name of await readdir(place.folder)) {
    if (name.startsWith('data.new-')) await rm(join(place.folder, name), { recursive: true, force: true });
  }
  const draft = join(place.folder, `data.new-${process.pid}`);
  const secret = join(place.folder, `initdb-password-${process.pid}`);
  await mkdir(draft, { mode: 0o700 });
  await writeFile(secret, `${password}\n`, { mode: 0o600 });
  if (place.account) await Promise.all([draft, secret].map((path) => chown(path, place.account?.uid ?? 0, place.account?.gid ?? 0)));
  try {
    await run(place, place.programs.initdb, [`--pgdata=${draft}`, `--username=${databaseUser}`, '--auth=scram-sha-256', `--pwfile=${secret}`, '--encoding=UTF8', '--no-locale']);
    await rename(draft, place.data);
  } finally {
    await rm(secret, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Starts the server and waits until it takes connections. It outlives a signal to our terminal, so that we stop it in our order. */
export async function launch(place: Place, port: number): Promise<ChildProcess> {
  const logFile = join(place.folder, 'server.log');
  const log = await open(logFile, 'w', 0o600);
  const child = spawn(place.programs.postgres, ['-D', place.data, '-p', String(port),
    '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=on', '-c', 'max_connections=200'], {
    ...place.account, cwd: place.data, env: environment(), detached: true, stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => { reject(startFault(place, cause.message, cause)); });
    child.once('exit', () => { void readFile(logFile, 'utf8').then((text) => { reject(startFault(place, text.trim().split('\n').slice(-3).join(' '))); }, reject); });
  });
  await log.close();
  await Promise.race([failed, untilReady(place, child, failed)]);
  return child;
}

function startFault(place: Place, why: string, cause?: unknown): Error {
  return operatorFault('The embedded PostgreSQL in {folder} does not start: {why}. Mend that, or set DATABASE_URL', { folder: place.folder, why }, cause);
}

async function untilReady(place: Place, child: ChildProcess, failed: Promise<never>): Promise<void> {
  for (let waited = 0; waited < startLimit; waited += 20) {
    const lines = await postmasterFile(place.data);
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return;
    if (child.exitCode !== null || child.signalCode !== null) return failed;
    await wait(20);
  }
  throw startFault(place, `it was not ready after ${startLimit / 1000} s`);
}

/** Stops a running server, letting transactions roll back; returns when it has gone. */
export async function shutDown(place: Place): Promise<void> {
  await run(place, place.programs.control, ['stop', '-D', place.data, '-m', 'fast', '-w', '-t', '60']);
}

/**
 * Clears what a killed node or a killed server left: a server that still runs on the folder is stopped cleanly; a lock file
 * whose process number now belongs to something else is removed (PostgreSQL would refuse to start). True: one was stopped.
 */
export async function clearLeftovers(place: Place): Promise<boolean> {
  const pid = Number((await postmasterFile(place.data))[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (processExists(pid) && await servesFolder(pid, place.data)) {
    await shutDown(place);
    return true;
  }
  await rm(join(place.data, 'postmaster.pid'), { force: true });
  return false;
}

async function servesFolder(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').includes(data);
  return (await output('ps', ['-o', 'command=', '-p', String(pid)])).includes(data);
}

async function postmasterFile(data: string): Promise<readonly string[]> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch((cause: unknown) => { if (codeOf(cause) === 'ENOENT') return ''; throw cause; });
  return text.split('\n');
}

async function run(place: Place, program: string, words: readonly string[]): Promise<void> {
  const child = spawn(program, words, { ...place.account, cwd: place.folder, env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (piece: Buffer) => { complaint += piece.toString(); });
  const code = await new Promise<number | null>((resolve, reject) => { child.once('error', reject).once('close', resolve); })
    .catch((cause: unknown) => { throw startFault(place, `${program} cannot be run`, cause); });
  if (code === 0) return;
  const hint = complaint.includes('effective user ID') ? ' (the account needs a line in /etc/passwd)' : '';
  throw startFault(place, complaint.trim() + hint);
}

async function output(program: string, words: readonly string[]): Promise<string> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => { text += piece.toString(); });
  await new Promise((resolve, reject) => { child.once('error', reject).once('close', resolve); });
  return text;
}

/** Nothing of ours: variables such as PGPORT or LC_ALL would change what the server does. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return { PATH, SystemRoot, TEMP, LC_ALL: 'C', TZ: 'UTC' };
}

/** A loopback port that is free now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => { probe.once('error', reject).listen(0, '127.0.0.1', resolve); });
  const address = probe.address();
  await new Promise((resolve) => { probe.close(resolve); });
  if (address === null || typeof address === 'string') throw operatorFault('No free port on the loopback interface');
  return address.port;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, (cause: unknown) => { if (codeOf(cause) === 'ENOENT') return false; throw cause; });
}
