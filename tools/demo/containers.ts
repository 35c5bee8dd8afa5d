/** Is there a container runtime, and an image with awk? Nothing is downloaded by us. */
import { execFile } from 'node:child_process';
import { cp, mkdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { spawn } from 'node:child_process';

const execute = promisify(execFile);
const ownImage = 'localhost/eb-demo-busybox';
/** Fetched by the broker, where neither the runtime nor this machine has a busybox. */
const publicImage = 'busybox:1.36';

/** A runtime that answers, at DOCKER_HOST or one of the usual sockets. */
export async function findRuntime(): Promise<Docker | undefined> {
  const usual = ['/var/run/docker.sock', '/run/podman/podman.sock', join(process.env['XDG_RUNTIME_DIR'] ?? '/run/user/0', 'podman/podman.sock')];
  const candidates = process.env['DOCKER_HOST'] === undefined ? usual.map((socketPath) => () => new Docker({ socketPath })) : [() => new Docker()];
  for (const make of candidates) {
    const docker = make();
    // A missing socket only means: try the next one.
    if (await docker.ping().then(() => true, () => false)) return docker;
  }
  return undefined;
}

export interface Image { readonly name: string; readonly origin: string; remove(): Promise<void> }

/** An image with busybox: one that is there, else one made of this machine's own static busybox, else a public one by name. */
export async function findImage(docker: Docker, folder: string): Promise<Image> {
  const keep = (): Promise<void> => Promise.resolve();
  const tags = (await docker.listImages()).flatMap((image) => image.RepoTags ?? []);
  const present = tags.find((tag) => /(^|\/)(eb-)?busybox(:|$)/.test(tag));
  if (present !== undefined) return { name: present, origin: 'there already', remove: keep };
  const busybox = await staticBusybox();
  if (busybox === undefined) return { name: publicImage, origin: 'fetched by the broker', remove: keep };
  await importImage(docker, busybox, join(folder, 'image'));
  return { name: `${ownImage}:latest`, origin: `made of ${busybox}`, remove: async () => { await docker.getImage(`${ownImage}:latest`).remove(); } };
}

async function staticBusybox(): Promise<string | undefined> {
  for (const path of ['/bin/busybox', '/usr/bin/busybox']) {
    const found = await stat(path).then(() => true, () => false);
    // ldd fails on what needs no libraries.
    if (found && await execute('ldd', [path]).then(() => false, () => true)) return path;
  }
  return undefined;
}

async function importImage(docker: Docker, busybox: string, folder: string): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  await cp(busybox, join(folder, 'bin/busybox'));
  for (const applet of ['sh', 'awk', 'sort', 'cat', 'sleep']) await symlink('busybox', join(folder, 'bin', applet));
  const tar = spawn('tar', ['-C', folder, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const progress = await docker.importImage(tar.stdout, { repo: ownImage });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error: Error | null) => { if (error === null) resolve(); else reject(error); });
  });
}
