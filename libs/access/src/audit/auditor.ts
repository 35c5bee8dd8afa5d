/** Writes what was done into the audit record, before the answer goes out. */
import { BrokerError } from '#model';
import type { AuditAction, AuditEntry, AuditLog, Clock, CredentialUse, Milliseconds, Requester, Sender } from '#model';
import type { CredentialWatch } from '../identity/authenticator.js';

/** What a call did; the rest of an entry is about who called. */
export type Done = Pick<AuditEntry, 'action' | 'outcome'> & Partial<Pick<AuditEntry, 'subject' | 'reasons' | 'facts'>>;

const mostReasons = 10;
const longestReason = 300;
const mostGroups = 50;

/** Most refused credentials of one address that are written down within `refusalSpan`: the next entry says how many were left out. */
const mostRefusals = 20;
const refusalSpan: Milliseconds = 60_000;
const mostAddresses = 10_000;

interface Refusals { readonly since: number; count: number }

export class Auditor implements CredentialWatch {
  private readonly refusals = new Map<string, Refusals>();

  constructor(private readonly log: AuditLog, private readonly clock: Pick<Clock, 'now'>) {}

  async note(requester: Requester, done: Done): Promise<void> {
    await this.log.append({ at: this.clock.now(), ...whoIs(requester), ...done });
  }

  /** Does `work` and notes what came of it; an error is noted, and thrown on. */
  async noted<T>(requester: Requester, done: Omit<Done, 'outcome'>, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      await this.note(requester, { ...done, outcome: 'done' });
      return result;
    } catch (error) {
      await this.note(requester, { ...done, ...failureOf(error) });
      throw error;
    }
  }

  async used(requester: Requester): Promise<void> {
    await this.note(requester, { action: 'credential', outcome: 'done' });
  }

  /** The node itself used a credential on a platform, for a session. */
  async usedFor(platform: string, { session, account, mark, what }: CredentialUse): Promise<void> {
    await this.log.append({ at: this.clock.now(), action: 'token.use', who: 'broker', origin: { address: '', credential: 'none' }, subject: session, outcome: 'done', facts: { platform, account, token: mark, what } });
  }

  async refused({ address }: Sender, error: BrokerError): Promise<void> {
    const left = this.countRefusal(address);
    if (left === undefined) return;
    await this.log.append({
      at: this.clock.now(), action: 'credential', who: 'unknown', origin: { address, credential: 'none' }, outcome: 'refused', reasons: reasonsOf(error),
      ...(left > 0 ? { facts: { leftOut: left } } : {}),
    });
  }

  /** How many of this address were left out before, when this one is to be written; undefined when it is left out too. */
  private countRefusal(address: string): number | undefined {
    const now = this.clock.now();
    const known = this.refusals.get(address);
    if (known && now - known.since < refusalSpan) {
      known.count += 1;
      return known.count > mostRefusals ? undefined : 0;
    }
    this.refusals.delete(address);
    this.refusals.set(address, { since: now, count: 1 });
    const oldest = this.refusals.keys().next();
    if (this.refusals.size > mostAddresses && !oldest.done) this.refusals.delete(oldest.value);
    return Math.max(0, (known?.count ?? 0) - mostRefusals);
  }
}

/** Whether it was refused or went wrong, and why. */
export function failureOf(error: unknown): Pick<Done, 'outcome' | 'reasons'> {
  if (!(error instanceof BrokerError)) return { outcome: 'failed' };
  const refused = ['unauthenticated', 'forbidden', 'not-found', 'conflict', 'malformed', 'too-many', 'too-large'].includes(error.word);
  return { outcome: refused ? 'refused' : 'failed', reasons: reasonsOf(error) };
}

function reasonsOf(error: BrokerError): readonly string[] {
  return [error.word, error.message.slice(0, longestReason)].slice(0, mostReasons);
}

function whoIs({ id, name, realm, roles, groups, scopes, origin }: Requester): Pick<AuditEntry, 'who' | 'origin' | 'grounds'> & { readonly name: string; readonly realm: string } {
  return {
    who: id, name, realm: realm ?? 'local', origin: origin ?? { address: '', credential: 'none' },
    grounds: { roles, groups: groups.slice(0, mostGroups), ...(scopes ? { scopes } : {}) },
  };
}

/** What an update does, in the words of the record. */
export function updateAction(path: string, value: unknown): AuditAction {
  if (path !== 'phase') return 'change';
  const words: Readonly<Record<string, AuditAction>> = { ACCEPTED: 'accept', REJECTED: 'reject', CANCELLED: 'cancel' };
  return (typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined) ?? 'change';
}
