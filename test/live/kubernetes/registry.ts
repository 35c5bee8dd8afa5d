/** A registry of images on loopback, as far as a cluster that pulls asks: one account, images made of the bed's own. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Account { readonly user: string; readonly password: string }
interface Served { readonly type: string; readonly body: Buffer }

const types = {
  index: 'application/vnd.oci.image.index.v1+json', manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json', layer: 'application/vnd.oci.image.layer.v1.tar',
};
const digestOf = (body: Buffer): string => `sha256:${createHash('sha256').update(body).digest('hex')}`;
const busyboxArchive = (member: string): Buffer => execFileSync('tar', ['-xOf', join(process.env.EB_BED_KUBERNETES ?? '', 'img/busybox.tar'), member], { maxBuffer: 2 ** 27 });

export class Registry {
  /** By the path that they are asked at. */
  private readonly served = new Map<string, Served>();
  private readonly server: Server;

  private constructor(private readonly account: Account | undefined) {
    this.server = createServer((asked, answer) => { this.answer(asked, answer); });
  }

  /** Without an account everybody may pull. */
  static async open(account?: Account): Promise<Registry> {
    const registry = new Registry(account);
    await new Promise<void>((resolve) => { registry.server.listen(0, '127.0.0.1', resolve); });
    return registry;
  }

  /** Where it is, as it stands before the slash of an image's name. */
  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Puts the bed's busybox there under this name, for processors that may be others than it was made for; gives its reference. */
  push(name: string, architecture = 'amd64'): string {
    const layer = busyboxArchive('l/layer.tar');
    const config = Buffer.from(JSON.stringify({ architecture, os: 'linux', config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] }, rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } }));
    const part = (type: string, body: Buffer) => ({ mediaType: type, digest: this.put(`/v2/${name}/blobs/`, { type, body }), size: body.length });
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.manifest, config: part(types.config, config), layers: [part(types.layer, layer)] }));
    const digest = this.put(`/v2/${name}/manifests/`, { type: types.manifest, body: manifest });
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: [{ mediaType: types.manifest, digest, size: manifest.length, platform: { os: 'linux', architecture } }] }));
    this.put(`/v2/${name}/manifests/`, { type: types.index, body: index });
    this.served.set(`/v2/${name}/manifests/1`, { type: types.index, body: index });
    return `${this.host}/${name}:1`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
  }

  private put(folder: string, served: Served): string {
    const digest = digestOf(served.body);
    this.served.set(folder + digest, served);
    return digest;
  }

  /** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull */
  private answer({ method, url = '', headers }: IncomingMessage, answer: ServerResponse): void {
    const refuse = (status: number, code: string): void => { answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ code }] })); };
    const { account } = this;
    if (account && headers.authorization !== `Basic ${Buffer.from(`${account.user}:${account.password}`).toString('base64')}`) {
      answer.setHeader('www-authenticate', 'Basic realm="bed"');
      return refuse(401, 'UNAUTHORIZED');
    }
    const found = this.served.get(url);
    if (found === undefined) return refuse(404, 'MANIFEST_UNKNOWN');
    answer.writeHead(200, { 'content-type': found.type, 'content-length': found.body.length, 'docker-content-digest': digestOf(found.body) });
    answer.end(method === 'HEAD' ? undefined : found.body);
  }
}
