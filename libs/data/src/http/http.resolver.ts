/** Data behind http and https URLs. */
import type { Clock, DataResource, Log, ResolvedData } from '#model';
import { BrokerError, kinds, reason } from '#model';
import type { DataResolver, DataResolverPlugin, Resolution } from '#plugin-sdk';
import { checksumOf } from '../checksum.js';
import { fileNameOf } from '../file-name.js';
import { limited, tooLarge } from '../size-limit.js';
import type { HttpConfig } from './config.js';
import { httpSchema, parseHttpConfig } from './config.js';
import { HttpClient } from './http.client.js';
import type { Answer, Ask, Token } from './http.client.js';

export const httpPlugin: DataResolverPlugin<HttpConfig> = {
  name: 'http',
  schema: httpSchema,
  parseConfig: parseHttpConfig,
  create: (config, host) => new HttpResolver(config, host),
};

/** What a look-up learned. `bytes` is absent when the server does not tell. */
type Seen = { readonly is: 'there'; readonly bytes?: number } | { readonly is: 'missing'; readonly status: number } | { readonly is: 'unclear'; readonly why: string };

class HttpResolver implements DataResolver {
  readonly kinds = [kinds.simpleData];
  private readonly client: HttpClient;

  constructor(private readonly config: HttpConfig, private readonly host: { readonly clock: Clock; readonly log: Log }) {
    this.client = new HttpClient(config);
  }

  claims(resource: DataResource): boolean {
    return resource.kind === kinds.simpleData && /^https?:/i.test(resource.location ?? '');
  }

  serviceOf({ location = '' }: DataResource): string | undefined {
    return this.client.serviceOf(location);
  }

  async resolve(resource: DataResource, token?: string): Promise<Resolution> {
    const location = resource.location ?? '';
    const { checksum, fault } = checksumOf(resource);
    const refusal = fault ?? this.client.refusal(location);
    if (refusal) return { found: false, reasons: [refusal] };
    try {
      return this.resolution(location, await this.lookUp(location, this.tokenFor(location, token)), checksum);
    } catch (refused) {
      if (refused instanceof BrokerError) return { found: false, reasons: refused.reasons };
      throw refused;
    }
  }

