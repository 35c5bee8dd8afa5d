/**
 * As much of an HTTP/1.1 server as a stand-in needs whose client is ours: one call after the other on a connection, bodies with a length. A thousand stand-ins share
 * a process; node:http would take more time for each call than the client that is measured.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export interface LightCall {
  readonly path: string;
  readonly host: string;
  /** Of the aggregator's header; empty without it. */
  readonly requestId: string;
  readonly body: string;
}

/** Calls back with the JSON of the answer, at once or later. */
export type Answering = (call: LightCall, send: (text: string) => void) => void;

const headEnd = Buffer.from('\r\n\r\n');

export function lightServer(answering: Answering): Server {
  return createServer({ noDelay: true }, (socket) => {
    let unread: Buffer = Buffer.alloc(0);
    socket.on('data', (piece) => {
      unread = unread.length === 0 ? piece : Buffer.concat([unread, piece]);
      const call = readCall(unread);
      if (!call) return;
      unread = Buffer.alloc(0);
      answering(call, (text) => { write(socket, text); });
    });
    // Clients go when they like.
    socket.on('error', () => { socket.destroy(); });
  });
}

/** Undefined while it has not come whole. */
function readCall(bytes: Buffer): LightCall | undefined {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const from = end + headEnd.length;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  if (bytes.length < from + length) return undefined;
  return {
    path: head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/')), host: /\r\nhost: *([^\r:]+)/i.exec(head)?.[1] ?? '',
    requestId: /\r\neb-request-id: *([^\r]+)/i.exec(head)?.[1] ?? '', body: bytes.toString('utf8', from, from + length),
  };
}

function write(socket: Socket, text: string): void {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nkeep-alive: timeout=60\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}
