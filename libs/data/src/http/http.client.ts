/** HTTP with the rules of this node: allowed hosts, public addresses, checked redirects, limits on waiting. */
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import type { Reason } from '#model';
import { BrokerError, reason } from '#model';
import { insideCode, isInside, publicLookup } from './addresses.js';
import type { HttpConfig } from './config.js';

export interface Ask { readonly method: 'GET' | 'HEAD'; readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal }
export type Answer = Dispatcher.ResponseData;

const redirects = new Set([301, 302, 303, 307, 308]);

export class HttpClient {
  private readonly agent: Agent;
  private readonly hosts: readonly RegExp[];

  constructor(private readonly config: HttpConfig) {
    const lookup = config.allowPrivate ? {} : { lookup: publicLookup };
    this.agent = new Agent({ connect: { timeout: config.connectTimeout, ...lookup }, headersTimeout: config.idleTimeout, bodyTimeout: config.idleTimeout });
    this.hosts = config.allow.map(hostPattern);
  }

  /** Why nothing is fetched from `location`; undefined when it may be. */
  refusal(location: string): Reason | undefined {
    if (!URL.canParse(location)) return reason('location-malformed', "'{location}' is not a URL", { location }, { path: 'location' });
    const url = new URL(location);
    const { protocol, hostname: host } = url;
    if (protocol !== 'http:' && protocol !== 'https:') return reason('scheme-refused', "data is not fetched by '{protocol}'", { protocol }, { path: 'location' });
    if (url.username !== '' || url.password !== '') return reason('location-malformed', 'a location must not hold credentials', {}, { path: 'location' });
    if (!this.hosts.some((pattern) => pattern.test(host))) return reason('host-refused', "this node does not fetch data from '{host}'", { host }, { path: 'location' });
    if (!this.config.allowPrivate && isInside(host)) return insideRefusal(host);
    return undefined;
  }

  /** Follows redirects, each checked like the first location. Throws BrokerError 'forbidden' for what is refused, and transport errors as they come. */
  async ask(location: string, ask: Ask): Promise<Answer> {
    let at = location;
    for (let hops = 0; ; hops++) {
      const refusal = this.refusal(at);
      if (refusal) throw new BrokerError('forbidden', 'caller', [refusal]);
      const answer = await this.once(at, ask);
      const next = answer.headers.location;
      if (!redirects.has(answer.statusCode) || typeof next !== 'string') return answer;
      await answer.body.dump();
      if (hops >= this.config.maxRedirects) {
        throw new BrokerError('unavailable', 'caller', [reason('redirects', "'{location}' redirects more than {most} times", { location, most: this.config.maxRedirects }, { path: 'location' })]);
      }
      at = new URL(next, at).href;
    }
  }

  private async once(location: string, ask: Ask): Promise<Answer> {
    try {
      const headers = { 'accept-encoding': 'identity', 'user-agent': 'execution-broker', ...ask.headers };
      return await request(location, { dispatcher: this.agent, method: ask.method, headers, signal: ask.signal });
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code === insideCode) throw new BrokerError('forbidden', 'caller', [insideRefusal(new URL(location).hostname)], { cause: fault });
      throw fault;
    }
  }
}

function insideRefusal(host: string): Reason {
  return reason('host-refused', "'{host}' is a private address, which this node does not fetch data from", { host }, { path: 'location' });
}

function hostPattern(pattern: string): RegExp {
  const escaped = pattern.toLowerCase().split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  return new RegExp(`^${escaped}$`);
}
