import type { Instant } from './interval.js';
import type { Role } from './requester.js';

/** A local account. `hash` is an argon2id hash in PHC form; the password itself is nowhere. */
export interface Account { readonly name: string; readonly hash: string; readonly roles: readonly Role[]; readonly groups: readonly string[]; readonly created: Instant; readonly disabled: boolean }

/** Port: where local accounts are kept. */
export interface AccountStore {
  find(name: string): Promise<Account | undefined>;
  list(): Promise<readonly Account[]>;
  /** Creates or replaces. */
  put(account: Account): Promise<void>;
  /** False when there was none. */
  remove(name: string): Promise<boolean>;
}
