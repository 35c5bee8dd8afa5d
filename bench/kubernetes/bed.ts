/** A control plane on this machine (`test/beds/kubernetes`, as root), and a bare client that does no more than it must. */
import { execFile } from 'node:child_process';
import { readFile, writeFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { inParallel } from '../node/process.js';
import type { Json } from '../node/process.js';

const scripts = fileURLToPath(new URL('../../test/beds/kubernetes', import.meta.url));
const run = promisify(execFile);
export const workers = 16;
export const namespace = 'eb-bench';
export const kwokNodes = 5;
/** Headers of a connection, which end with it. */
const ofThisWay: ReadonlySet<string> = new Set(['host', 'connection', 'transfer-encoding', 'content-length']);

export class Bed {
  /** Requests that came through the counting way. */
  counted = 0;

  private constructor(readonly kubeconfig: string, private readonly server: string, private readonly agent: Agent, private readonly folder: string) {}

  static async start(): Promise<Bed> {
    const { stdout } = await run('bash', [join(scripts, 'bed.sh'), 'start']);
    const kubeconfig = /^KUBECONFIG=(.*)$/m.exec(stdout)?.[1] ?? '';
    const config = parse(await readFile(kubeconfig, 'utf8')) as Json;
    const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
    const { 'client-certificate-data': cert, 'client-key-data': key } = config.users[0].user;
    const [trusted, own, secret] = [ca, cert, key].map((text: string) => Buffer.from(text, 'base64').toString());
    const agent = new Agent({ connections: 64, connect: { ca: trusted ?? '', cert: own ?? '', key: secret ?? '' } });
    const bed = new Bed(kubeconfig, server as string, agent, await mkdtemp(join(tmpdir(), 'eb-bench-kubernetes-')));
    await bed.ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    await run('bash', [join(scripts, 'bed.sh'), 'kwok']);
    await run('bash', [join(scripts, 'mknodes.sh'), String(kwokNodes), '64', '256Gi']);
    return bed;
  }

  async stop(): Promise<void> {
    // Watches that were passed on may still be open.
    await this.agent.destroy();
    await run('bash', [join(scripts, 'bed.sh'), 'stop']);
    await rm(this.folder, { recursive: true, force: true });
  }

  async ask(method: 'GET' | 'POST' | 'DELETE' | 'PATCH', path: string, body?: unknown): Promise<Json> {
    const answer = await request(this.server + path, { method, dispatcher: this.agent, headers: { accept: 'application/json', 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Json;
  }

  /** Nodes that are objects only: no kubelet, real or pretended, keeps them, and who would find that out is ended before. */
  async invent(count: number): Promise<void> {
    process.kill(Number(await readFile(join(this.kubeconfig, '../../run/kcm.pid'), 'utf8')));
    const size = { cpu: '64', memory: '256Gi', pods: '500' };
    await inParallel(Array.from({ length: count }, (_, index) => `invented${index}`), workers, async (name) => {
      await this.ask('POST', '/api/v1/nodes', {
        metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', type: 'invented' } },
        status: { capacity: size, allocatable: size, conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date().toISOString(), lastTransitionTime: new Date().toISOString(), reason: 'Invented', message: '' }] },
      });
    });
  }

  /** A kubeconfig that leads through a counter. */
  async counting(): Promise<{ readonly kubeconfig: string; close(): Promise<void> }> {
    const server = createServer((asked, answer) => {
      this.counted += 1;
      const headers = Object.fromEntries(Object.entries(asked.headers).filter(([name]) => !ofThisWay.has(name)));
      const hasBody = asked.method !== 'GET';
      request(this.server + (asked.url ?? ''), { method: (asked.method ?? 'GET') as 'GET', dispatcher: this.agent, headers, bodyTimeout: 0, ...(hasBody ? { body: asked } : {}) }).then((got) => {
        answer.writeHead(got.statusCode, { 'content-type': String(got.headers['content-type'] ?? 'application/json') });
        got.body.on('error', () => { answer.destroy(); }).pipe(answer);
      }, () => { answer.destroy(); });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const kubeconfig = join(this.folder, 'counting.json');
    await writeFile(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'bed', cluster: { server: url, 'insecure-skip-tls-verify': true } }], users: [{ name: 'nobody', user: {} }], contexts: [{ name: 'bed', context: { cluster: 'bed', user: 'nobody' } }], 'current-context': 'bed' }));
    return { kubeconfig, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => { resolve(); }); }) };
  }
}
