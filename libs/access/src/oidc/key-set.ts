/**
 * The public keys of one issuer. They are fetched when first needed, then now and then behind the answers. A key that nobody knows
 * makes us look again, but never more often than `pause`, so that a flood of invented key identifiers fetches nothing. While the
 * issuer can't be reached, the keys that are known go on until `oldest`; then every token of it is refused.
 */
import { importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { Clock, Log, Milliseconds } from '#model';
import { invalidToken, issuerAway } from '../refused.js';

export interface KeySetSettings {
  /** Age at which keys are fetched anew, behind the answers. */
  readonly refreshAfter: Milliseconds;
  /** Age beyond which keys are trusted no more. */
  readonly oldest: Milliseconds;
  /** Least time between two fetches; doubles with each failure, up to `longestPause`. */
  readonly pause: Milliseconds;
  readonly longestPause: Milliseconds;
}

export const defaultKeySetSettings: KeySetSettings = { refreshAfter: 600_000, oldest: 86_400_000, pause: 30_000, longestPause: 300_000 };

export interface KeySource {
  /** For messages. */
  readonly issuer: string;
  /** The JWKS as its issuer publishes it now. */
  fetch(): Promise<readonly JWK[]>;
}

/** What a token says of its key. */
export interface KeyHint { readonly alg: string; readonly kid?: string | undefined }

/** `text`: the key as it was published, by which it is known again. */
interface Known { readonly jwk: JWK; readonly text: string; readonly imported: Map<string, Promise<CryptoKey | undefined>> }

export class KeySet {
  private known: readonly Known[] = [];
  private readonly published = new WeakMap<CryptoKey, Known>();
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private pending: Promise<void> | undefined;

  constructor(private readonly source: KeySource, private readonly around: { readonly clock: Clock; readonly log: Log }, private readonly settings: KeySetSettings = defaultKeySetSettings) {}

  /** The one key that may verify such a token; throws 'unauthenticated' where there is none, 'unavailable' while no keys can be had. */
  async find(hint: KeyHint): Promise<CryptoKey> {
    if (!this.isTrusted()) await this.refresh();
    else if (this.age() > this.settings.refreshAfter) this.refreshBehind();
    if (!this.isTrusted()) throw issuerAway(this.source.issuer);
    const found = await this.match(hint);
    if (found) return found;
    await this.refresh();
    const fresh = await this.match(hint);
    if (fresh) return fresh;
    throw invalidToken('its key is not one of its issuer');
  }

  /** True while a token that this key has verified may be taken as verified: the issuer publishes it still, this very key and not another of its name. */
  vouchesFor(key: CryptoKey): boolean {
    if (this.age() > this.settings.refreshAfter) this.refreshBehind();
    const source = this.published.get(key);
    return this.isTrusted() && source !== undefined && this.known.includes(source);
  }

  private age(): Milliseconds {
    return this.around.clock.now() - this.fetchedAt;
  }

  private isTrusted(): boolean {
    return this.age() <= this.settings.oldest;
  }

  /** Without a key identifier a token is taken only where one key can be meant. */
  private match({ alg, kid }: KeyHint): Promise<CryptoKey | undefined> {
    const fitting = this.known.filter(({ jwk }) => (kid === undefined || jwk.kid === kid) && mayVerify(jwk, alg));
    const [only] = fitting;
    if (!only || fitting.length > 1) return Promise.resolve(undefined);
    const imported = only.imported.get(alg) ?? this.open(only, alg);
    only.imported.set(alg, imported);
    return imported;
  }

  /** Undefined for what is published as a key and is none that can verify: its tokens are refused, those of the other keys are not. */
  private async open(known: Known, alg: string): Promise<CryptoKey | undefined> {
    try {
      const key = await publicKeyOf(known.jwk, alg);
      this.published.set(key, known);
      return key;
    } catch (cause) {
      this.around.log.warn('a key of an issuer can\'t be used', { issuer: this.source.issuer, kid: String(known.jwk.kid), cause: cause instanceof Error ? cause.message : String(cause) });
      return undefined;
    }
  }

  private refreshBehind(): void {
    this.refresh().catch((cause: unknown) => { this.around.log.error('the keys of an issuer could not be renewed', { issuer: this.source.issuer, cause: String(cause) }); });
  }

  /** Fetches unless it was tried a moment ago. Failures are logged; what is known stays. */
  private refresh(): Promise<void> {
    if (this.pending) return this.pending;
    const { pause, longestPause } = this.settings;
    const now = this.around.clock.now();
    if (now - this.triedAt < Math.min(longestPause, pause * 2 ** this.failures)) return Promise.resolve();
    this.triedAt = now;
    this.pending = this.fetch().finally(() => { this.pending = undefined; });
    return this.pending;
  }

  private async fetch(): Promise<void> {
    try {
      const before = new Map(this.known.map((one) => [one.text, one]));
      this.known = (await this.source.fetch()).map((jwk) => {
        const text = JSON.stringify(jwk);
        return before.get(text) ?? { jwk, text, imported: new Map() };
      });
      this.fetchedAt = this.around.clock.now();
      this.failures = 0;
    } catch (cause) {
      this.failures = Math.min(this.failures + 1, 10);
      this.around.log.warn('the keys of an issuer can\'t be had', { issuer: this.source.issuer, cause: cause instanceof Error ? cause.message : String(cause) });
    }
  }
}

const families: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP' };
const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A key serves the algorithm that it says, or one of its family: never a secret one, never one for encryption. */
function mayVerify({ kty, crv, alg: own, use, key_ops: operations }: JWK, alg: string): boolean {
  if (kty !== families[alg.slice(0, 2)] || (curves[alg] !== undefined && crv !== curves[alg])) return false;
  if (own !== undefined && own !== alg) return false;
  return (use === undefined || use === 'sig') && (operations === undefined || (Array.isArray(operations) && operations.includes('verify')));
}

const fewestBits = 2_048;

/** Throws for what is no sound public key. One whose private half is published with it proves nothing any more. */
async function publicKeyOf({ kty, crv, x, y, n, e, d }: JWK, alg: string): Promise<CryptoKey> {
  if (d !== undefined) throw new RangeError('its private part is published: anybody can sign with it; replace it at the issuer');
  const told = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  const key = await importJWK(Object.fromEntries(told) as JWK, alg) as CryptoKey;
  const { modulusLength: bits } = key.algorithm as { readonly modulusLength?: number };
  if (bits !== undefined && bits < fewestBits) throw new RangeError(`it has ${bits} bits; keys of RSA need ${fewestBits}`);
  return key;
}
