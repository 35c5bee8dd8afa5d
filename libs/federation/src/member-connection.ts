/** One member over HTTP: bounded answers, no redirects to elsewhere, faults as ClientError. What it says is not judged here. */
import { request as send } from 'undici';
import type { Dispatcher } from 'undici';
import { ClientError, refusedCall } from '#client';
import { isUuid } from '#model';
import type { Clock, Milliseconds, Update } from '#model';
import type { Actor, Member } from './member.js';
import { fieldsOf, textOf } from './read-fields.js';
import { readText } from './read-text.js';
import { within } from './within.js';

export interface Line {
  /** Shared by all members. */
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** Limit of one call that is not an ask. */
  readonly callWithin: Milliseconds;
}

/** A document that nobody has judged, and the text that it was read from. */
export interface Asked { readonly document: unknown; readonly text: string }

interface Call { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
interface Answer { readonly status: number; readonly location: string; readonly tag: string | undefined; readonly text: string }

export class MemberConnection {
  private readonly url: string;

  constructor(private readonly member: Member, private readonly line: Line, private readonly actor: Actor | undefined) {
    this.url = member.url.replace(/\/+$/, '');
  }

  /** The offer set's document, and its text. Sent once only: a second time makes a second set. `said`: the request as JSON. */
  async ask(said: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Asked> {
    const answer = await this.exchange({ method: 'POST', path: '/requests', body: said, headers }, signal);
    const document = answer.text.trimStart().startsWith('{') ? parse(answer) : undefined;
    if (typeof document === 'object' && document !== null && 'result' in document) return { document, text: answer.text };
    // v1.0 servers may answer 303 without the set. Only the identifier counts: it is fetched here and nowhere else.
    const uuid = answer.location.replace(/[?#].*$/, '').split('/').at(-1)?.toLowerCase() ?? '';
    if (!isUuid(uuid)) throw new ClientError('unreadable', 'neither an offer set nor a way to one', { status: answer.status });
    const set = await this.exchange({ method: 'GET', path: `/offersets/${uuid}` }, signal);
    return { document: parse(set), text: set.text };
  }

  async session(uuid: string): Promise<unknown> {
    return ofSession(uuid, await this.get(`/sessions/${uuid}`));
  }

  get(path: string): Promise<unknown> {
    return within(this.line.clock, this.line.callWithin, async (signal) => parse(await this.exchange({ method: 'GET', path }, signal)));
  }

  /** Undefined when the member says that it is as it was. */
  async getIfChanged(path: string, tag: string | undefined): Promise<{ readonly document: unknown; readonly tag: string | undefined } | undefined> {
    const headers = tag === undefined ? {} : { 'if-none-match': tag };
    const answer = await within(this.line.clock, this.line.callWithin, (signal) => this.exchange({ method: 'GET', path, headers }, signal));
    return answer.status === 304 ? undefined : { document: parse(answer), tag: answer.tag };
  }

  /** What the member answered, which need not show the change: foreign ones answer 200 to what they refuse. */
  async update(uuid: string, update: Update): Promise<unknown> {
    const answer = await within(this.line.clock, this.line.callWithin, (signal) =>
      this.exchange({ method: 'POST', path: `/sessions/${uuid}`, body: JSON.stringify(wireUpdate(update)) }, signal));
    return answer.text.trim() === '' || answer.status === 303 ? this.session(uuid) : ofSession(uuid, parse(answer));
  }

  private async exchange(call: Call, signal: AbortSignal): Promise<Answer> {
    try {
      const identity = await this.member.identify(this.actor);
      const response = await send(this.url + call.path, {
        method: call.method, signal, dispatcher: this.line.dispatcher,
        headers: {
          accept: 'application/json', ...call.headers, ...identity, ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: call.body }),
      });
      const text = await readText(response.body);
      if (response.statusCode >= 400) throw refusedCall(response.statusCode, text, this.member.name);
      return { status: response.statusCode, location: headerOf(response, 'location') ?? '', tag: headerOf(response, 'etag'), text };
    } catch (cause) {
      if (cause instanceof ClientError) throw cause;
      throw signal.aborted ? signal.reason : new ClientError('unreachable', 'no answer', { cause });
    }
  }
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  return [headers[name] ?? []].flat()[0];
}

function parse({ status, text }: Answer): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ClientError('unreadable', 'the answer is not JSON', { status, cause });
  }
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
