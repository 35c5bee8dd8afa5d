/**
 * One call over HTTP with a bounded answer, straight on undici's dispatcher: its `request` makes a stream and a signal for each call,
 * which for documents of some kilobytes costs more than all the rest.
 */
import type { Dispatcher } from 'undici';
import { ClientError } from '#client';
import type { Limit, Underway } from './limit.js';

export interface Place { readonly origin: string; readonly path: string }

export interface Call extends Place {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Answer { readonly status: number; readonly location: string; readonly tag: string | undefined; readonly text: string }

/** Largest document that we read of anybody. */
export const mostBytes = 8 * 2 ** 20;

export function placeOf(url: string): Place {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}

/** The limit of the call stands for undici's own, which would be set anew twice in each. */
const noTimers = { headersTimeout: 0, bodyTimeout: 0 } as const;

/** Redirects are answers too. Throws ClientError: 'unreachable', or 'unreadable' for an answer that is too long. */
export function exchange(dispatcher: Dispatcher, call: Call, limit: Limit): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { origin, path, method, headers, body } = call;
    dispatcher.dispatch({ ...noTimers, origin, path, method, headers, ...(body === undefined ? {} : { body }) }, new Exchange({ resolve, reject, limit }));
  });
}

interface Ends { resolve(answer: Answer): void; reject(error: Error): void; readonly limit: Limit }

class Exchange implements Dispatcher.DispatchHandler, Underway {
  private controller: Dispatcher.DispatchController | undefined;
  private stopped: Error | undefined;
  private readonly pieces: Buffer[] = [];
  private length = 0;
  private status = 0;
  private headers: NodeJS.Dict<string | string[]> = {};

  constructor(private readonly ends: Ends) {
    ends.limit.onEnd(this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.stopped) controller.abort(this.stopped);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: NodeJS.Dict<string | string[]>): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.length += piece.length;
    if (this.length > mostBytes) this.stop(new ClientError('unreadable', `the answer is larger than ${mostBytes} bytes`));
    else this.pieces.push(piece);
  }

  onResponseEnd(): void {
    const { status, headers, pieces } = this;
    const text = (pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)).toString('utf8');
    this.ends.limit.forget(this);
    this.ends.resolve({ status, location: textOf(headers['location']) ?? '', tag: textOf(headers['etag']), text });
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.ends.limit.forget(this);
    this.ends.reject(this.stopped ?? new ClientError('unreachable', 'no answer', { cause }));
  }

  /** Ends it now; a call that has not begun yet ends when it does. */
  stop(why: Error): void {
    this.stopped = why;
    this.ends.reject(why);
    this.controller?.abort(why);
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