  async open(data: ResolvedData, signal: AbortSignal, token?: string): ReturnType<DataResolver['open']> {
    const location = data.locations[0] ?? '';
    const answer = await this.answerOf(location, { method: 'GET', signal, token: this.tokenFor(location, token) });
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw statusFault(location, answer.statusCode);
    }
    const bytes = lengthOf(answer);
    if (bytes !== undefined && bytes > this.config.maxBytes) {
      answer.body.destroy();
      throw new BrokerError('too-large', 'caller', [tooLarge(bytes, this.config.maxBytes)]);
    }
    const limit = limited(this.config.maxBytes);
    answer.body.on('error', (fault) => limit.destroy(fault));
    limit.on('close', () => answer.body.destroy());
    return { stream: answer.body.pipe(limit), ...(bytes === undefined ? {} : { bytes }) };
  }

  /** A name that is not found, a refused connection, a certificate: the source's trouble, which may pass. */
  private async answerOf(location: string, ask: Ask): Promise<Answer> {
    try {
      return await this.client.ask(location, ask);
    } catch (fault) {
      if (fault instanceof BrokerError || ask.signal.aborted) throw fault;
      const why = reason('data-unreachable', "'{location}' can't be reached: {fault}", { location, fault: wordsOf(fault) }, { path: 'location', level: 'ERROR' });
      throw new BrokerError('unavailable', 'time', [why], { cause: fault });
    }
  }

  private tokenFor(location: string, text: string | undefined): Token | undefined {
    const service = this.client.serviceOf(location);
    return service === undefined || text === undefined ? undefined : { service, text };
  }

  private resolution(location: string, seen: Seen, checksum: ResolvedData['checksum']): Resolution {
    if (seen.is === 'missing') {
      return { found: false, reasons: [reason('data-not-found', "'{location}' answers {status}", { location, status: seen.status }, { path: 'location' })] };
    }
    const bytes = seen.is === 'there' ? seen.bytes : undefined;
    if (bytes !== undefined && bytes > this.config.maxBytes) return { found: false, reasons: [tooLarge(bytes, this.config.maxBytes)] };
    const warning = seen.is === 'unclear'
      ? reason('data-unreachable-now', "'{location}' can't be looked up now ({why}); the time to bring it is a guess", { location, why: seen.why }, { path: 'location' })
      : reason('size-unknown', "the server of '{location}' does not tell its size; the time to bring it is a guess", { location }, { path: 'location', level: 'INFO' });
    const estimate = bytes === undefined ? this.config.defaultEstimate : Math.ceil((bytes / (this.config.bandwidth * 1024 ** 2)) * 1000);
    return {
      found: true, locations: [location], estimate, fileName: fileNameOf(new URL(location).pathname),
      warnings: bytes === undefined ? [warning] : [], ...(bytes === undefined ? {} : { bytes }), ...(checksum && { checksum }),
    };
  }

  /** HEAD, then a GET of one byte for servers that don't do HEAD or tell no length; within the look-up's time. */
  private async lookUp(location: string, token: Token | undefined): Promise<Seen> {
    const limit = new AbortController();
    const over = new AbortController();
    const guard = this.host.clock.sleep(this.config.lookUpTimeout, over.signal)
      .then(() => { limit.abort(new Error('no answer in time')); }, () => undefined);
    try {
      const by = { signal: limit.signal, token };
      const head = await this.headSize(location, by);
      return head ?? await this.firstByte(location, by);
    } catch (fault) {
      if (fault instanceof BrokerError) throw fault;
      this.host.log.debug('data look-up failed', { location, fault: String(fault) });
      return { is: 'unclear', why: wordsOf(fault) };
    } finally {
      over.abort();
      await guard;
    }
  }

  private async headSize(location: string, by: Pick<Ask, 'signal' | 'token'>): Promise<Seen | undefined> {
    const answer = await this.client.ask(location, { method: 'HEAD', ...by });
    await answer.body.dump();
    const bytes = lengthOf(answer);
    return answer.statusCode === 200 && bytes !== undefined ? { is: 'there', bytes } : undefined;
  }

  private async firstByte(location: string, by: Pick<Ask, 'signal' | 'token'>): Promise<Seen> {
    const answer = await this.client.ask(location, { method: 'GET', headers: { range: 'bytes=0-0' }, ...by });
    // Not read to its end: a server without ranges sends everything.
    answer.body.on('error', () => undefined).destroy();
    const { statusCode: status } = answer;
    if (status === 404 || status === 410) return { is: 'missing', status };
    const bytes = status === 206 ? totalOf(answer) : status === 200 ? lengthOf(answer) : undefined;
    if (status === 200 || status === 206) return bytes === undefined ? { is: 'there' } : { is: 'there', bytes };
    return status === 416 ? { is: 'there', bytes: 0 } : { is: 'unclear', why: `status ${status}` };
  }
}

/** Of several addresses that were all tried in vain, Node gives an error without a message. */
function wordsOf(fault: unknown): string {
  const { message, code } = fault as NodeJS.ErrnoException;
  return message === '' ? code ?? 'no connection' : message;
}

function lengthOf(answer: Answer): number | undefined {
  return wholeNumber(answer.headers['content-length']);
}

/** `Content-Range: bytes 0-0/1234`. */
function totalOf(answer: Answer): number | undefined {
  return wholeNumber(String(answer.headers['content-range'] ?? '').split('/')[1]);
}

function wholeNumber(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

function statusFault(location: string, status: number): BrokerError {
  const why = reason('data-refused', "'{location}' answers {status}", { location, status }, { path: 'location', level: 'ERROR' });
  if (passing.has(status)) return new BrokerError('unavailable', 'time', [why]);
  return new BrokerError(status === 404 || status === 410 ? 'not-found' : 'unavailable', 'caller', [why]);
}
