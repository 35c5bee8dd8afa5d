/** HTTP with the rules of this node: allowed hosts, public addresses, checked redirects, limits on waiting. */
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import type { Reason } from '#model';
import { BrokerError, reason } from '#model';
import { insideCode, isInside, publicLookup } from './addresses.js';
import type { HttpConfig } from './config.js';

export interface Ask { readonly method: 'GET' | 'HEAD'; readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal; readonly token?: Token | undefined }
/** A requester's token for a service; sent to its hosts only, and never in the clear. */
export interface Token { readonly service: string; readonly text: string }
export type Answer = Dispatcher.ResponseData;

const redirects = new Set([301, 302, 303, 307, 308]);

export class HttpClient {
  private readonly agent: Agent;
  private readonly hosts: readonly RegExp[];
  private readonly services: readonly { readonly service: string; readonly hosts: readonly RegExp[] }[];

  constructor(private readonly config: HttpConfig) {
    const lookup = config.allowPrivate ? {} : { lookup: publicLookup };
    this.agent = new Agent({ connect: { timeout: config.connectTimeout, ...lookup }, headersTimeout: config.idleTimeout, bodyTimeout: config.idleTimeout });
    this.hosts = config.allow.map(hostPattern);
    this.services = config.tokens.map(({ service, hosts }) => ({ service, hosts: hosts.map(hostPattern) }));
  }

  /** Why nothing is fetched from `location`; undefined when it may be. */
  refusal(location: string): Reason | undefined {
    if (!URL.canParse(location)) return reason('location-malformed', "'{location}' is not a URL", { location }, { path: 'location' });
    const url = new URL(location);
    const { protocol, hostname: host } = url;
    if (protocol !== 'http:' && protocol !== 'https:') return reason('scheme-refused', "data is not fetched by '{protocol}'", { protocol }, { path: 'location' });
    if (url.username !== '' || url.password !== '') return reason('location-malformed', 'a location must not hold credentials', {}, { path: 'location' });
    return this.hostRefusal(url, host);
  }

  private hostRefusal(url: URL, host: string): Reason | undefined {
    if (!this.hosts.some((pattern) => pattern.test(host))) return reason('host-refused', "this node does not fetch data from '{host}'", { host }, { path: 'location' });
    if (!this.config.allowPrivate && isInside(host)) return insideRefusal(host);
    if (this.serviceOf(url.href) !== undefined && !isSafe(url)) return reason('credential-unsafe', "'{host}' is sent a token, so it is asked by https only", { host }, { path: 'location' });
    return undefined;
  }

  /** The service whose tokens the host of `location` wants to see. */
  serviceOf(location: string): string | undefined {
    if (!URL.canParse(location)) return undefined;
    const { hostname } = new URL(location);
    return this.services.find(({ hosts }) => hosts.some((pattern) => pattern.test(hostname)))?.service;
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
      if (!URL.canParse(next, at)) {
        throw new BrokerError('unavailable', 'caller', [reason('redirects', "'{location}' redirects to '{next}', which is no URL", { location, next: next.slice(0, 200) }, { path: 'location' })]);
      }
      at = new URL(next, at).href;
    }
  }

  private async once(location: string, ask: Ask): Promise<Answer> {
    try {
      // Judged at every redirect: a host that is not the service's sees nothing of it.
      const isShown = ask.token !== undefined && this.serviceOf(location) === ask.token.service && isSafe(new URL(location));
      const headers = { 'accept-encoding': 'identity', 'user-agent': 'execution-broker', ...ask.headers, ...(isShown ? { authorization: `Bearer ${ask.token?.text ?? ''}` } : {}) };
      return await request(location, { dispatcher: this.agent, method: ask.method, headers, signal: ask.signal });
    } catch (fault) {
      if ((fault as NodeJS.ErrnoException).code === insideCode) throw new BrokerError('forbidden', 'caller', [insideRefusal(new URL(location).hostname)], { cause: fault });
      throw fault;
    }
  }
}

/** Encrypted, or on this machine. */
function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function insideRefusal(host: string): Reason {
  return reason('host-refused', "'{host}' is a private address, which this node does not fetch data from", { host }, { path: 'location' });
}

function hostPattern(pattern: string): RegExp {
  const escaped = pattern.toLowerCase().split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  return new RegExp(`^${escaped}$`);
}
