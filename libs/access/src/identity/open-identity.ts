/** From what the configuration says of identity to an authenticator. */
import { readFile } from 'node:fs/promises';
import type { JWK } from 'jose';
import { BrokerError, parseDuration, reason } from '#model';
import type { AccessTokenStore, AccountStore, Clock, Log, Milliseconds, ReplayGuard } from '#model';
import type { IdentityConfig } from '../access.config.js';
import { Authenticator } from './authenticator.js';
import type { CredentialWatch } from './authenticator.js';
import { identityFaults } from './identity-faults.js';
import { BearerLogin } from '../oidc/bearer-login.js';
import { fetchDocument } from '../oidc/fetch-document.js';
import { Issuer } from '../oidc/issuer.js';
import type { FetchDocument } from '../oidc/issuer.js';
import { KeySet, defaultKeySetSettings } from '../oidc/key-set.js';
import { OnBehalf } from './on-behalf.js';
import type { TrustedAggregator } from './on-behalf.js';
import { PersonalTokens } from './personal-tokens.js';

export interface IdentityGround {
  readonly config: IdentityConfig & { readonly anonymous: boolean };
  readonly accounts: AccountStore;
  readonly tokens: AccessTokenStore;
  readonly replays: ReplayGuard;
  readonly clock: Clock;
  readonly log: Log;
  /** Addresses that this node is known by, for assertions made for it. */
  readonly audiences: () => readonly string[];
  readonly watch?: CredentialWatch;
  readonly fetch?: FetchDocument;
}

/** Nothing is fetched yet: an issuer that is away when a node starts is asked when its first token comes. Throws a BrokerError on settings that contradict each other. */
export function openIdentity(ground: IdentityGround): Authenticator {
  const { config, accounts, tokens, clock, watch } = ground;
  const [fault] = identityFaults(config);
  if (fault) throw contradiction(fault.path, fault.fault);
  const issuers = config.issuers.map((one) => issuerOf(one, ground));
  const aggregators = config.onBehalf.map((one) => aggregatorOf(one, ground));
  return new Authenticator(accounts, clock, { allowAnonymous: config.anonymous }, {
    ...(issuers.length > 0 ? { bearer: new BearerLogin(issuers, clock) } : {}),
    ...(config.tokens.enabled ? { tokens: new PersonalTokens({ tokens, accounts }, clock) } : {}),
    ...(aggregators.length > 0 ? { onBehalf: new OnBehalf({ aggregators, audiences: ground.audiences, replays: ground.replays, clock }) } : {}),
    ...(watch ? { watch } : {}),
  });
}

type IssuerConfig = IdentityConfig['issuers'][number];
type AggregatorConfig = IdentityConfig['onBehalf'][number];

function issuerOf(config: IssuerConfig, around: IdentityGround): Issuer {
  const { audience, clockTolerance, keysRefreshedAfter, keysTrustedFor, types, jwksUri } = config;
  const { issuer, realm, algorithms, groupClaims, nameClaims, requiredScopes, scopeMeaning, withoutScopes } = config;
  const settings = {
    issuer, realm, algorithms, groupClaims, nameClaims, requiredScopes, scopeMeaning, withoutScopes, audiences: [audience].flat(), types: types.map((one) => one.toLowerCase()), clockTolerance: lengthOf(clockTolerance), ...(jwksUri === undefined ? {} : { jwksUri }),
    keys: { ...defaultKeySetSettings, refreshAfter: lengthOf(keysRefreshedAfter), oldest: lengthOf(keysTrustedFor) },
    roles: config.roles.map(({ role, ...fits }) => ({ role, ...(fits as object) })),
  };
  return new Issuer(settings, around);
}

function aggregatorOf({ issuer, jwks, jwksFile, realms, caller }: AggregatorConfig, { clock, log, fetch = fetchDocument }: IdentityGround): TrustedAggregator {
  const keysOf = async (): Promise<readonly JWK[]> => {
    const document = (jwks === undefined ? JSON.parse(await readFile(jwksFile ?? '', 'utf8')) : await fetch(jwks)) as { keys?: unknown } | null;
    if (!Array.isArray(document?.keys)) throw new Error('what should be its keys is not a JWKS');
    return document.keys.filter((key): key is JWK => typeof (key as JWK | null)?.kty === 'string');
  };
  return {
    issuer, keys: new KeySet({ issuer, fetch: keysOf }, { clock, log }), ...(caller === undefined ? {} : { caller }),
    realms: new Map(realms.map((one) => (typeof one === 'string' ? [one, one] : [one.theirs, one.ours]))),
  };
}

function contradiction(path: string, fault: string): BrokerError {
  return new BrokerError('malformed', 'operator', [reason('configuration', '{path}: {fault}', { fault }, { path })]);
}

export function lengthOf(duration: string): Milliseconds {
  const length = parseDuration(duration, 0);
  if (!length.ok) throw contradiction('access', length.fault);
  return length.value;
}
