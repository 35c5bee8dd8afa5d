import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { separateAdministration } from './admin-listener.js';

export interface ListenAt {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** A listener for /admin alone. */
  readonly admin?: { readonly host: string; readonly port: number };
}

export interface Listening {
  /** Where it listens, with the port that it really has. */
  readonly url: string;
  readonly adminUrl?: string;
  /** Ends open streams, waits for answers. */
  close(): Promise<void>;
}

/** Opens the application's listeners. */
export async function listen(app: NestFastifyApplication, { host, port, admin }: ListenAt): Promise<Listening> {
  const separate = admin && separateAdministration(app);
  await app.listen(port, host);
  const url = urlOf(app.getHttpServer() as Server, host);
  if (!separate) return { url, close: () => app.close() };
  try {
    const server = await separate.open(admin);
    return { url, adminUrl: urlOf(server, admin.host), close: async () => { await Promise.all([closed(server), app.close()]); } };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => { resolve(); });
    server.closeIdleConnections();
  });
}
