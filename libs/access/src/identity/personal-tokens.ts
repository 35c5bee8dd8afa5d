/**
 * Personal access tokens: `ebp_`, 30 random characters, 6 of a checksum, so that a leaked one is found by its looks and a mistyped
 * one is refused without a look into the database. What is kept is the SHA-256: the tokens have 178 random bits, so a slow hash
 * would protect nothing more.
 */
import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { localRealm } from '#model';
import type { AccessToken, AccessTokenStore, AccountStore, Clock, Milliseconds, Requester, Role } from '#model';
import { invalidToken } from '../refused.js';

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 30;
const form = /^ebp_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;
const secretFix = 'make a new one with eb token create';

export const personalTokenPrefix = 'ebp_';

/** A new token. It is shown once, to its owner. */
export function newPersonalToken(): string {
  const secret = Array.from({ length: randomLength }, () => letters[randomInt(letters.length)]).join('');
  return `${personalTokenPrefix}${secret}${checksum(secret)}`;
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

function checksum(secret: string): string {
  let rest = crc32(secret);
  let text = '';
  for (let digit = 0; digit < 6; digit++) {
    text = `${letters[rest % letters.length] ?? ''}${text}`;
    rest = Math.floor(rest / letters.length);
  }
  return text;
}

interface Remembered { readonly token: AccessToken; readonly roles: readonly Role[]; readonly groups: readonly string[]; readonly seen: number }
export interface TokenUse { readonly requester: Omit<Requester, 'origin'>; readonly tokenId: string; readonly fresh: boolean }

/** How often the time of the last use is written down. */
const noteUseEvery: Milliseconds = 600_000;

export class PersonalTokens {
  private readonly remembered = new Map<string, Remembered>();
  /** How often something was to be forgotten: what was looked up before is not remembered after. */
  private forgettings = 0;

  constructor(
    private readonly stores: { readonly tokens: AccessTokenStore; readonly accounts: AccountStore }, private readonly clock: Clock,
    private readonly options: { readonly recheck: Milliseconds; readonly mostRemembered: number } = { recheck: 5_000, mostRemembered: 10_000 },
  ) {}

  /** Throws 'unauthenticated' for what is unknown, revoked or over, and where the owner's account is gone. */
  async login(token: string): Promise<TokenUse> {
    const [, secret = '', sum] = form.exec(token) ?? [];
    if (checksum(secret) !== sum) throw invalidToken('it is not whole', secretFix);
    const hash = hashOfToken(token);
    const known = this.remembered.get(hash);
    const now = this.clock.now();
    const fresh = !known || now - known.seen >= this.options.recheck;
    const found = fresh ? await this.look(hash) : known;
    if (!found || found.token.expires <= now) throw invalidToken('it is not known, revoked, or over', secretFix);
    return { requester: requesterOf(found), tokenId: found.token.id, fresh: !known };
  }

  /** Forgets all that is remembered of an owner's tokens; call it when one is revoked or the account changes. */
  forget(owner: string): void {
    this.forgettings += 1;
    for (const [hash, { token }] of this.remembered) if (token.owner === owner) this.remembered.delete(hash);
  }

  private async look(hash: string): Promise<Remembered | undefined> {
    this.remembered.delete(hash);
    const before = this.forgettings;
    const token = await this.stores.tokens.find(hash);
    const owner = token && await this.ownerOf(token);
    if (!token || !owner) return undefined;
    const found = { token: await this.noted(token), ...owner, seen: this.clock.now() };
    if (this.forgettings === before) this.remember(hash, found);
    return found;
  }

  private remember(hash: string, found: Remembered): void {
    this.remembered.set(hash, found);
    const oldest = this.remembered.keys().next();
    if (this.remembered.size > this.options.mostRemembered && !oldest.done) this.remembered.delete(oldest.value);
  }

  /** Roles and groups of an account are those of now; of somebody of an issuer, those that it told when the token was made. */
  private async ownerOf({ owner, realm, roles, groups }: AccessToken): Promise<Pick<Remembered, 'roles' | 'groups'> | undefined> {
    if (realm !== localRealm) return { roles, groups };
    const account = await this.stores.accounts.find(owner.slice(localRealm.length + 1));
    if (!account || account.disabled) return undefined;
    return { roles: roles.filter((role) => account.roles.includes(role)), groups: account.groups };
  }

  private async noted(token: AccessToken): Promise<AccessToken> {
    const now = this.clock.now();
    if (token.lastUsed !== undefined && now - token.lastUsed < noteUseEvery) return token;
    await this.stores.tokens.used(token.id, now);
    return { ...token, lastUsed: now };
  }
}

function requesterOf({ token, roles, groups }: Remembered): Omit<Requester, 'origin'> {
  const { owner, ownerName, realm, scopes } = token;
  return { id: owner, name: ownerName, realm, roles, groups, ...(scopes ? { scopes } : {}) };
}
