/** A PostgreSQL of the machine's own packages, with its pg_dump and pg_restore, which must be of one version with the server. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.js';
import { until } from './replica.js';

const run = promisify(execFile);
/** Whoever runs the tests, or `nobody` for root, whom PostgreSQL refuses. */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Folder of the programs; undefined where this machine has none. */
export async function systemPostgres(): Promise<string | undefined> {
  try {
    const folder = (await run('pg_config', ['--bindir'])).stdout.trim();
    for (const program of ['initdb', 'postgres', 'pg_dump', 'pg_restore']) await run(join(folder, program), ['--version']);
    return folder;
  } catch {
    return undefined;
  }
}

export class SystemPostgres {
  private constructor(private readonly programs: string, readonly folder: string, private readonly child: ChildProcess, private readonly port: number) {}

  static async start(programs: string): Promise<SystemPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'eb-system-postgres-'));
    await chmod(folder, 0o755);
    const data = join(folder, 'data');
    await mkdir(data, { mode: 0o700 });
    if (account.uid !== undefined) await chown(data, account.uid, account.gid);
    await run(join(programs, 'initdb'), ['-D', data, '-U', 'broker', '--auth=trust', '--no-locale', '--encoding=UTF8'], { ...account, cwd: data });
    const port = await freePort();
    const child = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='], { ...account, cwd: data, stdio: 'ignore' });
    const server = new SystemPostgres(programs, folder, child, port);
    await until('the server answers', () => server.sql('select 1').then(() => true, () => false));
    return server;
  }

  url(database = 'postgres'): string {
    return `postgres://broker@127.0.0.1:${this.port}/${database}`;
  }

  async sql(text: string, database?: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client(this.url(database));
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async dump(database: string): Promise<string> {
    const file = join(this.folder, `${database}.dump`);
    await run(join(this.programs, 'pg_dump'), ['--format=custom', `--file=${file}`, `--dbname=${this.url(database)}`]);
    return file;
  }

  async restore(file: string, database: string): Promise<void> {
    await this.sql(`create database ${database}`);
    await run(join(this.programs, 'pg_restore'), ['--exit-on-error', `--dbname=${this.url(database)}`, file]);
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => { this.child.once('exit', () => { resolve(); }); });
    this.child.kill('SIGINT');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}
