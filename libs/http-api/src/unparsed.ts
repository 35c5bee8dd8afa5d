/** What Node's parser refuses is no request yet, so it is answered on the bare socket. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Schemas } from '#openapi';
import { answer } from './problem.js';

/** For the event `clientError`: a problem document, and the end of the connection. */
export function answerUnparsed(fault: NodeJS.ErrnoException, socket: Duplex): void {
  if (fault.code !== 'ECONNRESET' && socket.writable) {
    const { status, problem } = judge(fault);
    const text = JSON.stringify(problem);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
  }
  socket.destroy(fault);
}

function judge(fault: NodeJS.ErrnoException): { readonly status: number; readonly problem: Schemas['Problem'] } {
  if (fault.code === 'HPE_HEADER_OVERFLOW') return unnamed(431, 'the address and the headers are longer than this node reads; send shorter ones');
  if (fault.code === 'ERR_HTTP_REQUEST_TIMEOUT') return unnamed(408, 'the request did not come in time; send it again, faster');
  return answer('malformed', { detail: `this is no HTTP request: ${fault.message}; speak HTTP/1.1 here, without TLS` });
}

function unnamed(status: number, detail: string): { readonly status: number; readonly problem: Schemas['Problem'] } {
  return { status, problem: { type: 'about:blank', title: STATUS_CODES[status] ?? 'The request is refused', status, detail } };
}
