/**
 * A PostgreSQL of our own, for a node that was given none: the same server as in production, from an npm package.
 *
 *   <folder>/data        the server's files, its account only       <folder>/password    ours only
 *   <folder>/server.log  the log of the last start                   <folder>/node.lock   who uses the folder
 *
 * It listens on the loopback interface only, on a random port, with a random password. A server that dies is started again.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '#model';
import { canReach, openWay, serverAccount } from './account.js';
import type { Account } from './account.js';
import { copyPrograms, platformPackage, programsIn, restoreLinks } from './binaries.js';
import { lockFile, lockFolder } from './folder-lock.js';
import { clearLeftovers, databaseUser, freePort, initialise, launch, shutDown } from './server.js';
import type { Place } from './server.js';
import { codeOf, messageOf } from '../faults.js';

export interface EmbeddedOptions {
  /** Kept between starts. Root, whose server runs as another account, gets a folder below `/var/lib` when this one can't be entered by it. */
  readonly folder: string;
  readonly log: Log;
  /** 0 or absent: any free one. */
  readonly port?: number;
}

export interface EmbeddedServer {
  readonly url: string;
  /** Where the files really are. */
  readonly folder: string;
  /** Process number of the server as it runs now. */
  pid(): number;
  /** Safe to repeat. */
  stop(): Promise<void>;
  /** Stops it and removes its files, before anybody else can take the folder; the folder stays, empty. */
  destroy(): Promise<void>;
}

/** Below it root keeps what an unprivileged account must reach. */
const sharedFolder = '/var/lib/execution-broker';
const restartPause = 250;
const restartTries = 40;

/** Starts the server on its folder, making both when needed and taking over what a killed node left. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const place = await prepare(resolve(options.folder), options.log);
  const lock = await lockFolder(place.folder);
  try {
    if (await clearLeftovers(place)) options.log.warn('stopped a database server that a killed node had left', { folder: place.folder });
    const password = await passwordOf(place.folder);
    await initialise(place, password);
    const port = options.port || await freePort();
    const server = await supervise(place, port, options.log);
    options.log.info('embedded database runs', { folder: place.folder, port, account: place.account?.uid ?? 'own' });
    const url = `postgres://${databaseUser}:${password}@127.0.0.1:${port}/postgres`;
    const stop = async (): Promise<void> => { await server.stop(); await lock.release(); };
    const destroy = async (): Promise<void> => { await server.stop(); await removeFiles(place.folder); await lock.release(); };
    return { url, folder: place.folder, pid: server.pid, stop, destroy };
  } catch (cause) {
    await lock.release();
    throw cause;
  }
}

/** All but the lock, which is the last to go. */
async function removeFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name !== lockFile) await rm(join(folder, name), { recursive: true, force: true });
}

async function prepare(wanted: string, log: Log): Promise<Place> {
  const account = await serverAccount(join(wanted, 'data'));
  const folder = await canEnter(account, wanted) ? wanted : join(sharedFolder, `${basename(wanted)}-${shortHash(wanted)}`);
  if (folder !== wanted) log.warn('the database account cannot enter the configured folder; its files are kept elsewhere', { configured: wanted, folder });
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await chmod(folder, account ? 0o711 : 0o700);
  const packaged = platformPackage();
  const made = await restoreLinks(packaged);
  if (made > 0) log.info('made the library links that the install script had not made', { made });
  return { folder, data: join(folder, 'data'), programs: programsIn(await reachablePrograms(account, packaged)), account };
}

/** The folder's own mode does not count: we set it. */
async function canEnter(account: Account | undefined, folder: string): Promise<boolean> {
  const parent = resolve(folder, '..');
  return !account || await canReach(account, parent) || openWay(account, parent);
}

async function reachablePrograms(account: Account | undefined, packaged: string): Promise<string> {
  if (await canReach(account, packaged)) return packaged;
  const { version } = JSON.parse(await readFile(join(packaged, 'package.json'), 'utf8')) as { version: string };
  const copy = join(sharedFolder, `postgres-${version}`);
  await copyPrograms(packaged, copy);
  return copy;
}

async function passwordOf(folder: string): Promise<string> {
  const file = join(folder, 'password');
  return readFile(file, 'utf8').catch(async (cause: unknown) => {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    const fresh = randomBytes(24).toString('hex');
    await writeFile(file, fresh, { mode: 0o600, flag: 'wx' });
    return fresh;
  });
}

interface Supervised { pid(): number; stop(): Promise<void> }

async function supervise(place: Place, port: number, log: Log): Promise<Supervised> {
  let stopping = false;
  let child: ChildProcess;
  let restarting = Promise.resolve();
  const watch = (started: ChildProcess): void => {
    child = started;
    started.once('exit', (code, signal) => {
      if (stopping) return;
      log.error('the embedded database ended; starting it again', { code, signal });
      restarting = restart(place, port, () => stopping).then((next) => { if (next) watch(next); }, (cause: unknown) => { log.error('the embedded database cannot be started again', { cause: messageOf(cause) }); });
    });
  };
  watch(await launch(place, port));
  const interrupt = (): void => { if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT'); };
  process.once('exit', interrupt);
  return {
    pid: () => child.pid ?? 0,
    async stop() {
      if (stopping) return;
      stopping = true;
      process.off('exit', interrupt);
      await restarting;
      if (child.exitCode === null && child.signalCode === null) await shutDown(place);
    },
  };
}

/** Tries until the dead server's last processes have gone; PostgreSQL refuses while they still hold its shared memory. */
async function restart(place: Place, port: number, isStopping: () => boolean): Promise<ChildProcess | undefined> {
  for (let tries = 1; ; tries += 1) {
    if (isStopping()) return undefined;
    try {
      await clearLeftovers(place);
      return await launch(place, port);
    } catch (cause) {
      if (tries === restartTries) throw cause;
      await wait(restartPause);
    }
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
