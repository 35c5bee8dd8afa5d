/** A small v1.0 server in this process, as scripted by a test: with our additions, or plain v1.0 as foreign servers are. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: unknown; readonly form?: Readonly<Record<string, string>> }
export type Reply = (seen: Seen, response: ServerResponse) => void;

/** Routes by `METHOD /path` (without query); the first reply is used up first, the last one stays. */
export class FakeBroker {
  readonly seen: Seen[] = [];
  private readonly replies = new Map<string, Reply[]>();
  private readonly server: Server = createServer((incoming, response) => { this.serve(incoming, response); });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  on(route: string, ...replies: readonly Reply[]): this {
    this.replies.set(route, [...replies]);
    return this;
  }

  calls(route: string): readonly Seen[] {
    return this.seen.filter((seen) => `${seen.method} ${seen.path.replace(/\?.*/, '')}` === route);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => { this.server.close(() => { resolve(); }); });
  }

  private serve(incoming: IncomingMessage, response: ServerResponse): void {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => { pieces.push(piece); });
    incoming.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      const seen: Seen = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, ...readBody(text, incoming.headers['content-type']) };
      this.seen.push(seen);
      const replies = this.replies.get(`${seen.method} ${seen.path.replace(/\?.*/, '')}`) ?? [];
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      (reply ?? problem(404, 'no such thing'))(seen, response);
    });
  }
}

function readBody(text: string, type = ''): Pick<Seen, 'body' | 'form'> {
  if (type.startsWith('application/x-www-form-urlencoded')) return { body: undefined, form: Object.fromEntries(new URLSearchParams(text)) };
  return { body: text === '' ? undefined : JSON.parse(text) };
}

export function json(status: number, document: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return (_seen, response) => { response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(document)); };
}

export function problem(status: number, detail: string, more: Readonly<Record<string, unknown>> = {}): Reply {
  return (_seen, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ title: 'Problem', status, detail, ...more }));
  };
}

export function text(body: string, type = 'text/plain'): Reply {
  return (_seen, response) => { response.writeHead(200, { 'content-type': type }).end(body); };
}

/** Sends the pieces, then breaks the connection. */
export function broken(body: string, type: string): Reply {
  return (_seen, response) => {
    response.writeHead(200, { 'content-type': type });
    response.write(body, () => { response.destroy(); });
  };
}

/** Breaks the connection without an answer. */
export const hangUp: Reply = (_seen, response) => { response.destroy(); };

export function sse(number: number, event: Readonly<Record<string, unknown>>): string {
  return `id: ${number}\nevent: ${String(event['kind'])}\ndata: ${JSON.stringify({ number, at: '2030-06-03T09:00:00Z', ...event })}\n\n`;
}
