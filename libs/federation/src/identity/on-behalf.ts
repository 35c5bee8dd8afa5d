/**
 * The word of an aggregator for whom it speaks: a short-lived JWT, signed with ES256, that a member is configured to trust
 * (`access.onBehalf` there). It names the member that it is for, so that no other one can use it, and is used once.
 */
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { Clock, Milliseconds, Requester } from '#model';
import { realmOf } from '#model';

export const onBehalfHeader = 'eb-on-behalf-of';
export const onBehalfType = 'eb-on-behalf+jwt';

const goodFor: Milliseconds = 60_000;
const algorithm = 'ES256';

export interface SignerParts {
  /** Who we are to members: the issuer of every assertion. */
  readonly issuer: string;
  readonly clock: Clock;
  newUuid(): string;
}

interface Key { readonly secret: CryptoKey; readonly shown: JWK }

export class OnBehalfSigner {
  private constructor(private readonly key: Key, private readonly shown: readonly JWK[], private readonly parts: SignerParts) {}

  /** The first of the keys signs; all are published, so that members know the next one, and still know the last. Throws RangeError for what is no such key. */
  static async of(secrets: readonly JWK[], parts: SignerParts): Promise<OnBehalfSigner> {
    const keys = await Promise.all(secrets.map(keyOf));
    const [first] = keys;
    if (!first) throw new RangeError('there is no signing key');
    const shown = keys.map((one) => one.shown);
    if (new Set(shown.map(({ kid }) => kid)).size < shown.length) throw new RangeError('two signing keys have the same identifier (kid); name each key once');
    return new OnBehalfSigner(first, shown, parts);
  }

  /** What members verify with. */
  get publicKeys(): { readonly keys: readonly JWK[] } {
    return { keys: this.shown };
  }

  /** `audience`: base URL of the member, without a slash at the end. A new one for each call. */
  sign(requester: Requester, audience: string): Promise<string> {
    const { issuer, clock, newUuid } = this.parts;
    const now = Math.floor(clock.now() / 1_000);
    const { name, groups, scopes } = requester;
    return new SignJWT({ name, realm: realmOf(requester), groups: [...groups], ...(scopes ? { scopes: [...scopes] } : {}) })
      .setProtectedHeader({ alg: algorithm, typ: onBehalfType, kid: this.key.shown.kid ?? '' })
      .setIssuer(issuer).setAudience(audience).setSubject(requester.id).setJti(newUuid()).setIssuedAt(now).setExpirationTime(now + goodFor / 1_000)
      .sign(this.key.secret);
  }
}

async function keyOf(secret: JWK): Promise<Key> {
  if (secret.kty !== 'EC' || secret.crv !== 'P-256' || secret.d === undefined) throw new RangeError('the signing key must be a private EC key on the curve P-256, as a JWK');
  const open = { kty: 'EC', crv: 'P-256', x: secret.x ?? '', y: secret.y ?? '' };
  const kid = secret.kid ?? await calculateJwkThumbprint(open);
  const imported = await importJWK({ ...secret, alg: algorithm }, algorithm);
  return { secret: imported as CryptoKey, shown: { ...open, kid, alg: algorithm, use: 'sig' } };
}

/** A key for an aggregator that was given none. */
export async function newSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return exportJWK(privateKey);
}
