/**
 * The operations that are called most are answered here, before Fastify and Nest, which do as much for each request as the rest of a
 * short answer costs. What they do is the controllers' own code; only finding the operation and reading the body is done again, and
 * that for plain calls alone: whatever is unusual about a request is left to Fastify, which serves the same operations.
 */
import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { UnreadBody } from '../body/unread-body.js';
import type { ApiReply, ApiRequest } from '../exchange.js';
import { isPlainType } from '../negotiation.js';
import { PlainReply, PlainRequest } from './plain-exchange.js';
import type { IdParams } from './plain-exchange.js';

/** An operation. The last part of its route may be `:uuid`. */
export interface FrontRoute {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  answer(request: ApiRequest<IdParams>, reply: ApiReply): Promise<void>;
  /** Asked before the body is read. False: it would be read in vain. */
  hasRoomFor?(connection: object): Promise<boolean>;
}

export type Around = <T>(headers: IncomingHttpHeaders, go: () => T) => T;

export interface FrontParts {
  readonly routes: readonly FrontRoute[];
  readonly bodyLimit: number;
  /** False once the server closes: Fastify knows what to say then. */
  isOpen(): boolean;
  /** Answers with the problem that an error is. */
  fail(error: unknown, request: ApiRequest, reply: ApiReply): Promise<void>;
  /** Answers a call of a route that has no room. */
  sendAway(request: ApiRequest, reply: ApiReply): void;
  /** What counts the answers of a route. */
  counterOf(url: string): (request: ApiRequest, reply: ApiReply) => void;
  /** What every answer says. */
  readonly dress?: ((request: ApiRequest, reply: ApiReply) => void) | undefined;
  /** Runs a call in surroundings that are made from its headers. */
  readonly around?: Around | undefined;
}

interface Known extends FrontRoute { readonly options: { readonly url: string }; count(request: ApiRequest, reply: ApiReply): void }
interface Found { readonly route: Known; readonly params: IdParams }

const id = ':uuid';
const idLength = 36;
const nobody: IdParams = { uuid: '' };

export class Front {
  private readonly whole = new Map<string, Found>();
  private readonly withId = new Map<string, Known>();

  constructor(private readonly parts: FrontParts) {
    for (const route of parts.routes) {
      const known: Known = { ...route, options: { url: route.url }, count: parts.counterOf(route.url) };
      const name = `${route.method} ${route.url}`;
      if (name.endsWith(id)) this.withId.set(name.slice(0, -id.length), known);
      else this.whole.set(name, { route: known, params: nobody });
    }
  }

  /** Answers a call, or gives false: then it is Fastify's. */
  takes(raw: IncomingMessage, response: ServerResponse): boolean {
    const found = this.find(`${raw.method ?? ''} ${raw.url ?? ''}`);
    if (!found || !this.isPlain(raw) || !this.parts.isOpen()) return false;
    void this.serve(found, raw, response);
    return true;
  }

  /** By the text of the call: what is spelled in another way, Fastify understands. */
  private find(name: string): Found | undefined {
    const whole = this.whole.get(name);
    if (whole) return whole;
    const route = this.withId.get(name.slice(0, -idLength));
    const uuid = name.slice(-idLength);
    return route && /^[\da-f-]+$/i.test(uuid) ? { route, params: { uuid } } : undefined;
  }

  private isPlain({ method, headers }: IncomingMessage): boolean {
    if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return false;
    const length = headers['content-length'];
    if (method === 'GET') return length === undefined;
    return length !== undefined && Number(length) > 0 && Number(length) <= this.parts.bodyLimit && isPlainType(headers['content-type']);
  }

  private async serve({ route, params }: Found, raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = new PlainRequest(raw, params, route.options);
    const reply = new PlainReply(response);
    try {
      this.parts.dress?.(request, reply);
      const { around } = this.parts;
      await (around ? around(raw.headers, () => this.answer(route, request, reply)) : this.answer(route, request, reply));
    } catch (error) {
      await this.parts.fail(error, request, reply);
    }
    route.count(request, reply);
  }

  private async answer(route: Known, request: PlainRequest, reply: PlainReply): Promise<void> {
    if (route.method === 'POST') {
      const { raw, headers } = request;
      if (route.hasRoomFor && !await route.hasRoomFor(raw.socket)) {
        this.parts.sendAway(request, reply);
        return;
      }
      request.body = new UnreadBody(await readWhole(raw), headers['content-type'], headers['content-encoding']);
    }
    await route.answer(request, reply);
  }
}

/** Node itself sees to it that a body is as long as it says. Of one whose client goes away, nothing is heard any more. */
function readWhole(raw: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    raw.on('data', (piece: Buffer) => { pieces.push(piece); });
    raw.on('end', () => { resolve(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)); });
  });
}
