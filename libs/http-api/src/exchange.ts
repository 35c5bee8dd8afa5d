/** What operations need of a request and of its answer: Fastify's have it, and so have those of calls that come by the front. */
import type { FastifyRequest } from 'fastify';

export interface ApiRequest<Params = unknown> extends Pick<FastifyRequest, 'method' | 'url' | 'headers' | 'raw' | 'protocol' | 'host' | 'is404'> {
  readonly params: Params;
  /** An UnreadBody, where there is one. */
  readonly body: unknown;
  readonly routeOptions: { readonly url?: string | undefined };
}

export interface ApiReply {
  readonly sent: boolean;
  readonly statusCode: number;
  /** Milliseconds since the request came. */
  readonly elapsedTime: number;
  code(status: number): ApiReply;
  hasHeader(name: string): boolean;
  header(name: string, value: string): ApiReply;
  removeHeader(name: string): ApiReply;
  send(text?: string): unknown;
}
