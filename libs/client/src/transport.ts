import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { ClientError, refusedCall, unreachable } from './client-error.js';

export interface Credentials { readonly user: string; readonly password: string }

export interface TransportOptions {
  /** Base URL; a path prefix is kept. */
  readonly url: string;
  readonly credentials?: Credentials;
  /** Headers that say who calls, made anew for each call. */
  readonly identify?: () => Promise<Readonly<Record<string, string>>>;
  /** Connections, for tests and proxies; undici's global one otherwise. */
  readonly dispatcher?: Dispatcher;
  /** Largest document that is read; larger ones are 'unreadable'. No limit when left out. */
  readonly mostBytes?: number;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** For streams: no limit to the silence between two pieces. */
  readonly endless?: boolean;
}

export interface Answer { readonly status: number; readonly location: string | undefined; readonly contentType: string; readonly text: string }

const connectionCodes = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH',
  'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT',
]);

/** True for faults of the connection, as against answers that we don't like. */
export function isConnectionFault(error: unknown): boolean {
  if (error instanceof ClientError) return error.fault === 'unreachable';
  return error instanceof Error && connectionCodes.has((error as NodeJS.ErrnoException).code ?? '');
}

/** One HTTP exchange at a time: headers, credentials, repeats of what may be repeated, and errors in our words. */
export class Transport {
  readonly url: string;
  private readonly again = retry(handleWhen(isConnectionFault), {
    maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 }),
  });

  constructor(private readonly options: TransportOptions) {
    this.url = options.url.replace(/\/+$/, '');
    if (!/^https?:\/\//.test(this.url)) {
      throw new ClientError('unreachable', `'${options.url}' is not an http or https address`, { hint: 'write for example http://127.0.0.1:8642' });
    }
  }

  /** The whole answer. Only GET, PUT and DELETE are repeated: a request that is sent twice makes two offer sets. */
  async exchange(call: Call): Promise<Answer> {
    const once = async (): Promise<Answer> => {
      const response = await this.open(call);
      const text = await this.read(response, call.signal);
      return {
        status: response.statusCode, location: header(response.headers['location']),
        contentType: header(response.headers['content-type']) ?? '', text,
      };
    };
    return call.method === 'POST' ? once() : this.again.execute(once);
  }

  /** As {@link exchange}; status 400 and more become errors. `what` begins the error's words. */
  async demand(call: Call, what: string): Promise<Answer> {
    const answer = await this.exchange(call);
    if (answer.status >= 400) throw refusedCall(answer.status, answer.text, what);
    return answer;
  }

  /** The pieces of a streamed answer. Breaks with `unreachable` when the connection does. */
  async* stream(call: Call, what: string): AsyncGenerator<Uint8Array> {
    const response = await this.open({ ...call, endless: true });
    if (response.statusCode >= 400) throw refusedCall(response.statusCode, await this.read(response), what);
    try {
      for await (const piece of response.body) yield piece as Uint8Array;
    } catch (cause) {
      if (call.signal?.aborted === true) throw call.signal.reason;
      throw unreachable(this.url, cause);
    }
  }

  private async open(call: Call): Promise<Dispatcher.ResponseData> {
    const { dispatcher, identify } = this.options;
    // Outside: to fail to say who one is means nothing about the broker.
    const headers = { ...this.headersOf(call), ...await identify?.() };
    try {
      return await request(this.url + call.path, {
        method: call.method,
        headers,
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        ...(call.signal ? { signal: call.signal } : {}),
        ...(call.endless === true ? { bodyTimeout: 0 } : {}),
        ...(dispatcher ? { dispatcher } : {}),
      });
    } catch (cause) {
      if (call.signal?.aborted === true) throw call.signal.reason;
      throw unreachable(this.url, cause);
    }
  }

  private async read({ body, statusCode }: Dispatcher.ResponseData, signal?: AbortSignal): Promise<string> {
    const { mostBytes = Infinity } = this.options;
    const pieces: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const piece of body as AsyncIterable<Uint8Array>) {
        length += piece.length;
        if (length > mostBytes) throw new ClientError('unreadable', `the answer is larger than ${mostBytes} bytes`, { status: statusCode });
        pieces.push(piece);
      }
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      throw cause instanceof ClientError ? cause : unreachable(this.url, cause);
    }
    return new TextDecoder().decode(Buffer.concat(pieces));
  }

  private headersOf(call: Call): Record<string, string> {
    const headers: Record<string, string> = { accept: call.accept ?? 'application/json', ...call.headers };
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    const { credentials } = this.options;
    if (credentials) headers['authorization'] = `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
    return headers;
  }
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
