/** The way to one API server: who we are (kubeconfig, or the service account of the pod we run in), and connections that are kept. */
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, request } from 'undici';
import type { ConnectionConfig } from '../config.js';
import type { NativeAnswer, NativeRequest } from './transport.js';

/** An answer that has not begun after this is not waited for any longer. */
const answerTimeout = 30_000;
/** Servers send bookmarks every minute; a stream that is silent for longer is dead. */
const silenceTimeout = 90_000;

export class Connection {
  private loading: Promise<KubeConfig> | undefined;
  private agent: { readonly key: string; readonly agent: Agent } | undefined;

  constructor(private readonly config: ConnectionConfig) {}

  /** Who is not known any more may have new credentials on disk: these are read anew, once. */
  async send(request: NativeRequest): Promise<NativeAnswer> {
    const answer = await this.sendOnce(request);
    if (answer.status !== 401) return answer;
    await drained(answer.body);
    this.loading = undefined;
    return this.sendOnce(request);
  }

  private async sendOnce({ method, path, body, contentType = 'application/json', signal, endless = false }: NativeRequest): Promise<NativeAnswer> {
    const { server, dispatcher, headers } = await this.identify();
    const answer = await request(server + path, {
      method, dispatcher, headersTimeout: answerTimeout, bodyTimeout: endless ? silenceTimeout : answerTimeout,
      headers: { accept: 'application/json', 'user-agent': 'execution-broker', ...headers, ...(body === undefined ? {} : { 'content-type': contentType }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal === undefined ? {} : { signal }),
    });
    const { 'retry-after': retryAfter, date } = answer.headers;
    return { status: answer.statusCode, body: answer.body, ...(typeof retryAfter === 'string' ? { retryAfter } : {}), ...(typeof date === 'string' ? { date } : {}) };
  }

  /** For what needs a web socket. */
  kubeConfig(): Promise<KubeConfig> {
    this.loading ??= this.load().catch((fault: unknown) => { this.loading = undefined; throw fault; });
    return this.loading;
  }

  async server(): Promise<string> {
    return (await this.kubeConfig()).getCurrentCluster()?.server ?? '';
  }

  async close(): Promise<void> {
    await this.agent?.agent.destroy();
  }

  /** Loaded when first used: the client library is large, and most nodes have no Kubernetes. */
  private async load(): Promise<KubeConfig> {
    const library = await import('@kubernetes/client-node');
    const kube = new library.KubeConfig();
    if (this.config.kubeconfig === undefined) kube.loadFromCluster();
    else kube.loadFromFile(this.config.kubeconfig);
    if (this.config.context !== undefined) kube.setCurrentContext(this.config.context);
    return kube;
  }

  /** Tokens and certificates are read for every request, as they are renewed on disk while we run. */
  private async identify(): Promise<{ readonly server: string; readonly dispatcher: Agent; readonly headers: Record<string, string> }> {
    const kube = await this.kubeConfig();
    const options: RequestOptions = { headers: {} };
    await kube.applyToHTTPSOptions(options);
    options.agent = undefined;
    const headers = Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]));
    if (typeof options.auth === 'string') headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    return { server: kube.getCurrentCluster()?.server.replace(/\/$/, '') ?? '', dispatcher: this.agentFor(options), headers };
  }

  private agentFor({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): Agent {
    const known = [ca, cert, key, servername, rejectUnauthorized].map(String).join('\n');
    if (this.agent?.key !== known) {
      const connect = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), ...(servername ? { servername } : {}), ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }) };
      this.agent = { key: known, agent: new Agent({ connect: connect as NonNullable<Agent.Options['connect']>, connections: 64, pipelining: 1 }) };
    }
    return this.agent.agent;
  }
}

/** So that its connection can be used again. */
async function drained(body: AsyncIterable<Uint8Array>): Promise<void> {
  const pieces = body[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}
