import { BrokerError, anonymous, localRealm } from '#model';
import type { Account, AccountStore, Clock, RequestOrigin, Requester, RequesterId, Sender } from '#model';
import { challengesFor } from './challenges.js';
import type { BearerLogin } from '../oidc/bearer-login.js';
import type { OnBehalf } from './on-behalf.js';
import { PasswordLogin, defaultPasswordLoginOptions } from '../passwords/password-login.js';
import type { PasswordLoginOptions } from '../passwords/password-login.js';
import { personalTokenPrefix } from './personal-tokens.js';
import type { PersonalTokens } from './personal-tokens.js';
import { invalidToken, unauthenticated } from '../refused.js';

export interface AuthenticatorOptions extends PasswordLoginOptions {
  /** Let requests without credentials in, as the anonymous requester. */
  readonly allowAnonymous: boolean;
}

export const defaultAuthenticatorOptions: AuthenticatorOptions = { ...defaultPasswordLoginOptions, allowAnonymous: false };

/** Is told of credentials that were used for the first time in a while, and of those that were refused. */
export interface CredentialWatch {
  used(requester: Requester): Promise<void>;
  refused(sender: Sender, error: BrokerError): Promise<void>;
}

/** Ways in besides passwords; each is left out where the configuration has none. */
export interface OtherWays {
  readonly bearer?: BearerLogin;
  readonly tokens?: PersonalTokens;
  readonly onBehalf?: OnBehalf;
  readonly watch?: CredentialWatch;
}

/** Finds out who sends a request: by password, by token, or by the word of an aggregator that is trusted. */
export class Authenticator {
  private readonly options: AuthenticatorOptions;
  private readonly passwords: PasswordLogin;

  constructor(store: AccountStore, clock: Clock, options: Partial<AuthenticatorOptions> = {}, private readonly ways: OtherWays = {}) {
    this.options = { ...defaultAuthenticatorOptions, ...options };
    this.passwords = new PasswordLogin(store, clock, this.options);
  }

  /** Throws 'unauthenticated', or 'busy' and 'unavailable' while it can't be found out. */
  async identify(sender: Sender): Promise<Requester> {
    try {
      return sender.onBehalfOf === undefined ? await this.itself(sender) : await this.spokenFor(sender, sender.onBehalfOf);
    } catch (error) {
      if (error instanceof BrokerError && sender.authorization !== undefined && error.word === 'unauthenticated') await this.ways.watch?.refused(sender, error);
      throw error;
    }
  }

  /** What the header WWW-Authenticate of a refusal says; undefined where logging in would not help. */
  challenges(error: BrokerError, base: string): string | undefined {
    return challengesFor(error, { base, knowsIssuers: this.ways.bearer !== undefined });
  }

  /** Forgets what is remembered of an account; call it when the account changes. */
  forget(name: string): void {
    this.passwords.forget(name);
    this.ways.tokens?.forget(`${localRealm}:${name}`);
  }

  /** The same of personal tokens alone: one was revoked. */
  forgetTokensOf(owner: RequesterId): void {
    this.ways.tokens?.forget(owner);
  }

  private async spokenFor(sender: Sender, assertion: string): Promise<Requester> {
    const { onBehalf } = this.ways;
    if (!onBehalf) throw unauthenticated('This node trusts no aggregator to speak for others; leave the header EB-On-Behalf-Of out');
    const caller = isGiven(sender.authorization) ? await this.itself(sender) : undefined;
    return onBehalf.speakerFor(assertion, caller, sender.address);
  }

  private async itself({ authorization, address }: Sender): Promise<Requester> {
    if (!isGiven(authorization)) {
      if (this.options.allowAnonymous) return { ...anonymous, origin: { address, credential: 'none' } };
      throw unauthenticated(`Say who you are${this.ways.bearer ? ' by a bearer token or' : ''} by HTTP Basic; this node knows no anonymous requests`);
    }
    if (/^bearer\b/i.test(authorization)) return this.byToken(authorization.slice(6).trim(), address);
    const { account, fresh } = await this.passwords.login(authorization);
    return this.noted(requesterOf(account), { address, credential: 'password' }, fresh);
  }

  private async byToken(token: string, address: string): Promise<Requester> {
    const { tokens, bearer } = this.ways;
    if (tokens && token.startsWith(personalTokenPrefix)) {
      const { requester, tokenId, fresh } = await tokens.login(token);
      return this.noted(requester, { address, credential: 'token', credentialId: tokenId }, fresh);
    }
    if (!bearer) throw invalidToken('this node knows no issuer of tokens', 'log in by HTTP Basic, or with a token that this node made');
    const { requester, tokenId, fresh } = await bearer.login(token);
    return this.noted(requester, { address, credential: 'bearer', ...(tokenId === undefined ? {} : { credentialId: tokenId }) }, fresh);
  }

  private async noted(known: Omit<Requester, 'origin'>, origin: RequestOrigin, fresh: boolean): Promise<Requester> {
    const requester = { ...known, origin };
    if (fresh) await this.ways.watch?.used(requester);
    return requester;
  }
}

function isGiven(authorization: string | undefined): authorization is string {
  return authorization !== undefined && authorization !== '';
}

function requesterOf({ name, roles, groups }: Account): Omit<Requester, 'origin'> {
  return { id: `${localRealm}:${name}` as RequesterId, name, roles, groups, realm: localRealm };
}
