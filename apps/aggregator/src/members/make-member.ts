/** From what is configured to members that can be called. */
import { readFile } from 'node:fs/promises';
import { TokenSource, byExchange, byPassword, byToken, isExchanged, nobody, onBehalf, refusesOthers } from '#federation';
import type { Actor, Identify, Member, MemberDescription, OnBehalfSigner, TokenClient, TokenParts } from '#federation';
import type { ChosenCredentials, CredentialsConfig } from './members.config.js';

type ClientConfig = Extract<CredentialsConfig, { readonly clientCredentials: unknown }>['clientCredentials'];

/** How a member is called, besides what it says of itself. */
export interface Manner { readonly credentials?: ChosenCredentials; readonly onBehalf: boolean; readonly audience?: string }

type NamedCredentials = Readonly<Record<string, CredentialsConfig>>;

export interface MakerParts extends TokenParts {
  readonly named: NamedCredentials;
  readonly signer: OnBehalfSigner;
}

export class MemberMaker {
  /** One for each use, so that its tokens are fetched once. */
  private readonly sources = new Map<string, TokenSource>();

  private named: NamedCredentials;

  constructor(private readonly parts: MakerParts) {
    this.named = parts.named;
  }

  /** Those of a changed configuration, for members made from now on. Names that it has no more stay: members that administrators added may use them. */
  know(named: NamedCredentials): void {
    this.named = { ...this.named, ...named };
  }

  /** Throws RangeError for credentials that are not configured. */
  member({ name, url, exposure, hiddenHosts, gateway }: MemberDescription, manner: Manner): Member {
    const address = url.replace(/\/+$/, '');
    const identify = this.identify(manner.credentials);
    return {
      name, url: address, exposure, hiddenHosts, ...(gateway === undefined ? {} : { gateway }), knows: this.knows(manner),
      identify: manner.onBehalf ? onBehalf(identify, this.parts.signer, (manner.audience ?? address).replace(/\/+$/, '')) : identify,
    };
  }

  private knows({ onBehalf: isTold, credentials }: Manner): (actor: Actor) => boolean {
    const chosen = credentials === undefined ? undefined : this.credentials(credentials);
    return (actor) => isTold || (chosen !== undefined && 'exchange' in chosen && isExchanged(actor, chosen.exchange.realms));
  }

  identify(chosen: ChosenCredentials | undefined): Identify {
    return chosen === undefined ? nobody : this.by(this.credentials(chosen));
  }

  private credentials(chosen: ChosenCredentials): CredentialsConfig {
    if (typeof chosen !== 'string') return chosen;
    const named = Object.hasOwn(this.named, chosen) ? this.named[chosen] : undefined;
    if (!named) throw new RangeError(`there are no credentials called '${chosen}'`);
    return named;
  }

  private by(credentials: CredentialsConfig): Identify {
    if ('basic' in credentials) return byPassword(credentials.basic.user, credentials.basic.password as string);
    if ('bearerFile' in credentials) return byToken(() => readFile(credentials.bearerFile, 'utf8'));
    if ('clientCredentials' in credentials) return this.ownToken(credentials.clientCredentials);
    const { realms, otherwise, ...client } = credentials.exchange;
    return byExchange(this.source(client), realms, otherwise === 'client' ? this.ownToken(client) : refusesOthers);
  }

  private ownToken(client: ClientConfig): Identify {
    const source = this.source(client);
    return byToken(() => source.own());
  }

  private source(client: ClientConfig): TokenSource {
    const key = JSON.stringify(client);
    const source = this.sources.get(key) ?? new TokenSource(clientOf(client), this.parts);
    this.sources.set(key, source);
    return source;
  }
}

function clientOf({ issuer, tokenUrl, clientId, clientSecret, scope, audience }: ClientConfig): TokenClient {
  return {
    server: tokenUrl === undefined ? { issuer: issuer ?? '' } : { tokenUrl }, clientId, clientSecret: clientSecret as string,
    ...(scope === undefined ? {} : { scope }), ...(audience === undefined ? {} : { audience }),
  };
}
