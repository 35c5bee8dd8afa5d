/** Tokens of an authorization server: our own (client credentials), or in exchange for a requester's (RFC 8693). Kept until shortly before they expire. */
import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import { ClientError } from '#client';
import type { Clock, Instant, Milliseconds } from '#model';
import { exchange, placeOf } from '../calling/exchange.js';
import { within } from '../calling/limit.js';
import { fieldsOf, textOf } from '../reading/read-fields.js';

export interface TokenClient {
  /** Where tokens are given out; or the issuer, whose metadata says where. */
  readonly server: { readonly tokenUrl: string } | { readonly issuer: string };
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  readonly audience?: string;
}

export interface TokenParts { readonly dispatcher: Dispatcher; readonly clock: Clock; readonly within: Milliseconds }

interface Token { readonly text: string; readonly until: Instant }

/** So much earlier than it expires a token is not used any more. */
const spare: Milliseconds = 30_000;
const unsaid: Milliseconds = 60_000;
const mostKept = 1_000;

export class TokenSource {
  private readonly tokens = new Map<string, Promise<Token>>();
  private tokenUrl: Promise<string> | undefined;

  constructor(private readonly client: TokenClient, private readonly parts: TokenParts) {}

  /** A token of our own. */
  own(): Promise<string> {
    return this.kept('', { grant_type: 'client_credentials' });
  }

  /** One for the same person, made for the member; the requester's own token goes to nobody but the authorization server. */
  exchanged(bearer: string): Promise<string> {
    return this.kept(createHash('sha256').update(bearer).digest('base64url'), {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: bearer, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
  }

  private async kept(key: string, grant: Readonly<Record<string, string>>): Promise<string> {
    const known = this.tokens.get(key);
    if (known) {
      const token = await known;
      if (token.until > this.parts.clock.now()) return token.text;
    }
    const fetched = this.tokens.get(key) === known ? this.fetch(key, grant) : this.tokens.get(key) ?? this.fetch(key, grant);
    return (await fetched).text;
  }

  private fetch(key: string, grant: Readonly<Record<string, string>>): Promise<Token> {
    const token = this.ask(grant);
    this.tokens.delete(key);
    this.tokens.set(key, token);
    const [oldest] = this.tokens.keys();
    if (this.tokens.size > mostKept && oldest !== undefined) this.tokens.delete(oldest);
    // What failed is not kept; whoever waits for it is told.
    token.catch(() => { if (this.tokens.get(key) === token) this.tokens.delete(key); });
    return token;
  }

  private async ask(grant: Readonly<Record<string, string>>): Promise<Token> {
    const { clientId, clientSecret, scope, audience } = this.client;
    const url = await this.whereTokensAre();
    const form = new URLSearchParams({ ...grant, ...(scope === undefined ? {} : { scope }), ...(audience === undefined ? {} : { audience }) });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}` };
    const { clock } = this.parts;
    const answer = fieldsOf(await this.call(url, { method: 'POST', headers, body: form.toString() }));
    const text = textOf(answer['access_token']);
    if (text === undefined || text === '') throw new ClientError('unreadable', 'the authorization server sent no access token');
    const length = Number(answer['expires_in']);
    return { text, until: clock.now() + (Number.isFinite(length) && length > 0 ? Math.max(0, length * 1_000 - spare) : unsaid) };
  }

  private whereTokensAre(): Promise<string> {
    const { server } = this.client;
    if ('tokenUrl' in server) return Promise.resolve(server.tokenUrl);
    this.tokenUrl ??= this.discover(server.issuer).catch((error: unknown) => {
      this.tokenUrl = undefined;
      throw error;
    });
    return this.tokenUrl;
  }

  /** The metadata must be the issuer's own: that is what its name in it is for. */
  private async discover(issuer: string): Promise<string> {
    const metadata = fieldsOf(await this.call(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`, { method: 'GET', headers: {} }));
    const url = textOf(metadata['token_endpoint']);
    if (metadata['issuer'] !== issuer || url === undefined) throw new ClientError('unreadable', 'the metadata of the authorization server are not those of the configured issuer');
    return url;
  }

  private call(url: string, call: { readonly method: 'GET' | 'POST'; readonly headers: Readonly<Record<string, string>>; readonly body?: string }): Promise<unknown> {
    const { dispatcher, clock, within: length } = this.parts;
    return within(clock, length, async (limit) => {
      try {
        const { status, text } = await exchange(dispatcher, { ...placeOf(url), ...call, headers: { accept: 'application/json', ...call.headers } }, limit);
        // Its words may quote what was sent.
        if (status !== 200) throw new ClientError('refused', `the authorization server answered ${status}`, { status });
        return JSON.parse(text) as unknown;
      } catch (cause) {
        if (cause instanceof ClientError) throw cause;
        throw new ClientError('unreachable', 'the authorization server does not answer as one', { cause });
      }
    });
  }
}
