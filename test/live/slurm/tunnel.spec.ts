/** A connector's description, followed: a real sshd as the login node, a real tunnel, an answer of the payload. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kinds } from '#model';
import { freePort } from '../../support/free-port.js';
import { aRequest } from '../../support/requests.js';
import { images, leftOf } from './bed.js';
import { accepted, minutes, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `tunnel-${process.pid}`;
const user = 'alice';

let folder: string;
let node: LiveNode;
let children: ChildProcess[];

beforeAll(async () => {
  children = [];
  folder = await mkdtemp('/run/eb-login-');
  const login = await startLogin();
  node = await startLiveNode(instance, { docker: { launcher: 'charliecloud', images: { 'bed/*': join(images, 'busybox') } }, waysIn: { location: `ssh://${user}@127.0.0.1:${login}/{host}:{port}{path}` } });
});
afterAll(async () => {
  for (const child of children) child.kill();
  await node.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A login node that lets the account in with its key, and hands on; its port. */
async function startLogin(): Promise<number> {
  for (const name of ['host', 'client']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  await copyFile(join(folder, 'client.pub'), join(folder, 'authorized'));
  for (const [path, mode] of [[folder, 0o755], [join(folder, 'authorized'), 0o644]] as const) await chmod(path, mode);
  // What sshd separates its privileges in; packages make it when they start it.
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  const config = [
    'ListenAddress 127.0.0.1', `Port ${port}`, `HostKey ${folder}/host`, `AuthorizedKeysFile ${folder}/authorized`, 'PidFile none', 'PasswordAuthentication no', 'UsePAM yes',
    `AllowUsers ${user}`, 'PermitTTY no', 'AllowTcpForwarding local',
  ];
  await writeFile(join(folder, 'sshd.conf'), `${config.join('\n')}\n`);
  children.push(spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd.conf')], { stdio: 'ignore' }));
  return port;
}

/** Opens what the location describes; the address that leads to the payload from here. */
async function throughTunnel(location: string): Promise<string> {
  const { username, hostname, port, pathname } = new URL(location);
  const [target = '', ...path] = pathname.slice(1).split('/');
  const here = await freePort();
  const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${folder}/known`, 'BatchMode=yes', 'ExitOnForwardFailure=yes', `ControlPath=${folder}/tunnel`].flatMap((option) => ['-o', option]);
  // A client that is master of its connection is in the foreground here, and tells over its socket when the tunnel stands.
  children.push(spawn('ssh', ['-F', 'none', '-i', join(folder, 'client'), '-M', '-N', '-L', `127.0.0.1:${here}:${target}`, ...options, '-p', port, `${username}@${hostname}`], { stdio: 'inherit' }));
  await expect.poll(() => existsSync(join(folder, 'tunnel')), { timeout: 60_000, interval: 100 }).toBe(true);
  return `http://127.0.0.1:${here}/${path.join('/')}`;
}

it('a payload answers through the tunnel that its connector describes, and no longer after its end', async () => {
  // Where the payload listens on its host.
  const innerPort = await freePort();
  const wish = aRequest().lasting(minutes).with({ executable: {
    kind: kinds.dockerContainer, image: { locations: ['bed/busybox:1'] }, command: ['/bin/httpd', '-f', '-p', String(innerPort), '-h', '/etc'],
    network: { ports: [{ access: true, internal: { port: innerPort }, protocol: 'HTTP', path: '/hosts' }] },
  } });
  const session = await accepted(node, wish);
  await untilIn(node, session, ['RUNNING']);
  const connector = async (): Promise<{ status: string; location: string } | undefined> => (await node.client.session(session)).body.connectors?.[0];
  await expect.poll(async () => (await connector())?.status, { timeout: 60_000, interval: 200 }).toBe('AVAILABLE');
  const address = await throughTunnel((await connector())?.location ?? '');
  expect(await (await fetch(address)).text()).toContain('localhost');
  expect((await node.client.update(session, 'CANCELLED')).status).toBe(200);
  await expect.poll(() => leftOf(instance, node.folder), { timeout: 60_000, interval: 500 }).toEqual([]);
  await expect(fetch(address)).rejects.toThrow('fetch failed');
}, 300_000);
