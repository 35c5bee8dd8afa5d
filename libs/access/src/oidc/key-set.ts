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

interface Known { readonly jwk: JWK; readonly imported: Map<string, Promise<CryptoKey>> }

export class KeySet {
  private known: readonly Known[] = [];
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
    const found = this.match(hint);
    if (found) return found;
    await this.refresh();
    const fresh = this.match(hint);
    if (fresh) return fresh;
    throw invalidToken('its key is not one of its issuer');
  }

  /** True while a token that this key has verified may be taken as verified. */
  vouchesFor(kid: string | undefined): boolean {
    if (this.age() > this.settings.refreshAfter) this.refreshBehind();
    return this.isTrusted() && (kid === undefined || this.known.some(({ jwk }) => jwk.kid === kid));
  }

  private age(): Milliseconds {
    return this.around.clock.now() - this.fetchedAt;
  }

  private isTrusted(): boolean {
    return this.age() <= this.settings.oldest;
  }

  /** Without a key identifier a token is taken only where one key can be meant. */
  private match({ alg, kid }: KeyHint): Promise<CryptoKey> | undefined {
    const fitting = this.known.filter(({ jwk }) => (kid === undefined || jwk.kid === kid) && mayVerify(jwk, alg));
    const [only] = fitting;
    if (!only || fitting.length > 1) return undefined;
    const imported = only.imported.get(alg) ?? (importJWK(only.jwk, alg) as Promise<CryptoKey>);
    only.imported.set(alg, imported);
    return imported;
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
      const keys = await this.source.fetch();
      this.known = keys.map((jwk) => ({ jwk, imported: new Map() }));
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
function mayVerify(jwk: JWK, alg: string): boolean {
  if (jwk.kty !== families[alg.slice(0, 2)] || (curves[alg] !== undefined && jwk.crv !== curves[alg])) return false;
  if (jwk.alg !== undefined && jwk.alg !== alg) return false;
  return (jwk.use === undefined || jwk.use === 'sig') && (jwk.key_ops === undefined || jwk.key_ops.includes('verify'));
}
