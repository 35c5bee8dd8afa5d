import type { Clock } from '#model';
import { isAborted, pause } from './follow-session.js';
import { isConnectionFault } from './transport.js';
import type { Transport } from './transport.js';

export interface LogOptions { readonly follow?: boolean; readonly signal?: AbortSignal }

const reconnectAfter = 1_000;
const mostAttempts = 60;

/**
 * The payload's output in pieces. The server sends it from its beginning each time, so after a broken connection what was
 * delivered before is skipped.
 */
export async function* followLog(transport: Transport, clock: Clock, uuid: string, options: LogOptions): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let delivered = 0;
  for (let attempts = 0; !isAborted(options.signal); attempts += 1) {
    try {
      let seen = 0;
      for await (const piece of open(transport, uuid, options)) {
        const fresh = piece.subarray(Math.max(0, delivered - seen));
        seen += piece.length;
        if (fresh.length === 0) continue;
        delivered += fresh.length;
        attempts = 0;
        yield decoder.decode(fresh, { stream: true });
      }
      return;
    } catch (error) {
      if (isAborted(options.signal)) return;
      if (!isConnectionFault(error) || options.follow !== true || attempts >= mostAttempts) throw error;
    }
    await pause(clock, reconnectAfter, options.signal);
  }
}

function open(transport: Transport, uuid: string, options: LogOptions): AsyncIterable<Uint8Array> {
  const path = `/sessions/${uuid}/logs${options.follow === true ? '?follow=true' : ''}`;
  return transport.stream({ method: 'GET', path, accept: 'text/plain', ...(options.signal ? { signal: options.signal } : {}) }, `log of ${uuid}`);
}
