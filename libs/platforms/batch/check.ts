/** What an operator should know before the first session: the shared folder, the clocks, the accounts. */
import { randomUUID } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding, PlatformHost } from '#plugin-sdk';
import { numberOf } from './accounts.js';
import type { Commands } from './commands.js';
import type { BatchConfig } from './config.js';

interface Checked { readonly config: BatchConfig; readonly commands: Commands; readonly host: PlatformHost }

/** Seconds that two clocks may be apart: a start is promised to two. */
const mostSkew = 1;

export async function findingsOf(parts: Checked): Promise<readonly Finding[]> {
  const { folder, kept } = parts.config;
  const folders = [await folderFinding(parts, 'shared folder', folder), ...(kept ? [await folderFinding(parts, 'folder of kept storage', kept.folder)] : [])];
  return [...folders, await clockFinding(parts), ...await accountFindings(parts)];
}

async function folderFinding({ config: { accounts }, commands }: Checked, about: string, folder: string): Promise<Finding> {
  const probe = join(folder, `.check-${randomUUID()}`);
  try {
    await writeFile(probe, '');
    const { code } = await commands.answer(['ls', probe]);
    if (code !== 0) return { about, verdict: 'bad', seen: `what is written to ${folder} is not seen where commands run`, fix: 'mount the same file system there, under the same path' };
    const isOpen = ((await stat(folder)).mode & 0o001) !== 0;
    if (!isOpen && accounts.isMapped) return { about, verdict: 'bad', seen: `other accounts can't enter ${folder}`, fix: `chmod 755 ${folder}` };
    return { about, verdict: 'good', seen: `${folder} can be written, and is seen where commands run` };
  } catch (fault) {
    return { about, verdict: 'bad', seen: String(fault), fix: `install -d -m 755 -o BROKER ${folder}` };
  } finally {
    await rm(probe, { force: true });
  }
}

/** Against the host that commands run on. */
async function clockFinding({ commands, host: { clock } }: Checked): Promise<Finding> {
  const before = clock.now();
  const { code, stdout, stderr } = await commands.answer(['date', '+%s.%N']);
  const theirs = Number(stdout.trim());
  if (code !== 0 || !Number.isFinite(theirs)) return { about: 'commands', verdict: 'bad', seen: `'date' can't be run: ${stderr.trim()}`, fix: "correct 'prefix'" };
  const apart = Math.abs(theirs * 1000 - (before + clock.now()) / 2) / 1000;
  const seen = `${apart.toFixed(1)} s between the broker and where commands run`;
  return apart <= mostSkew ? { about: 'clock', verdict: 'good', seen } : { about: 'clock', verdict: 'bad', seen, fix: 'synchronise both by NTP' };
}

/** Every account that is named in the configuration: known, not root, and the broker may act for it. */
async function accountFindings({ config: { accounts, remote }, commands }: Checked): Promise<readonly Finding[]> {
  return Promise.all(accounts.named.map(async (user): Promise<Finding> => {
    try {
      const uid = await numberOf(user, commands);
      const acting = remote.asUser.length === 0 ? String(uid) : (await commands.answer(['id', '-u'], { user })).stdout.trim();
      if (acting !== String(uid)) return { about: `account ${user}`, verdict: 'bad', seen: 'commands that should run as it do not', fix: `let the broker run commands as ${user} (sudo), or correct 'users.asUser'` };
      return { about: `account ${user}`, verdict: 'good', seen: 'the broker may act for it' };
    } catch (fault) {
      return { about: `account ${user}`, verdict: 'bad', seen: fault instanceof Error ? fault.message : String(fault), fix: `let the broker run commands as ${user} (sudo), or correct 'users'` };
    }
  }));
}
