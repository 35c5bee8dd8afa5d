import type { AccountStore, Clock, Role } from '#model';
import { hashPassword } from './passwords.js';

export interface AccountSeed { readonly name: string; readonly password: string; readonly roles?: readonly Role[]; readonly groups?: readonly string[] }

/** Makes the accounts of a configuration that are not there yet. Those that are stay as they are, and are named in `kept`. */
export async function seedAccounts(store: AccountStore, seeds: readonly AccountSeed[], clock: Clock): Promise<{ readonly created: readonly string[]; readonly kept: readonly string[] }> {
  const created: string[] = [];
  const kept: string[] = [];
  for (const { name, password, roles, groups } of seeds) {
    if (await store.find(name)) {
      kept.push(name);
      continue;
    }
    await store.put({ name, hash: await hashPassword(password), roles: roles ?? ['user'], groups: groups ?? [], created: clock.now(), disabled: false });
    created.push(name);
  }
  return { created, kept };
}
