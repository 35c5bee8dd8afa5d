/**
 * Whom the server runs as. PostgreSQL refuses to run as root, so root hands it to another account; initdb wants that account's
 * number to have a name, so an existing one is taken and none is made.
 */
import { chmod, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, operatorFault } from '../faults.js';

/** Numeric account of the server; undefined: the one that we are. */
export interface Account { readonly uid: number; readonly gid: number }

/** Accounts that root may use, best first. `nobody` is on every Linux, also in minimal images. */
const preferred = ['postgres', 'execution-broker', 'nobody', 'daemon'];

/** The account for a server whose files are in `data`: their owner if they exist, so that another choice today loses nothing. */
export async function serverAccount(data: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await ownerOf(data);
  if (owner && owner.uid !== 0) return owner;
  const found = chooseAccount(await readFile('/etc/passwd', 'utf8').catch(() => ''));
  if (found) return found;
  throw operatorFault('PostgreSQL cannot run as root and /etc/passwd names no other account: add the line nobody:x:65534:65534::/:/bin/false, start the node as an ordinary user, or set DATABASE_URL');
}

/** The best account that a passwd file offers. */
export function chooseAccount(passwd: string): Account | undefined {
  const rows = passwd.split('\n').map((line) => line.split(':')).filter((row) => row.length >= 4 && Number(row[2]) > 0);
  const row = preferred.map((name) => rows.find((one) => one[0] === name)).find((one) => one !== undefined) ?? rows[0];
  return row ? { uid: Number(row[2]), gid: Number(row[3]) } : undefined;
}

/** True when `account` may enter `folder` through all its parents. Folders that do not exist yet count as their parent. */
export async function canReach(account: Account | undefined, folder: string): Promise<boolean> {
  if (!account) return true;
  for (let path = folder; ; path = dirname(path)) {
    const bits = await stat(path).catch((cause: unknown) => { if (codeOf(cause) === 'ENOENT') return undefined; throw cause; });
    if (bits && !mayEnter(account, bits)) return false;
    if (path === dirname(path)) return true;
  }
}

/**
 * Lets `account` pass through the folders that keep it from `folder`, if all of them are ours and temporary, as a folder made by
 * mkdtemp: pass only, not list. False, and nothing is changed, when it still could not enter.
 */
export async function openWay(account: Account, folder: string): Promise<boolean> {
  const closed: string[] = [];
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    const bits = await stat(path).catch((cause: unknown) => { if (codeOf(cause) === 'ENOENT') return undefined; throw cause; });
    if (!bits || mayEnter(account, bits)) continue;
    if (bits.uid !== process.getuid?.() || !path.startsWith(join(tmpdir(), '/'))) return false;
    closed.push(path);
  }
  for (const path of closed) await chmod(path, (await stat(path)).mode | 0o011);
  return true;
}

function mayEnter(account: Account, folder: { mode: number; uid: number; gid: number }): boolean {
  if (folder.uid === account.uid) return (folder.mode & 0o100) !== 0;
  return (folder.mode & (folder.gid === account.gid ? 0o010 : 0o001)) !== 0;
}

async function ownerOf(path: string): Promise<Account | undefined> {
  const found = await stat(path).catch((cause: unknown) => { if (codeOf(cause) === 'ENOENT') return undefined; throw cause; });
  return found && { uid: found.uid, gid: found.gid };
}
