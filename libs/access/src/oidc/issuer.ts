/** One issuer whose tokens are accepted, as the configuration describes it. Nothing of what it is comes from a token. */
import { errors, jwtVerify } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import type { Clock, Log, Milliseconds, Requester, RequesterId, Scope } from '#model';
import { BrokerError } from '#model';
import { insufficientScope, invalidToken } from '../refused.js';
import { groupsOf, isText, knownScopes, nameOf, rolesOf, scopesOf } from './claims.js';
import type { RoleRule } from './claims.js';
import { fetchDocument } from './fetch-document.js';
import { KeySet } from './key-set.js';
import type { KeyHint, KeySetSettings } from './key-set.js';

export interface IssuerSettings {
  /** Exactly as tokens say it, slash at the end included. */
  readonly issuer: string;
  readonly realm: string;
  readonly audiences: readonly string[];
  /** Where its keys are; left out: where its discovery document says. */
  readonly jwksUri?: string;
  readonly algorithms: readonly string[];
  /** Values of the header `typ` that are accepted; '' stands for none. */
  readonly types: readonly string[];
  readonly clockTolerance: Milliseconds;
  readonly groupClaims: readonly string[];
  readonly nameClaims: readonly string[];
  /** Scopes that a token must have to be looked at. */
  readonly requiredScopes: readonly string[];
  /** What scopes of the issuer mean here. */
  readonly scopeMeaning: Readonly<Record<string, readonly Scope[]>>;
  /** Tokens without any scope that we know: may they do everything that their roles allow? */
  readonly withoutScopes: 'everything' | 'nothing';
  readonly roles: readonly RoleRule[];
  readonly keys: KeySetSettings;
}

export type FetchDocument = (address: string) => Promise<unknown>;

/** A token that holds: who sends it, until when, and by which key. */
export interface Verified { readonly requester: Omit<Requester, 'origin'>; readonly tokenId: string | undefined; readonly until: number; readonly key: CryptoKey }

export class Issuer {
  readonly keys: KeySet;

  constructor(readonly settings: IssuerSettings, private readonly around: { readonly clock: Clock; readonly log: Log; readonly fetch?: FetchDocument }) {
    this.keys = new KeySet({ issuer: settings.issuer, fetch: () => this.fetchKeys() }, around, settings.keys);
  }

  /** Throws 'unauthenticated' with what is wrong, 'forbidden' for want of scopes, 'unavailable' while there are no keys. */
  async verify(token: string, header: KeyHint): Promise<Verified> {
    const { issuer, audiences, algorithms, clockTolerance } = this.settings;
    try {
      const { payload, key } = await jwtVerify(token, () => this.keys.find(header), {
        issuer, audience: [...audiences], algorithms: [...algorithms], clockTolerance: clockTolerance / 1000,
        currentDate: new Date(this.around.clock.now()), requiredClaims: ['exp', 'sub'],
      });
      return { ...this.read(payload), key: key as CryptoKey };
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      if (error instanceof errors.JOSEError) throw invalidToken(whyNot(error), undefined, error);
      throw error;
    }
  }

  private read(payload: JWTPayload): Omit<Verified, 'key'> {
    const { issuer, realm, groupClaims, nameClaims, clockTolerance, roles } = this.settings;
    const { sub: subject, iat } = payload;
    if (iat !== undefined && iat * 1000 > this.around.clock.now() + clockTolerance) throw invalidToken('it was made in the future (iat)', 'compare the clocks of the issuer and of this node');
    if (!isText(subject)) throw invalidToken('its subject is not a short text');
    const groups = groupsOf(payload, groupClaims);
    const told = scopesOf(payload);
    const scopes = this.scopesFor(told);
    const requester = {
      id: `${realm}:${subject}` as RequesterId, name: nameOf(payload, nameClaims, subject), realm, issuer, subject, groups,
      roles: rolesOf(roles, { subject, groups, scopes: told, claims: payload }), ...(scopes ? { scopes } : {}),
    };
    return { requester, tokenId: isText(payload.jti) ? payload.jti : undefined, until: (payload.exp ?? 0) * 1000 + clockTolerance };
  }

  private scopesFor(told: readonly string[]): readonly Scope[] | undefined {
    const { requiredScopes, scopeMeaning, withoutScopes } = this.settings;
    const missing = requiredScopes.find((scope) => !told.includes(scope));
    if (missing !== undefined) throw insufficientScope(missing);
    const known = knownScopes(told, scopeMeaning);
    return known.length === 0 && withoutScopes === 'everything' ? undefined : known;
  }

  private async fetchKeys(): Promise<readonly JWK[]> {
    const fetch = this.around.fetch ?? fetchDocument;
    const document = await fetch(this.settings.jwksUri ?? await this.discover(fetch)) as { keys?: unknown } | null;
    if (!Array.isArray(document?.keys)) throw new Error('what should be its keys is not a JWKS');
    return document.keys.filter((key): key is JWK => typeof (key as JWK | null)?.kty === 'string');
  }

  private async discover(fetch: FetchDocument): Promise<string> {
    const { issuer } = this.settings;
    const told = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`) as { issuer?: unknown; jwks_uri?: unknown } | null;
    if (told?.issuer !== issuer) throw new Error(`its discovery document says that it is ${String(told?.issuer)}`);
    if (typeof told.jwks_uri !== 'string') throw new Error('its discovery document names no jwks_uri');
    return told.jwks_uri;
  }
}

/** In words for the caller: never what the token says, only what of it is wrong. */
function whyNot(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not one that this node accepts';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return 'it is not a sound signed token';
}

function claimFault({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (claim === 'nbf') return 'it is not valid yet';
  if (claim === 'aud') return 'it was made for another service (aud)';
  return reason === 'missing' ? `it lacks the claim ${claim}` : `its claim ${claim} is not acceptable`;
}
