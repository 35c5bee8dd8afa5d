/** Who a session runs as on the cluster: rules from requesters to Unix accounts. */
import type { Clock, Instant, Milliseconds, RequesterId } from '#model';
import { BrokerError, reason } from '#model';
import type { Commands } from './commands.js';

export interface ClusterAccount { readonly user: string; readonly account?: string }

/** A requester, or a pattern with one `*`; `{*}` in the account's names stands for what the `*` is. */
export type AccountRules = readonly (readonly [string, ClusterAccount])[];

const unixName = /^[a-z_][a-z0-9_-]{0,31}$/;

export class Accounts {
  constructor(private readonly rules: AccountRules) {}

  /** False where everything runs as the broker's own account. */
  get isMapped(): boolean {
    return this.rules.length > 0;
  }

  /** Accounts that the configuration names outright. */
  get named(): readonly string[] {
    return [...new Set(this.namedOutright.map(({ user }) => user))];
  }

  /** The same with what their jobs are charged to. */
  get namedOutright(): readonly ClusterAccount[] {
    const whole = this.rules.map(([, account]) => account).filter(({ user, account = '' }) => !user.includes('*') && !account.includes('*'));
    return [...new Map(whole.map((one) => [`${one.user} ${one.account ?? ''}`, one])).values()];
  }

  /** By the requester's own rule, else by the first pattern that fits; undefined for who has no account. */
  of(owner: RequesterId): ClusterAccount | undefined {
    const rule = this.rules.find(([who]) => who === owner) ?? this.rules.find(([who]) => starOf(who, owner) !== undefined);
    if (rule === undefined) return undefined;
    const [who, found] = rule;
    const star = starOf(who, owner) ?? '';
    const user = found.user.replace('{*}', () => star);
    // What a requester is called must not make it somebody else, least of all root.
    if (!unixName.test(user) || user === 'root') return undefined;
    return { user, ...(found.account === undefined ? {} : { account: found.account.replace('{*}', () => star) }) };
  }
}

/** What the `*` of a pattern is in a text; undefined where it does not fit. */
function starOf(pattern: string, text: string): string | undefined {
  const at = pattern.indexOf('*');
  if (at < 0) return undefined;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  const fits = text.startsWith(before) && text.endsWith(after) && text.length >= before.length + after.length;
  return fits ? text.slice(before.length, text.length - after.length) : undefined;
}

/** Number of a Unix account, for the files that are given to it. */
export async function numberOf(user: string, commands: Commands): Promise<number> {
  const uid = Number((await commands.answer(['id', '-u', user])).stdout.trim() || Number.NaN);
  if (!Number.isSafeInteger(uid)) throw unusable(user, 'it is not known');
  if (uid === 0) throw unusable(user, 'nothing runs as root');
  return uid;
}

/** Numbers change as seldom as accounts are made: each is asked for once in a minute. */
const numberAge: Milliseconds = 60_000;

export class AccountNumbers {
  private readonly known = new Map<string, { readonly at: Instant; readonly number: Promise<number> }>();

  constructor(private readonly commands: Commands, private readonly clock: Pick<Clock, 'now'>) {}

  of(user: string): Promise<number> {
    const now = this.clock.now();
    const known = this.known.get(user);
    if (known !== undefined && now >= known.at && now - known.at < numberAge) return known.number;
    const number = numberOf(user, this.commands);
    this.known.set(user, { at: now, number });
    number.catch(() => { this.known.delete(user); });
    return number;
  }
}

export async function ownName(commands: Commands): Promise<string> {
  return (await commands.answer(['id', '-un'])).stdout.trim();
}

function unusable(user: string, why: string): BrokerError {
  return new BrokerError('unavailable', 'operator', [reason('account-unusable', "the cluster account '{user}' can't be used: {why}", { user, why }, { level: 'ERROR' })]);
}
