/** The token of a login, renewed where it is about to end. */
import { UsageError } from '../exit.js';
import type { Terminal } from '../terminal.js';
import { renewed } from './issuer.js';
import { TokenCache } from './token-cache.js';

export async function isLoggedIn(terminal: Terminal, key: string): Promise<boolean> {
  return await new TokenCache(terminal.env).find(key) !== undefined;
}

/** Another process may have renewed it meanwhile: a refresh token that rotates is good once. */
export async function currentToken(terminal: Terminal, key: string): Promise<string> {
  const cache = new TokenCache(terminal.env);
  const kept = await cache.find(key);
  const fresh = kept && await renewed(kept, terminal.clock);
  if (fresh) {
    if (fresh !== kept) await cache.keep(key, fresh);
    return fresh.accessToken;
  }
  const now = await cache.find(key);
  if (now && now.accessToken !== kept?.accessToken) return now.accessToken;
  throw new UsageError('the login is over', 'log in again with eb login');
}
