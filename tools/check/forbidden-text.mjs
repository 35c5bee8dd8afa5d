/** Files that are committed must fit every machine: no path of this one, and no host that packages happen to come from. */
import { readFileSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execute } from '../run/execute.mjs';
import { root } from '../run/prepare.mjs';

/** Hosts of public registries; the one that this machine uses is added. Put together so that this file passes its own check. */
const publicHosts = [['registry', 'npmjs', 'org'], ['registry', 'yarnpkg', 'com'], ['files', 'pythonhosted', 'org']].map((parts) => parts.join('.'));
const homes = ['home', 'Users'].map((folder) => `/${folder}/`);

/** Lines that name a forbidden text, as `file:line: text`; undefined when there are none. */
export async function findForbiddenText() {
  const listing = await execute('git', ['ls-files', '-z']);
  if (listing.code !== 0) return `git ls-files failed: ${listing.text}`;
  const registry = await execute('npm', ['config', 'get', 'registry'], { shell: process.platform === 'win32' });
  const texts = forbiddenTexts({ root, home: homedir(), siblings: siblingsOf(root), registry: registry.text });
  const faults = listing.text.split('\0').filter((file) => file !== '').flatMap((file) => faultsIn(file, texts));
  return faults.length === 0 ? undefined : faults.join('\n');
}

/** The texts that no file may hold on this machine. */
export function forbiddenTexts(machine) {
  const host = /https?:\/\/([^/\s]+)/.exec(machine.registry)?.[1];
  const isUsable = (path) => path !== undefined && path.length > 1;
  return [machine.root, ...machine.siblings, ...(isUsable(machine.home) ? [`${machine.home}/`] : []), ...homes, ...publicHosts, ...(isUsable(host) ? [host] : [])]
    .filter(isUsable);
}

/** Lines of `text` that hold one of the texts. Homes count only where a person's folder follows. */
export function findIn(file, text, forbidden) {
  return text.split('\n').flatMap((line, index) => {
    const found = forbidden.find((each) => (homes.includes(each) ? isHome(line, each) : line.includes(each)));
    return found === undefined ? [] : [`${file}:${index + 1}: ${found}`];
  });
}

function isHome(line, home) {
  return new RegExp(`(?<![\\w.-])${home}[a-z]`, 'i').test(line);
}

function faultsIn(file, texts) {
  const text = readTracked(file);
  return text === undefined || text.includes('\0') ? [] : findIn(file, text, texts);
}

/** A file that was deleted but not yet committed has no text. */
function readTracked(file) {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined;
    throw error;
  }
}

/** None where the checkout lies among the system's temporary files: any test may name one that happens to be there. */
function siblingsOf(folder) {
  const parent = dirname(folder);
  if (parent === dirname(parent) || parent === tmpdir()) return [];
  return readdirSync(parent).map((name) => join(parent, name)).filter((path) => path !== folder);
}
