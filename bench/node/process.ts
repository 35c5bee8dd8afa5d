/** A node as operators run it: a process of its own, on a fresh PostgreSQL, measured from outside. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { testDatabase } from '#persistence/testing';
import { programArguments } from '../../tools/run/built.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startLimit = 60_000;
const ticksPerSecond = 100;

// Answers are read as clients read them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- wire documents are measured, not typed
export type Json = any;
export interface Reply { readonly status: number; readonly body: Json; readonly milliseconds: number }

export class BenchNode {
  private url = '';
  private said = '';
  private readonly agent = new Agent({ connections: 512 });

  private constructor(private readonly child: ChildProcess, readonly databaseUrl: string, private readonly clean: () => Promise<void>) {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.said = (this.said + text).slice(-20_000); });
  }

  /** Everybody is welcome at it, unless `config` says otherwise. */
  static async start(config: object): Promise<BenchNode> {
    const database = await testDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'eb-bench-'));
    await writeFile(join(folder, 'node.json'), JSON.stringify({ node: { name: 'bench' }, http: { port: 0, defaultMediaType: 'application/json' }, access: { anonymous: true }, ...config }));
    const env = { PATH: process.env['PATH'], EB_CONFIG: join(folder, 'node.json'), EB_STATE: join(folder, 'state'), DATABASE_URL: database.url };
    const child = spawn(process.execPath, programArguments('apps/broker/src/main'), { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
    const node = new BenchNode(child, database.url, async () => {
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    });
    await node.listening();
    return node;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => { this.child.once('exit', resolve); });
    this.child.kill('SIGTERM');
    await ended;
    await this.agent.close();
    await this.clean();
  }

  async call(method: 'GET' | 'POST', path: string, body?: unknown, more: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const began = performance.now();
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await request(this.url + path, { method, dispatcher: this.agent, headers: { accept: 'application/json', 'content-type': 'application/json', ...more }, ...sent });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text === '' ? undefined : JSON.parse(text) as Json, milliseconds: performance.now() - began };
  }

  /** Asks and accepts the first offer. */
  async book(body: unknown): Promise<Json> {
    const asked = await this.call('POST', '/direct', body);
    if (asked.status !== 303) throw new Error(`not booked: ${asked.status} ${JSON.stringify(asked.body).slice(0, 500)}`);
    return asked.body;
  }

  accept(offer: Json): Promise<Reply> {
    return this.call('POST', `/sessions/${offer.meta.uuid}`, { kind: 'uri:enum-value-update', path: 'phase', value: 'ACCEPTED' });
  }

  /** Processor seconds that the process has used. */
  cpuSeconds(): Promise<number> {
    return cpuSeconds(this.child.pid);
  }

  /** Memory of the process in MB. */
  async memory(): Promise<number> {
    return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${this.child.pid}/status`, 'utf8'))?.[1]) / 1024;
  }

  private async listening(): Promise<void> {
    for (let waited = 0; waited < startLimit; waited += 20) {
      this.url = /"url":"([^"]+)"/.exec(this.said)?.[1] ?? '';
      if (this.url !== '') return;
      if (this.child.exitCode !== null) break;
      await wait(20);
    }
    throw new Error(`the node does not listen: ${this.said}`);
  }
}

/** Processor seconds that a process has used. */
export async function cpuSeconds(pid: number | undefined): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** A scripted platform with room for everything, and short spans. */
export function scripted(more: object = {}): object {
  return { platforms: [{ name: 'stage', type: 'scripted', pools: { main: { cores: 100_000, memory: 400_000, storage: 1_000_000 } }, executables: ['scripted'], behaviour: { run: 'PT1H' } }], ...more };
}

export const scriptedKind = 'urn:execution-broker:kind:executable:scripted';

/** The value below which `part` of the values lie. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Lets `count` workers take tasks until there are none left. */
export async function inParallel<T>(tasks: readonly T[], count: number, work: (task: T) => Promise<void>): Promise<void> {
  const queue = [...tasks];
  await Promise.all(Array.from({ length: count }, async () => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await work(task);
  }));
}
