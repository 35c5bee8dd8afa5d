/** A TCP proxy between a node and its database, on loopback: slow, cut, or cut at the very moment of a commit. */
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export class TcpProxy {
  /** Milliseconds by which every piece comes later, each way. */
  delay = 0;
  /** When set, a connection on which these bytes are sent to the database is cut: before they go on, or as soon as an answer comes. */
  cutAt: { readonly text: string; readonly when: 'before' | 'after' } | undefined;
  /** How often that has happened. */
  cuts = 0;
  private readonly sockets = new Set<Socket>();
  private isOpen = true;

  private constructor(private readonly server: Server, private readonly target: URL) {}

  static async before(databaseUrl: string): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', resolve); });
    const proxy = new TcpProxy(server, new URL(databaseUrl));
    server.on('connection', (socket) => { proxy.join(socket); });
    return proxy;
  }

  /** The database's address by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    const address = this.server.address();
    url.port = String(typeof address === 'object' ? address?.port : '');
    return url.href;
  }

  /** Cuts all connections, and new ones at once, until it is opened again. */
  close(): void {
    this.isOpen = false;
    for (const socket of this.sockets) socket.destroy();
  }

  open(): void {
    this.isOpen = true;
  }

  async end(): Promise<void> {
    this.close();
    await new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
  }

  private join(client: Socket): void {
    const database = connect(Number(this.target.port), this.target.hostname);
    const both = [client, database];
    const cut = (): void => { for (const socket of both) socket.destroy(); };
    let isMarked = false;
    for (const socket of both) {
      this.sockets.add(socket);
      // What breaks one side ends the other: that is all a proxy can tell.
      socket.on('error', cut).on('close', () => { this.sockets.delete(socket); cut(); });
    }
    if (!this.isOpen) return cut();
    client.on('data', (piece) => {
      const isMeant = this.cutAt !== undefined && piece.includes(this.cutAt.text);
      if (isMeant) this.cuts += 1;
      if (isMeant && this.cutAt?.when === 'before') return cut();
      isMarked ||= isMeant;
      this.pass(piece, database);
    });
    // The answer to what was marked is the proof that the database has done it.
    database.on('data', (piece) => { if (isMarked) cut(); else this.pass(piece, client); });
  }

  private pass(piece: Buffer, to: Socket): void {
    if (this.delay === 0) to.write(piece);
    else setTimeout(() => { if (!to.destroyed) to.write(piece); }, this.delay);
  }
}
