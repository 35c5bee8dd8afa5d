/** A certified OpenID provider in this process, and a browser that fills in its forms. Its clock is the system's. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { request } from 'undici';

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const scopes = 'compute.read compute.create compute.modify compute.cancel';

export interface RunningProvider { readonly issuer: string; readonly clientId: string; stop(): Promise<void> }

/** Tokens for the resources `urn:node` and `urn:elsewhere` are JWTs of ES256; refresh tokens rotate; the exchange gives tokens for `urn:node`. */
export async function startProvider(): Promise<RunningProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...await exportJWK(privateKey), alg: 'ES256', use: 'sig', kid: 'signing' } as never] },
    clients: [{
      client_id: 'eb', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code'], id_token_signed_response_alg: 'ES256',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code', exchangeGrant],
    }],
    scopes: ['openid', 'offline_access', ...scopes.split(' ')],
    features: {
      deviceFlow: { enabled: true }, devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true, defaultResource: () => 'urn:node', useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({ scope: scopes, audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    rotateRefreshToken: true, cookies: { keys: ['only for tests'] }, issueRefreshToken: () => true,
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  registerExchange(provider);
  const answer = provider.callback();
  server.on('request', (incoming, response) => { void answer(incoming, response); });
  return { issuer, clientId: 'eb', stop: () => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }) };
}

/** RFC 8693, as far as a client of ours uses it: a token of anybody becomes one of the same person for another audience. */
function registerExchange(provider: Provider): void {
  provider.registerGrantType(exchangeGrant, async (context) => {
    const { params, client } = context.oidc;
    const { subject_token: subject = '', audience = '', scope = '' } = (params ?? {}) as Record<string, string>;
    const [, body = ''] = subject.split('.');
    const { sub } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as { sub: string };
    if (!client) throw new Error('no client');
    const token = new provider.AccessToken({ accountId: sub, client, grantId: 'exchange', gty: 'exchange', scope: scope.split(' ').filter((one) => scopes.split(' ').includes(one)).join(' ') } as never);
    token.resourceServer = new provider.ResourceServer(audience, { scope: scopes, audience, accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'ES256' } } } as never);
    context.body = { access_token: await token.save(), token_type: 'Bearer', expires_in: 600, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
  }, ['subject_token', 'subject_token_type', 'audience', 'scope']);
}

/** A browser with cookies, that says yes to everything as `who`. */
export class FormBrowser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly who: string) {}

  /** Goes on until a page has no form; answers the last page's text. */
  async visit(address: string): Promise<string> {
    let page = await this.load(address, undefined);
    for (let clicks = 0; clicks < 12; clicks++) {
      const form = formIn(page.text, page.at);
      if (!form) return page.text;
      page = await this.load(form.action, this.filled(form.inputs));
    }
    throw new Error(`too many forms at ${page.at}`);
  }

  private filled(inputs: ReadonlyMap<string, string>): URLSearchParams {
    const values = new URLSearchParams([...inputs]);
    if (inputs.has('login')) values.set('login', this.who);
    if (inputs.has('password')) values.set('password', 'any');
    values.delete('abort');
    return values;
  }

  private async load(address: string, body: URLSearchParams | undefined): Promise<{ text: string; at: string }> {
    let [at, sent] = [address, body];
    for (let hops = 0; hops < 12; hops++) {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await request(at, {
        method: sent ? 'POST' : 'GET', headers: { cookie, ...(sent ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) }, ...(sent ? { body: sent.toString() } : {}),
      });
      this.keep([answer.headers['set-cookie'] ?? []].flat());
      const text = await answer.body.text();
      const { location } = answer.headers;
      if (answer.statusCode < 300 || answer.statusCode >= 400 || typeof location !== 'string') return { text, at };
      [at, sent] = [new URL(location, at).href, undefined];
    }
    throw new Error(`too many redirects at ${at}`);
  }

  private keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      if (/expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}

function formIn(page: string, at: string): { readonly action: string; readonly inputs: ReadonlyMap<string, string> } | undefined {
  const form = /<form[^>]*>[\s\S]*?<\/form>/i.exec(page)?.[0];
  if (form === undefined || !/method="post"/i.test(form)) return undefined;
  const attribute = (text: string, name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(text)?.[1];
  const inputs = [...form.matchAll(/<(?:input|button)[^>]*>/gi)].map(([tag]) => [attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? ''] as const).filter(([name]) => name !== '');
  return { action: new URL((attribute(form, 'action') ?? at).replaceAll('&amp;', '&'), at).href, inputs: new Map(inputs) };
}
