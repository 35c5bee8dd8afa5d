/** Request and answer of a call that comes by the front: node's own, with as little around them as can be. */
import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { UnreadBody } from '../body/unread-body.js';
import type { ApiReply, ApiRequest } from '../exchange.js';

export interface IdParams { readonly uuid: string }

export class PlainRequest implements ApiRequest<IdParams> {
  readonly is404 = false;
  body: UnreadBody | undefined;

  constructor(readonly raw: IncomingMessage, readonly params: IdParams, readonly routeOptions: { readonly url: string }) {}

  get method(): string {
    return this.raw.method ?? '';
  }

  get url(): string {
    return this.raw.url ?? '';
  }

  get headers(): IncomingMessage['headers'] {
    return this.raw.headers;
  }

  get host(): string {
    return this.raw.headers.host ?? '';
  }

  get protocol(): 'http' | 'https' {
    return (this.raw.socket as Partial<TLSSocket>).encrypted ? 'https' : 'http';
  }
}

export class PlainReply implements ApiReply {
  sent = false;
  statusCode = 200;
  private readonly began = performance.now();
  private readonly headers: Record<string, string | number> = {};

  constructor(private readonly raw: ServerResponse) {}

  get elapsedTime(): number {
    return performance.now() - this.began;
  }

  code(status: number): this {
    this.statusCode = status;
    return this;
  }

  hasHeader(name: string): boolean {
    return this.headers[name] !== undefined;
  }

  header(name: string, value: string): this {
    this.headers[name] = value;
    return this;
  }

  removeHeader(name: string): this {
    delete this.headers[name];
    return this;
  }

  /** Headers and text leave in one piece. Text of ASCII, as nearly all of ours is, is copied and not encoded. */
  send(text?: string): void {
    this.sent = true;
    if (text === undefined) {
      this.raw.writeHead(this.statusCode, this.headers).end();
      return;
    }
    const length = Buffer.byteLength(text);
    this.headers['content-length'] = length;
    this.raw.writeHead(this.statusCode, this.headers).end(text, length === text.length ? 'latin1' : 'utf8');
  }
}
