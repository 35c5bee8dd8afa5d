/** One member over HTTP: bounded answers, no redirects to elsewhere, faults as ClientError. What it says is not judged here. */
import type { Dispatcher } from 'undici';
import { ClientError, refusedCall } from '#client';
import { isUuid } from '#model';
import type { Milliseconds, Update } from '#model';
import { isBounded } from '../reading/bounded.js';
import type { Deadlines } from './deadlines.js';
import { exchange, placeOf } from './exchange.js';
import type { Answer, Place } from './exchange.js';
import type { Limit } from './limit.js';
import type { Actor, Member } from '../members/member.js';
import { fieldsOf, textOf } from '../reading/read-fields.js';

export interface Line {
  /** Shared by all members. */
  readonly dispatcher: Dispatcher;
  readonly deadlines: Deadlines;
  /** Limit of one call that is not an ask. */
  readonly callWithin: Milliseconds;
}

/** A document that nobody has judged, and the text that it was read from. */
export interface Asked { readonly document: unknown; readonly text: string }

interface Wish { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string | Buffer; readonly headers?: Readonly<Record<string, string>> }

/** A thousand members are called for one request: their addresses are read once. */
const places = new WeakMap<Member, Place>();

export class MemberConnection {
  private readonly place: Place;

  constructor(private readonly member: Member, private readonly line: Line, private readonly actor: Actor | undefined) {
    this.place = places.get(member) ?? rootOf(member.url);
    places.set(member, this.place);
  }

  /** The offer set's document, and its text. Sent once only: a second time makes a second set. `said`: the request as JSON; `headers`: all of them, {@link jsonHeaders} too. */
  async ask(said: Buffer, headers: Readonly<Record<string, string>>, limit: Limit): Promise<Asked> {
    const answer = await this.exchange({ method: 'POST', path: '/requests', body: said, headers }, limit);
    const document = answer.text.trimStart().startsWith('{') ? parse(answer) : undefined;
    if (typeof document === 'object' && document !== null && 'result' in document) return { document, text: answer.text };
    // v1.0 servers may answer 303 without the set. Only the identifier counts: it is fetched here and nowhere else.
    const uuid = answer.location.replace(/[?#].*$/, '').split('/').at(-1)?.toLowerCase() ?? '';
    if (!isUuid(uuid)) throw new ClientError('unreadable', 'neither an offer set nor a way to one', { status: answer.status });
    const set = await this.exchange({ method: 'GET', path: `/offersets/${uuid}` }, limit);
    return { document: parse(set), text: set.text };
  }

  async session(uuid: string): Promise<unknown> {
    return ofSession(uuid, parse(await this.within((limit) => this.exchange({ method: 'GET', path: `/sessions/${uuid}` }, limit))));
  }

  get(path: string): Promise<unknown> {
    return this.within(async (limit) => ofSomeDepth(parse(await this.exchange({ method: 'GET', path }, limit))));
  }

  /** Undefined when the member says that it is as it was. */
  async getIfChanged(path: string, tag: string | undefined): Promise<{ readonly document: unknown; readonly tag: string | undefined } | undefined> {
    const headers = tag === undefined ? readHeaders : { ...readHeaders, 'if-none-match': tag };
    const answer = await this.within((limit) => this.exchange({ method: 'GET', path, headers }, limit));
    return answer.status === 304 ? undefined : { document: parse(answer), tag: answer.tag };
  }

  /** What the member answered, which need not show the change: foreign ones answer 200 to what they refuse. */
  async update(uuid: string, update: Update): Promise<unknown> {
    const answer = await this.within((limit) =>
      this.exchange({ method: 'POST', path: `/sessions/${uuid}`, body: JSON.stringify(wireUpdate(update)) }, limit));
    return answer.text.trim() === '' || answer.status === 303 ? this.session(uuid) : ofSession(uuid, parse(answer));
  }

  /** Tells that an offer is not wanted. What is answered says nothing more. */
  async reject(uuid: string): Promise<void> {
    await this.within((limit) => this.exchange({ method: 'POST', path: `/sessions/${uuid}`, body: rejection }, limit));
  }

  private within<T>(work: (limit: Limit) => Promise<T>): Promise<T> {
    return this.line.deadlines.within(this.line.callWithin, work);
  }

  private async exchange({ method, path, body, headers = body === undefined ? readHeaders : jsonHeaders }: Wish, limit: Limit): Promise<Answer> {
    const identity = await this.identity();
    const { origin, path: root } = this.place;
    const sent = Object.keys(identity).length === 0 ? headers : { ...headers, ...identity };
    const answer = await exchange(this.line.dispatcher, { origin, path: root + path, method, headers: sent, ...(body === undefined ? {} : { body }) }, limit);
    if (answer.status >= 400) throw this.refused(answer);
    return answer;
  }

  private refused({ status, text }: Answer): ClientError {
    const error = refusedCall(status, text, this.member.name);
    return error.problem === undefined || isBounded(error.problem) ? error : refusedCall(status, '', this.member.name);
  }

  private async identity(): Promise<Readonly<Record<string, string>>> {
    try {
      return await this.member.identify(this.actor);
    } catch (cause) {
      if (cause instanceof ClientError) throw cause;
      throw new ClientError('unreachable', 'no answer', { cause });
    }
  }
}

const json = 'application/json';
const readHeaders = { accept: json } as const;
/** Of a call that has a body. */
export const jsonHeaders = { accept: json, 'content-type': json } as const;

/** Paths are written behind it. */
function rootOf(url: string): Place {
  const { origin, path } = placeOf(url);
  return { origin, path: path.replace(/\/+$/, '') };
}

function parse({ status, text }: Answer): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ClientError('unreadable', 'the answer is not JSON', { status, cause });
  }
}

/** Reports may be long; what is nested without end can't be gone through. */
function ofSomeDepth(document: unknown): unknown {
  if (!isBounded(document, Number.MAX_SAFE_INTEGER)) throw new ClientError('unreadable', 'the answer is nested too deeply');
  return document;
}

/** What is told of another session says nothing of this one. */
function ofSession(uuid: string, document: unknown): unknown {
  const told = textOf(fieldsOf(fieldsOf(document)['meta'])['uuid']) ?? uuid;
  if (told.toLowerCase() !== uuid) throw new ClientError('unreadable', 'the answer is about another session');
  return document;
}

export function wireUpdate(update: Update): unknown {
  const { kind, ...rest } = update;
  return { kind: kind === 'delta' ? 'uri:integer-delta-update' : `uri:${kind}-value-update`, ...rest };
}

const rejection = Buffer.from(JSON.stringify(wireUpdate({ kind: 'enum', path: 'phase', value: 'REJECTED' })));
