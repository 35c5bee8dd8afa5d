/** A control plane on this machine (`test/beds/kubernetes`, as root), and a bare client that does no more than it must. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import type { Json } from '../node/process.js';

const scripts = fileURLToPath(new URL('../../test/beds/kubernetes', import.meta.url));
const run = promisify(execFile);
export const workers = 16;
export const namespace = 'eb-bench';
const pretendedNodes = 5;

export class Bed {
  private constructor(readonly kubeconfig: string, private readonly server: string, private readonly agent: Agent) {}

  static async start(): Promise<Bed> {
    const { stdout } = await run('bash', [join(scripts, 'bed.sh'), 'start']);
    const kubeconfig = /^KUBECONFIG=(.*)$/m.exec(stdout)?.[1] ?? '';
    const config = parse(await readFile(kubeconfig, 'utf8')) as Json;
    const { server, 'certificate-authority-data': ca } = config.clusters[0].cluster;
    const { 'client-certificate-data': cert, 'client-key-data': key } = config.users[0].user;
    const [trusted, own, secret] = [ca, cert, key].map((text: string) => Buffer.from(text, 'base64').toString());
    const agent = new Agent({ connections: 64, connect: { ca: trusted ?? '', cert: own ?? '', key: secret ?? '' } });
    const bed = new Bed(kubeconfig, server as string, agent);
    await bed.ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    await run('bash', [join(scripts, 'bed.sh'), 'kwok']);
    await run('bash', [join(scripts, 'mknodes.sh'), String(pretendedNodes), '64', '256Gi']);
    return bed;
  }

  async stop(): Promise<void> {
    await this.agent.close();
    await run('bash', [join(scripts, 'bed.sh'), 'stop']);
  }

  async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Json> {
    const answer = await request(this.server + path, { method, dispatcher: this.agent, headers: { accept: 'application/json', 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Json;
  }
}
