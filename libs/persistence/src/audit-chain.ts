/** The chain of the audit record: each hash covers the entry, its number, and the hash before it. */
import { createHash, createHmac } from 'node:crypto';

/** With a key it is an HMAC: who can write into the database but does not know the key can't mend a broken chain. */
export function chainHash(key: string | undefined, link: { readonly before: string; readonly number: number; readonly entry: string }): string {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  return hash.update(`${link.before} ${link.number} ${link.entry}`, 'utf8').digest('hex');
}
