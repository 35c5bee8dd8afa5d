/** The chain of the audit record: each hash covers the entry, its number, and the hash before it. */
import { createHash, createHmac } from 'node:crypto';
import type { AuditMark } from '#model';

/** An entry as it is stored; the hash covers its text. */
export interface ChainLink extends AuditMark { readonly entry: string }

/** Statements that read links after an entry, and the ends of the chain. */
export const linksAfter = "select number, entry, encode(hash, 'hex') as hash from audit_entry where number > $1 order by number limit $2";
export const headOfChain = "select number, encode(hash, 'hex') as hash from audit_head where id = 1";
export const startOfChain = "select number, encode(hash, 'hex') as hash from audit_start where id = 1";
/** Links that one statement reads. */
export const readAtOnce = 5_000;
/** Before the first entry. */
export const noEntry: AuditMark = { number: 0, hash: '' };

/** With a key it is an HMAC: who can write into the database but does not know the key can't mend a broken chain. */
export function chainHash(key: string | undefined, link: { readonly before: string; readonly number: number; readonly entry: string }): string {
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  return hash.update(`${link.before} ${link.number} ${link.entry}`, 'utf8').digest('hex');
}

/** Why `link` can't be what was written after `last`. */
export function linkFault(key: string | undefined, last: AuditMark, link: ChainLink): string | undefined {
  if (link.number !== last.number + 1) return `entry ${last.number + 1} is missing`;
  return chainHash(key, { before: last.hash, number: link.number, entry: link.entry }) === link.hash ? undefined : 'it was altered, moved, or written with another key';
}

/** Subject of the entry that says where the chain was cut, and what operators note. */
export function notedForm({ number, hash }: AuditMark): string {
  return `${number}:${hash}`;
}
