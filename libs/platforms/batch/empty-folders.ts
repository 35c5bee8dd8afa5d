/** Folders of payloads are emptied as the account that they belong to, by `find`: a site's rule for `sudo` may name it. */
import type { Commands } from './commands.js';
import { longLimit } from './commands.js';

/** What an account may not remove even so is left to the broker, which removes the folders themselves. */
export async function emptyFolders(paths: readonly string[], user: string | undefined, commands: Commands): Promise<void> {
  const empty = async (): Promise<boolean> => (await commands.answer(['find', ...paths, '-mindepth', '1', '-delete'], { user, limit: longLimit })).code === 0;
  if (await empty()) return;
  // A payload may have closed folders, as package managers do with what they have fetched. They are opened before find goes into them.
  await commands.answer(['find', ...paths, '-type', 'd', '!', '-perm', '-700', '-exec', 'chmod', 'u+rwx', '{}', ';'], { user, limit: longLimit });
  await empty();
}
