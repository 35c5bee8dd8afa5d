/** A node without an administrator makes one, so that accounts can be managed from the first start on. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountStore, Clock, Log } from '#model';
import { seedAccounts } from '#access';

/** File below the state folder, readable by the broker's account only. */
const fileName = 'admin-password';

/** Does nothing where any administrator exists. The password is in the file alone, never in the log. */
export async function makeFirstAdmin(store: AccountStore, around: { readonly clock: Clock; readonly log: Log; readonly stateFolder: string }): Promise<void> {
  const accounts = await store.list();
  if (accounts.some((account) => account.roles.includes('admin'))) return;
  const password = randomBytes(18).toString('base64url');
  const file = join(around.stateFolder, fileName);
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  await seedAccounts(store, [{ name: 'admin', password, roles: ['user', 'admin'] }], around.clock);
  around.log.info("no administrator yet: made the account 'admin'", { passwordFile: file });
}
