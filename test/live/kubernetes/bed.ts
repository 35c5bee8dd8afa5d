/** What the live specs share: a configuration for the bed, a namespace of their own, a gate before the API server, and its administrator. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executable } from '#model';
import { kinds } from '#model';
import { testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { systemClock } from '#runtime';

export const kubeconfig = process.env.KUBECONFIG ?? '';
const bin = process.env.EB_BED_KUBERNETES_BIN ?? '';
if (process.env.EB_BED_KUBERNETES === undefined) throw new Error('the bed is not up; run: npm run test:live -- kubernetes');

/** As the administrator of the cluster. */
export function kubectl(...argv: readonly string[]): string {
  return execFileSync(join(bin, 'kubectl'), argv, { encoding: 'utf8', env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ['pipe', 'pipe', 'pipe'] });
}

export function applied(manifest: unknown, namespace?: string): void {
  const where = namespace === undefined ? [] : ['-n', namespace];
  execFileSync(join(bin, 'kubectl'), [...where, 'apply', '-f', '-'], { input: JSON.stringify(manifest), env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ['pipe', 'pipe', 'pipe'] });
}

export function makeNamespace(name: string): void {
  kubectl('create', 'namespace', name);
}

/** Its objects go on their own. */
export function dropNamespace(name: string): void {
  kubectl('delete', 'namespace', name, '--wait=false', '--ignore-not-found');
}

/** Runs a program of the bed, with what it reads; gives what it prints. */
export function bedTool(name: 'kubectl' | 'helm', argv: readonly string[], input = ''): string {
  return execFileSync(join(bin, name), argv, { encoding: 'utf8', input, env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A kubeconfig for a service account, as a broker of its own has it. */
export function accountConfig(namespace: string, account: string, token = kubectl('-n', namespace, 'create', 'token', account, '--duration=1h').trim()): string {
  const path = join(mkdtempSync(join(tmpdir(), 'eb-kube-')), 'config');
  writeFileSync(path, readFileSync(kubeconfig, 'utf8').replace(/^users:.*$/m, `users: [{name: admin, user: {token: "${token}"}}]`));
  return path;
}

export const busybox = 'bed.local/busybox:1';

export function bedConfig(namespace: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    kubeconfig, namespace, capacity: 'shared', pools: [{ name: 'cpu', hosts: [{ name: 'node1', cores: 2, memory: 8 }] }],
    hold: { image: busybox }, security: { user: 65_534 }, storage: [{ class: 'hostpath', size: 20 }], stager: { image: busybox, user: 0 },
    notebook: { image: 'bed.local/notebook:1', command: ['/bin/notebook', '{port}', '{folder}'], folder: '/work' },
    stopGrace: 'PT2S', patience: 'PT10S', pullEstimate: 'PT10S', ...more,
  };
}

export const container = (...command: readonly string[]): Executable => ({ kind: kinds.dockerContainer, image: { locations: [busybox] }, command });
export const sh = (text: string, more: Partial<Executable> = {}): Executable => ({ ...container('/bin/sh', '-c', text), ...more });

export function bedHost(instance: string, data: ReadonlyMap<string, Uint8Array> = new Map()): Promise<TestHost> {
  return testHost({ clock: systemClock, instance, data });
}

const owned = 'jobs,pods,services,secrets,persistentvolumeclaims,configmaps,ingresses';

/** Everything of an instance that is still there. */
export function leftOf(namespace: string, instance: string): readonly string[] {
  return kubectl('-n', namespace, 'get', owned, '-l', `execution-broker/instance=${instance},execution-broker/session`, '-o', 'name').split('\n').filter((line) => line !== '');
}

/** Stands before the API server, so that it can be away for one platform and for nobody else; counts connections' requests no further. */
export class Gate {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  /** A kubeconfig that leads through this gate. */
  async open(): Promise<string> {
    const server = createServer((near) => { this.join(near, connect(6443, '127.0.0.1')); });
    this.server = server;
    await new Promise<void>((resolve) => { server.listen(this.port, '127.0.0.1', resolve); });
    this.port = (server.address() as AddressInfo).port;
    const path = join(mkdtempSync(join(tmpdir(), 'eb-kube-')), 'config');
    writeFileSync(path, readFileSync(kubeconfig, 'utf8').replace('127.0.0.1:6443', `127.0.0.1:${this.port}`));
    return path;
  }

  async shut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.cut();
    if (server) await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  }

  /** Every connection breaks off; new ones are let through. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private join(near: Socket, far: Socket): void {
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.sockets.add(socket);
      // A broken side takes the other along; that is all there is to do about it.
      socket.on('error', () => { other.destroy(); });
      socket.on('close', () => { other.destroy(); this.sockets.delete(socket); });
      socket.pipe(other);
    }
  }
}
