import type { Account, AccountStore } from '#model';

/** Accounts in memory; counts how often somebody was looked up. */
export class MemoryAccounts implements AccountStore {
  private readonly accounts = new Map<string, Account>();
  lookups = 0;

  find(name: string): Promise<Account | undefined> {
    this.lookups++;
    return Promise.resolve(this.accounts.get(name));
  }

  list(): Promise<readonly Account[]> {
    return Promise.resolve([...this.accounts.values()]);
  }

  put(account: Account): Promise<void> {
    this.accounts.set(account.name, account);
    return Promise.resolve();
  }

  remove(name: string): Promise<boolean> {
    return Promise.resolve(this.accounts.delete(name));
  }
}
