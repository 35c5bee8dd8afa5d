/** Replicas of one node as processes of their own, on one database and one native world, to be frozen, killed and cut off. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

// Answers are read as clients read them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- wire documents are asserted on, not typed
type Json = any;
export interface ReplicaAnswer { readonly status: number; readonly body: Json }

const main = fileURLToPath(new URL('faulty-main.ts', import.meta.url));
const startLimit = 60_000;

/** Where replicas live: their configuration and their common native world. */
export class ReplicaGround {
  private readonly started = new Set<Replica>();

  private constructor(readonly folder: string, private readonly file: string) {}

  /** `config` is the node's configuration without what every replica here has: a port of its own, everybody welcome. */
  static async make(config: object): Promise<ReplicaGround> {
    const folder = await mkdtemp(join(tmpdir(), 'eb-replicas-'));
    const file = join(folder, 'node.json');
    await writeFile(file, JSON.stringify({ node: { name: 'n1' }, http: { port: 0 }, access: { anonymous: true }, ...config }));
    return new ReplicaGround(folder, file);
  }

  /** `fault` as faulty-main.ts reads it: where the process kills or freezes itself. */
  async start(databaseUrl: string, fault?: string): Promise<Replica> {
    const env = { PATH: process.env['PATH'], EB_CONFIG: this.file, EB_STATE: join(this.folder, 'state'), DATABASE_URL: databaseUrl };
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...(fault === undefined ? [] : [fault])], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const replica = new Replica(child);
    this.started.add(replica);
    await replica.listening();
    return replica;
  }

  async endAll(): Promise<void> {
    for (const replica of this.started) await replica.kill();
  }

  /** Ends every replica that still runs and removes what they shared. */
  async remove(): Promise<void> {
    await this.endAll();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export class Replica {
  private url = '';
  private said = '';
  private readonly ended: Promise<void>;

  constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => { child.once('exit', () => { resolve(); }); });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.said = (this.said + text).slice(-20_000); });
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What it has written to its log lately. */
  get log(): string {
    return this.said;
  }

  async listening(): Promise<void> {
    for (let waited = 0; waited < startLimit && this.url === ''; waited += 20) {
      this.url = /"url":"([^"]+)"/.exec(this.said)?.[1] ?? '';
      if (this.isOver) throw new Error(`the replica ended before it listened: ${this.said}`);
      await wait(20);
    }
    if (this.url === '') throw new Error(`the replica does not listen: ${this.said}`);
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  wake(): void {
    this.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (!this.isOver) this.child.kill('SIGKILL');
    await this.ended;
  }

  /** True while the process is stopped by a signal. */
  async isFrozen(): Promise<boolean> {
    const status = await readFile(`/proc/${this.child.pid ?? 0}/stat`, 'utf8').catch(() => '');
    return status.slice(status.lastIndexOf(')') + 2).startsWith('T');
  }

  /** `as`: the name and password of who calls; nobody, if left out. */
  async call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, { limit = 30_000, as }: { readonly limit?: number; readonly as?: string } = {}): Promise<ReplicaAnswer> {
    const known = as === undefined ? {} : { authorization: `Basic ${Buffer.from(as).toString('base64')}` };
    const answer = await request(this.url + path, {
      method, headers: { ...known, accept: 'application/json', 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headersTimeout: limit, bodyTimeout: limit,
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: String(answer.headers['content-type']).includes('json') && text !== '' ? JSON.parse(text) as Json : text };
  }

  /** Asks for offers and gives back their set; fails when there are none. */
  async ask(wish: object): Promise<Json> {
    const { status, body } = await this.call('POST', '/requests', wish);
    if (status !== 303 || body.result !== 'YES') throw new Error(`asked, and got ${status}: ${JSON.stringify(body).slice(0, 500)}`);
    return body;
  }

  update(uuid: string, phase: string, limit?: number): Promise<ReplicaAnswer> {
    return this.call('POST', `/sessions/${uuid}`, { kind: 'uri:enum-value-update', path: 'phase', value: phase }, limit === undefined ? {} : { limit });
  }

  /** The identifier of a session that was asked for and accepted. */
  async accepted(wish: object): Promise<string> {
    const set = await this.ask(wish);
    const uuid = String(set.offers[0].meta.uuid);
    const { status, body } = await this.update(uuid, 'ACCEPTED');
    if (status !== 200) throw new Error(`accepted, and got ${status}: ${JSON.stringify(body).slice(0, 500)}`);
    return uuid;
  }

  session(uuid: string): Promise<ReplicaAnswer> {
    return this.call('GET', `/sessions/${uuid}`);
  }
}

/** Looks until `found` finds something; gives up after `seconds`, long for a busy machine, with what was looked for. */
export async function until<T>(what: string, found: () => Promise<T | undefined | false>, seconds = 60): Promise<T> {
  for (let end = performance.now() + seconds * 1000; performance.now() < end;) {
    const seen = await found();
    if (seen !== undefined && seen !== false) return seen;
    await wait(50);
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}
