import type { Account, AccountStore, Clock, Milliseconds } from '#model';
import { readBasic } from './credentials.js';
import type { Credentials } from './credentials.js';
import { PasswordVerifier } from './passwords.js';
import { unauthenticated } from '../refused.js';
import { RememberedPasswords } from './remembered.js';

export interface PasswordLoginOptions {
  /** How long a verified password is remembered. */
  readonly remember: Milliseconds;
  /** How old a look at the account may be; a change made by another replica takes effect within this. */
  readonly recheck: Milliseconds;
  /** Most passwords that are remembered. */
  readonly mostRemembered: number;
}

export const defaultPasswordLoginOptions: PasswordLoginOptions = { remember: 300_000, recheck: 5_000, mostRemembered: 10_000 };

/** HTTP Basic over local accounts. */
export class PasswordLogin {
  private readonly remembered: RememberedPasswords;
  private readonly verifier = new PasswordVerifier();
  /** Verifications under way, so that a burst of one client's requests hashes once. */
  private readonly pending = new Map<string, Promise<Account>>();

  constructor(private readonly store: AccountStore, private readonly clock: Clock, private readonly options: PasswordLoginOptions = defaultPasswordLoginOptions) {
    this.remembered = new RememberedPasswords(options.remember, options.mostRemembered);
  }

  /** Whose account it is; `fresh`: the password was hashed just now, not remembered. Throws 'unauthenticated', or 'busy' when too many passwords wait to be checked. */
  async login(authorization: string): Promise<{ readonly account: Account; readonly fresh: boolean }> {
    const credentials = readBasic(authorization);
    const key = this.remembered.keyOf(credentials);
    const known = await this.recall(key);
    return known ? { account: known, fresh: false } : { account: await this.verifyOnce(key, credentials), fresh: true };
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
