/** What the contract is run on: something that speaks our API, with accounts and a clock that tests move. */
import { request } from 'undici';
import type { Instant } from '#model';
import { credentialsOf } from '../support/node.js';
import type { Json } from '../support/node.js';
import { documentedFault } from './documented.js';

export interface Served {
  readonly url: string;
  now(): Instant;
  /** Moves time on, with everything that becomes due on the way. */
  advance(duration: string): Promise<void>;
  /** Waits for what goes on behind answers. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** One implementation of the port. It has accounts alice and bob (users) and admin, one scripted platform of 16 cores, and starts at 2030-06-03T08:00Z. */
export interface Candidate { readonly name: string; start(): Promise<Served> }

/** Origin whose pages may read answers; every candidate is configured with it. */
export const portal = 'https://portal.example';

export interface Sent { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
export interface Answer { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly text: string; readonly body: Json }

/** Speaks as one account, `''` as nobody. Every answer is compared with the OpenAPI document. */
export class Caller {
  constructor(private readonly served: Served, private readonly name: string) {}

  async send(method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS', path: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await request(this.served.url + path, {
      method, headers: { accept: 'application/json', ...credentialsOf(this.name), ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const text = await answer.body.text();
    const type = String(answer.headers['content-type']);
    const seen = { status: answer.statusCode, headers: answer.headers, text, body: /json/.test(type) && text !== '' ? JSON.parse(text) as Json : undefined };
    const fault = documentedFault({ method, path, status: seen.status, type, body: seen.body });
    if (fault !== undefined) throw new Error(`${method} ${path}: ${fault}\n${text.slice(0, 2000)}`);
    return seen;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('GET', path, { headers });
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('POST', path, { headers, body });
  }

  /** The offer set that a request gets. */
  async ask(body: { build(): unknown }): Promise<Json> {
    const answer = await this.post('/requests', body.build());
    if (answer.status !== 303) throw new Error(`asked, and got ${answer.status}: ${answer.text}`);
    return answer.body;
  }

  toPhase(session: Json, value: string): Promise<Answer> {
    return this.post(`/sessions/${session.meta.uuid}`, { kind: 'uri:enum-value-update', path: 'phase', value });
  }

  async session(session: Json): Promise<Json> {
    return (await this.get(`/sessions/${session.meta.uuid}`)).body;
  }
}

/** Starts a candidate for one describe block; `as` gives callers once it runs. */
export interface Stage { as(name: string): Caller; readonly served: Served }
