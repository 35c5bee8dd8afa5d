/** Passwords that were verified lately, as keyed hashes: hashing at every request would be the speed of the whole interface. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Account, Instant, Milliseconds } from '#model';
import type { Credentials } from './credentials.js';

export interface Remembered { readonly account: Account; readonly until: Instant; readonly seen: Instant }

export class RememberedPasswords {
  /** Known to this process only, and for its life. */
  private readonly key = randomBytes(32);
  private readonly entries = new Map<string, Remembered>();

  constructor(private readonly length: Milliseconds, private readonly most: number) {}

  /** What a name and password are kept under. */
  keyOf({ name, password }: Credentials): string {
    return createHmac('sha256', this.key).update(`${name.length}:${name}${password}`).digest('base64');
  }

  find(key: string, now: Instant): Remembered | undefined {
    const entry = this.entries.get(key);
    if (entry && entry.until > now) return entry;
    this.entries.delete(key);
    return undefined;
  }

  /** Keeps a password that was just verified; the oldest one makes room. */
  remember(key: string, account: Account, now: Instant): void {
    this.put(key, { account, until: now + this.length, seen: now });
  }

  /** Notes that the account was looked at again and is the same. */
  confirm(key: string, entry: Remembered, account: Account, now: Instant): void {
    this.entries.set(key, { account, until: entry.until, seen: now });
  }

  drop(key: string): void {
    this.entries.delete(key);
  }

  /** Forgets an account that has changed. */
  forget(name: string): void {
    for (const [key, entry] of this.entries) if (entry.account.name === name) this.entries.delete(key);
  }

  private put(key: string, entry: Remembered): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
    const oldest = this.entries.keys().next();
    if (this.entries.size > this.most && !oldest.done) this.entries.delete(oldest.value);
  }
}
