/**
 * An aggregator speaks for somebody: the header EB-On-Behalf-Of with a JWT that it signed for this node and this moment. Whom it may
 * speak for is the configuration's word; what it says never makes anybody more than a user.
 */
import { errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { BrokerError } from '#model';
import type { Clock, Milliseconds, ReplayGuard, Requester, RequesterId } from '#model';
import { groupsOf, isText, nameOf, scopesOf } from '../oidc/claims.js';
import type { KeySet } from '../oidc/key-set.js';
import { unauthenticated } from '../refused.js';

export interface TrustedAggregator {
  /** Its identifier: `iss` of its assertions. */
  readonly issuer: string;
  readonly keys: KeySet;
  /** Its name of a realm → ours. */
  readonly realms: ReadonlyMap<string, string>;
  /** Who must have sent the request, where that is demanded: the aggregator's own account or token. */
  readonly caller?: string;
}

export interface OnBehalfSettings {
  readonly aggregators: readonly TrustedAggregator[];
  /** Addresses that assertions for this node name, without a slash at the end. */
  readonly audiences: () => readonly string[];
  readonly replays: ReplayGuard;
  readonly clock: Clock;
}

const longestLife: Milliseconds = 60_000;
const tolerance: Milliseconds = 5_000;
const longestAssertion = 12_288;
const type = 'eb-on-behalf+jwt';

export class OnBehalf {
  private readonly aggregators: ReadonlyMap<string, TrustedAggregator>;

  constructor(private readonly settings: OnBehalfSettings) {
    this.aggregators = new Map(settings.aggregators.map((one) => [one.issuer, one]));
  }

  /** Whom the sender speaks for. Throws 'unauthenticated' with what is wrong with the assertion or its sender. */
  async speakerFor(assertion: string, sender: Requester | undefined, address: string): Promise<Requester> {
    const aggregator = this.claimed(assertion);
    if (aggregator.caller !== undefined && aggregator.caller !== sender?.id) throw refused('its sender must log in as the aggregator that made it');
    const claims = await this.verified(assertion, aggregator);
    const { realm, subject } = personIn(claims, aggregator.realms);
    const { jti = '', exp = 0 } = claims;
    if (!(await this.settings.replays.claim(`${aggregator.issuer} ${jti}`, exp * 1000 + tolerance))) throw refused('it was used before');
    return {
      id: `${realm}:${subject}` as RequesterId, name: nameOf(claims, ['name'], subject), realm, subject, roles: ['user'],
      groups: groupsOf(claims, ['groups']), ...scopesIn(claims),
      origin: { address, credential: 'assertion', through: aggregator.issuer, credentialId: jti },
    };
  }

  private claimed(assertion: string): TrustedAggregator {
    if (this.aggregators.size === 0) throw refused('this node trusts no aggregator to speak for others');
    if (assertion.length > longestAssertion) throw refused(`it is longer than ${longestAssertion} characters`);
    const issuer = issuerIn(assertion);
    const found = typeof issuer === 'string' ? this.aggregators.get(issuer) : undefined;
    if (!found) throw refused('its aggregator is not one that this node trusts');
    return found;
  }

  private async verified(assertion: string, { issuer, keys }: TrustedAggregator): Promise<JWTPayload> {
    const now = this.settings.clock.now();
    try {
      const { payload } = await jwtVerify(assertion, (header) => keys.find(header), {
        issuer, typ: type, algorithms: ['ES256'], clockTolerance: tolerance / 1000, currentDate: new Date(now), requiredClaims: ['exp', 'iat', 'jti', 'sub', 'aud'],
      });
      const audiences = [payload.aud as unknown].flat().map((one) => (typeof one === 'string' ? one.replace(/\/+$/, '') : ''));
      if (!this.settings.audiences().some((one) => audiences.includes(one))) throw refused('it was made for another node (aud)');
      if (!isShortLived(payload, now)) throw refused('it lives longer than 60 s, or was made in the future');
      if (!isText(payload.jti)) throw refused('its jti is not a short text');
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refused(error instanceof errors.JWTExpired ? 'it has expired' : 'it is not a sound assertion signed by its aggregator', error);
      throw error;
    }
  }
}

/** What it says of its maker, to look for the keys; believed only when they fit. */
function issuerIn(assertion: string): unknown {
  const body = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(assertion)?.[1];
  if (body === undefined) throw refused('it is not a signed token in compact form');
  try {
    return (JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as { iss?: unknown } | null)?.iss;
  } catch (error) {
    if (error instanceof SyntaxError) throw refused('it is not a sound signed token', error);
    throw error;
  }
}

function isShortLived({ exp = 0, iat = 0 }: JWTPayload, now: number): boolean {
  return exp * 1000 - iat * 1000 <= longestLife && iat * 1000 <= now + tolerance;
}

/** Whom it is about, in our words; the aggregator must be allowed to speak for the realm. */
function personIn({ realm, sub }: JWTPayload, realms: ReadonlyMap<string, string>): { readonly realm: string; readonly subject: string } {
  const ours = typeof realm === 'string' ? realms.get(realm) : undefined;
  if (ours === undefined) throw refused('its aggregator may not speak for this realm here');
  const subject = isText(sub) ? withoutRealm(sub, realm as string) : '';
  if (subject === '') throw refused('its sub is not a short text');
  return { realm: ours, subject };
}

/** Aggregators name people as they know them: `realm:subject`. */
function withoutRealm(sub: string, realm: string): string {
  return sub.startsWith(`${realm}:`) ? sub.slice(realm.length + 1) : sub;
}

function scopesIn(claims: JWTPayload): Pick<Requester, 'scopes'> {
  const { scopes } = claims as { scopes?: unknown };
  if (Array.isArray(scopes)) return { scopes: scopes.filter((one): one is string => typeof one === 'string') };
  return claims['scope'] === undefined ? {} : { scopes: scopesOf(claims) };
}

function refused(why: string, cause?: unknown): BrokerError {
  const error = unauthenticated(`The assertion in EB-On-Behalf-Of is not accepted: ${why}`);
  return cause === undefined ? error : new BrokerError(error.word, error.fixer, error.reasons, { cause });
}
