/** The same calls without an aggregator: what the members and the sockets on this machine cost by themselves. */
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { timed } from '../booking/statistics.js';
import { aRequest, siteUrl } from './aggregate.js';

export interface BareFanout {
  /** Milliseconds until all have answered; they know the calls by this identifier. */
  ask(requestId: string): Promise<number>;
  stop(): Promise<void>;
}

/** Answers are read and thrown away. */
export function bareFanout(port: number, count: number): BareFanout {
  const dispatcher = new Agent({ keepAliveTimeout: 60_000 });
  const body = Buffer.from(JSON.stringify(aRequest(2)));
  const call = (site: number, headers: Readonly<Record<string, string>>): Promise<void> => new Promise((resolve, reject) => {
    dispatcher.dispatch({ origin: siteUrl(port, site), path: '/requests', method: 'POST', headers, body }, readerOf(resolve, reject));
  });
  return {
    ask: (requestId) => {
      const headers = { 'content-type': 'application/json', accept: 'application/json', 'eb-hops': 'bench', 'eb-request-id': requestId, 'eb-patience-ms': '4500' };
      return timed(() => Promise.all(Array.from({ length: count }, (_, site) => call(site, headers))));
    },
    stop: () => dispatcher.destroy(),
  };
}

function readerOf(resolve: () => void, reject: (error: Error) => void): Dispatcher.DispatchHandler {
  const pieces: Buffer[] = [];
  return {
    onRequestStart: () => undefined, onResponseStart: () => undefined,
    onResponseData: (_controller, piece) => { pieces.push(piece); },
    onResponseEnd: () => { resolve(); },
    onResponseError: (_controller, error) => { reject(error); },
  };
}
