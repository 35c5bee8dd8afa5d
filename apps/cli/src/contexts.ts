/** Contexts: several brokers by name, in `$XDG_CONFIG_HOME/eb/contexts.yaml`, readable by the user only. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { UsageError } from './exit.js';

/** A password lies here only when it was put here on purpose; a file or an environment variable is the better place. */
export interface Context {
  readonly url: string;
  readonly user?: string;
  readonly password?: string | { readonly env: string } | { readonly file: string };
}

export interface Contexts { readonly current?: string; readonly contexts: Readonly<Record<string, Context>> }

export function contextsPath(env: Readonly<Record<string, string | undefined>>): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'eb', 'contexts.yaml');
}

export async function readContexts(path: string): Promise<Contexts> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new UsageError(`can't read ${path}: ${error.message}`);
  });
  const document = parse(text) as Partial<Contexts> | null;
  return { ...document, contexts: document?.contexts ?? {} };
}

/** Replaces the file in one step, mode 0600 from its first byte on. */
export async function writeContexts(path: string, contexts: Contexts): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, stringify(contexts), { mode: 0o600 });
  await rename(fresh, path);
}

/** The password of a context, from wherever it says. */
export async function passwordOf(context: Context, env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const { password } = context;
  if (password === undefined || typeof password === 'string') return password;
  if ('env' in password) return env[password.env];
  return (await readSecretFile(password.file)).trimEnd();
}

export function readSecretFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`can't read the password file ${path}: ${error.code ?? error.message}`);
  });
}
