/** Bearer tokens of the configured issuers. One that was verified is remembered until it ends, so that the next use costs a hash. */
import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors } from 'jose';
import type { Clock, Requester } from '#model';
import { invalidToken } from '../refused.js';
import type { Issuer, Verified } from './issuer.js';

/** Longest token in characters. Those with hundreds of groups have some thousand. */
export const longestToken = 12_288;
const compact = /^[\w-]+\.[\w-]+\.[\w-]*$/;

interface Remembered extends Verified { readonly issuer: Issuer }

export interface BearerUse { readonly requester: Omit<Requester, 'origin'>; readonly tokenId: string | undefined; readonly fresh: boolean }

export class BearerLogin {
  private readonly issuers: ReadonlyMap<string, Issuer>;
  private readonly remembered = new Map<string, Remembered>();

  constructor(issuers: readonly Issuer[], private readonly clock: Clock, private readonly mostRemembered = 20_000) {
    this.issuers = new Map(issuers.map((one) => [one.settings.issuer, one]));
  }

  /** Who sends this token. `fresh`: it was verified just now, not remembered. */
  async login(token: string): Promise<BearerUse> {
    if (token.length > longestToken) throw invalidToken(`it is longer than ${longestToken} characters`);
    const key = createHash('sha256').update(token, 'latin1').digest('base64');
    const known = this.recall(key);
    if (known) return { requester: known.requester, tokenId: known.tokenId, fresh: false };
    const verified = await this.verify(token);
    this.remember(key, verified);
    return { requester: verified.requester, tokenId: verified.tokenId, fresh: true };
  }

  private async verify(token: string): Promise<Remembered> {
    const { issuer, header } = this.read(token);
    return { ...(await issuer.verify(token, header)), issuer };
  }

  /** Which issuer it claims, so that its keys can be tried. Nothing else of it is believed before. */
  private read(token: string): { readonly issuer: Issuer; readonly header: { readonly alg: string; readonly kid: string | undefined } } {
    if (!compact.test(token)) throw invalidToken('it is not a signed token in compact form');
    const { header, iss } = peek(token);
    const issuer = typeof iss === 'string' ? this.issuers.get(iss) : undefined;
    if (!issuer) throw invalidToken('its issuer is not one that this node knows', 'get a token of an issuer that /.well-known/oauth-protected-resource lists');
    const type = typeof header.typ === 'string' ? header.typ.toLowerCase().replace(/^application\//, '') : '';
    if (!issuer.settings.types.includes(type)) throw invalidToken(`tokens of type '${type.slice(0, 40)}' are not taken here`);
    if (header['cty'] !== undefined) throw invalidToken('it is nested in another token');
    return { issuer, header: { alg: String(header.alg), kid: typeof header.kid === 'string' ? header.kid : undefined } };
  }

  private recall(key: string): Remembered | undefined {
    const entry = this.remembered.get(key);
    if (!entry) return undefined;
    if (entry.until > this.clock.now() && entry.issuer.keys.vouchesFor(entry.key)) return entry;
    this.remembered.delete(key);
    return undefined;
  }

  private remember(key: string, entry: Remembered): void {
    this.remembered.set(key, entry);
    const oldest = this.remembered.keys().next();
    if (this.remembered.size > this.mostRemembered && !oldest.done) this.remembered.delete(oldest.value);
  }
}

function peek(token: string): { readonly header: ReturnType<typeof decodeProtectedHeader>; readonly iss: unknown } {
  try {
    return { header: decodeProtectedHeader(token), iss: decodeJwt(token).iss };
  } catch (error) {
    if (error instanceof TypeError || error instanceof errors.JOSEError) throw invalidToken('it is not a sound signed token', undefined, error);
    throw error;
  }
}
