/** An authorization server that exchanges a requester's token for one made for another service (RFC 8693), and renews it. */
import type { Clock, Instant, Milliseconds } from '#model';
import { longestToken } from '../oidc/bearer-login.js';
import { fetchDocument, sendForm } from '../oidc/fetch-document.js';

/** A token, and what renews it where the server gave that. */
export interface Grant { readonly access: string; readonly refresh?: string; readonly until: Instant }

export interface TokenServiceSettings {
  readonly issuer: string;
  readonly tokenUrl?: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly audience?: string;
  readonly scope?: string;
}

const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
/** Life of a token whose server does not tell it. */
const unsaid: Milliseconds = 60_000;

export class TokenService {
  private tokenUrl: string | undefined;

  constructor(private readonly settings: TokenServiceSettings, private readonly clock: Pick<Clock, 'now'>) {}

  exchange(bearer: string): Promise<Grant> {
    const { audience, scope } = this.settings;
    return this.ask({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: bearer, subject_token_type: accessToken, requested_token_type: accessToken,
      ...(audience === undefined ? {} : { audience }), ...(scope === undefined ? {} : { scope }),
    });
  }

  /** A server that gives no new refresh token leaves the old one good. */
  async renew(refresh: string): Promise<Grant> {
    return { refresh, ...await this.ask({ grant_type: 'refresh_token', refresh_token: refresh }) };
  }

  private async ask(form: Readonly<Record<string, string>>): Promise<Grant> {
    const { clientId, clientSecret } = this.settings;
    const login = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
    const told = await sendForm(await this.whereTokensAre(), form, { authorization: `Basic ${login}` }) as Readonly<Record<string, unknown>> | null;
    const { refresh_token: refresh, expires_in: seconds } = told ?? {};
    const access = bearerIn(told ?? {});
    const length = Number(seconds);
    const until = this.clock.now() + (Number.isFinite(length) && length > 0 ? length * 1000 : unsaid);
    return { access, until, ...(typeof refresh === 'string' && refresh !== '' ? { refresh } : {}) };
  }

  private async whereTokensAre(): Promise<string> {
    const { issuer, tokenUrl } = this.settings;
    this.tokenUrl ??= tokenUrl ?? await discover(issuer);
    return this.tokenUrl;
  }
}

/** It becomes a header: what could not be one is no token. */
function bearerIn({ access_token: token, token_type: type }: Readonly<Record<string, unknown>>): string {
  if (typeof token !== 'string' || token.length > longestToken || !/^[\w.~+/-]+=*$/.test(token)) throw new Error('the authorization server sent no access token');
  if (type !== undefined && String(type).toLowerCase() !== 'bearer') throw new Error('the authorization server sent a token that is no bearer token');
  return token;
}

async function discover(issuer: string): Promise<string> {
  const told = await fetchDocument(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`) as { issuer?: unknown; token_endpoint?: unknown } | null;
  if (told?.issuer !== issuer || typeof told.token_endpoint !== 'string') throw new Error(`the discovery document of ${issuer} is not its own, or names no token_endpoint`);
  return told.token_endpoint;
}
