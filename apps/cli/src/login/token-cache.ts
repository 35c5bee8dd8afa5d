/** Logins at issuers, in `$XDG_CONFIG_HOME/eb/logins.json`, readable by the user only. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WireLoginClient } from '#client';
import { contextsPath } from '../contexts.js';
import { UsageError } from '../exit.js';

export interface Login {
  readonly client: WireLoginClient;
  readonly accessToken: string;
  /** Milliseconds; left out: the issuer does not say. */
  readonly expires?: number;
  readonly refreshToken?: string;
  /** What the issuer gave, where it is exchanged for the token that the broker takes. */
  readonly subjectToken?: string;
}

type Logins = Readonly<Record<string, Login>>;

/** Two people at one broker have two contexts. */
export function loginKey(url: string, context: string | undefined): string {
  return context === undefined ? url.replace(/\/+$/, '') : `${context} ${url.replace(/\/+$/, '')}`;
}

export class TokenCache {
  private readonly path: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.path = join(dirname(contextsPath(env)), 'logins.json');
  }

  async find(key: string): Promise<Login | undefined> {
    return (await this.read())[key];
  }

  async keep(key: string, login: Login): Promise<void> {
    await this.write({ ...await this.read(), [key]: login });
  }

  /** False when there was none. */
  async forget(key: string): Promise<boolean> {
    const logins = await this.read();
    if (!(key in logins)) return false;
    await this.write(Object.fromEntries(Object.entries(logins).filter(([other]) => other !== key)));
    return true;
  }

  private async read(): Promise<Logins> {
    try {
      return JSON.parse(await readFile(this.path, 'utf8')) as Logins;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw new UsageError(`can't read ${this.path}: ${error instanceof Error ? error.message : String(error)}`, 'remove the file and log in again');
    }
  }

  /** Replaced in one step, mode 0600 from its first byte on. */
  private async write(logins: Logins): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const fresh = `${this.path}.${process.pid}`;
    await writeFile(fresh, JSON.stringify(logins, null, 2), { mode: 0o600 });
    await rename(fresh, this.path);
  }
}
