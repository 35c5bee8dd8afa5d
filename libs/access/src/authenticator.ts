import { anonymous } from '#model';
import type { Account, AccountStore, Clock, Milliseconds, Requester, RequesterId } from '#model';
import { readBasic, unauthenticated } from './credentials.js';
import type { Credentials } from './credentials.js';
import { PasswordVerifier } from './passwords.js';
import { RememberedPasswords } from './remembered.js';

export interface AuthenticatorOptions {
  /** Let requests without credentials in, as the anonymous requester. */
  readonly allowAnonymous: boolean;
  /** How long a verified password is remembered. */
  readonly remember: Milliseconds;
  /** How old a look at the account may be; a change made by another replica takes effect within this. */
  readonly recheck: Milliseconds;
  /** Most passwords that are remembered. */
  readonly mostRemembered: number;
}

export const defaultAuthenticatorOptions: AuthenticatorOptions = { allowAnonymous: false, remember: 300_000, recheck: 5_000, mostRemembered: 10_000 };

/** Finds out who sends a request, by HTTP Basic over local accounts. */
export class Authenticator {
  private readonly options: AuthenticatorOptions;
  private readonly remembered: RememberedPasswords;
  private readonly verifier = new PasswordVerifier();
  /** Verifications under way, so that a burst of one client's requests hashes once. */
  private readonly pending = new Map<string, Promise<Account>>();

  constructor(private readonly store: AccountStore, private readonly clock: Clock, options: Partial<AuthenticatorOptions> = {}) {
    this.options = { ...defaultAuthenticatorOptions, ...options };
    this.remembered = new RememberedPasswords(this.options.remember, this.options.mostRemembered);
  }

  /** Who sends this Authorization header; throws 'unauthenticated', or 'busy' when too many passwords wait to be checked. */
  async identify(authorization: string | undefined): Promise<Requester> {
    if (authorization === undefined || authorization === '') {
      if (this.options.allowAnonymous) return anonymous;
      throw unauthenticated('Say who you are by HTTP Basic; this node knows no anonymous requests');
    }
    const credentials = readBasic(authorization);
    const key = this.remembered.keyOf(credentials);
    return requesterOf((await this.recall(key)) ?? (await this.verifyOnce(key, credentials)));
  }

  /** Forgets what is remembered of an account; call it when the account changes. */
  forget(name: string): void {
    this.remembered.forget(name);
  }

  private async recall(key: string): Promise<Account | undefined> {
    const entry = this.remembered.find(key, this.clock.now());
    if (!entry || this.clock.now() - entry.seen < this.options.recheck) return entry?.account;
    const account = await this.store.find(entry.account.name);
    if (account && !account.disabled && account.hash === entry.account.hash) {
      this.remembered.confirm(key, entry, account, this.clock.now());
      return account;
    }
    this.remembered.drop(key);
    return undefined;
  }

  private verifyOnce(key: string, credentials: Credentials): Promise<Account> {
    const running = this.pending.get(key);
    if (running) return running;
    const verification = this.verify(key, credentials).finally(() => { this.pending.delete(key); });
    this.pending.set(key, verification);
    return verification;
  }

  private async verify(key: string, { name, password }: Credentials): Promise<Account> {
    const account = await this.store.find(name);
    const right = await this.verifier.verify(account?.hash, password);
    if (!account || !right || account.disabled) throw unauthenticated('Wrong name or password');
    this.remembered.remember(key, account, this.clock.now());
    return account;
  }
}

function requesterOf({ name, roles, groups }: Account): Requester {
  return { id: `local:${name}` as RequesterId, name, roles, groups };
}
