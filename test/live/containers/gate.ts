import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A socket in front of the runtime's that can be shut, so that the runtime is away for one platform and for nobody else. */
export class Gate {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  private constructor(private readonly target: string, readonly path: string) {}

  static async before(target: string): Promise<Gate> {
    const gate = new Gate(target, join(await mkdtemp(join(tmpdir(), 'eb-gate-')), 'runtime.sock'));
    await gate.open();
    return gate;
  }

  async open(): Promise<void> {
    const server = createServer((near) => { this.join(near, connect(this.target)); });
    this.server = server;
    await new Promise<void>((resolve) => { server.listen(this.path, resolve); });
  }

  async shut(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
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
