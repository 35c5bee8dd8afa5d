/** Serves named files on loopback, as any archive would over HTTP, and tells their checksums. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';

export interface Served { readonly url: string; readonly sha256: string; readonly bytes: number }
export interface DataServer { file(name: string): Served; close(): Promise<void> }

export async function serveFiles(paths: readonly string[]): Promise<DataServer> {
  const contents = new Map(await Promise.all(paths.map(async (path) => [basename(path), await readFile(path)] as const)));
  const server = createServer((request, response) => {
    const content = contents.get((request.url ?? '').slice(1));
    if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': content.length, 'content-type': 'application/octet-stream' }).end(request.method === 'HEAD' ? undefined : content);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  return {
    file: (name) => {
      const content = contents.get(name);
      if (content === undefined) throw new Error(`${name} is not served`);
      return { url: `http://127.0.0.1:${port}/${name}`, sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
    },
  };
}
