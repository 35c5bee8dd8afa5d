/** Who a session runs as on the cluster. */
import type { RequesterId } from '#model';
import { BrokerError, reason } from '#model';
import type { Commands } from './commands.js';
import type { BatchConfig } from './config.js';

export interface ClusterAccount { readonly user?: string; readonly account?: string }

/** Empty where nobody is mapped: everything runs as the broker's own account. */
export function accountOf(owner: RequesterId, { accounts }: BatchConfig): ClusterAccount {
  return accounts.get(owner) ?? accounts.get('*') ?? {};
}

/** Number of a Unix account, for the files that are given to it. */
export async function numberOf(user: string, commands: Commands): Promise<number> {
  const uid = Number((await commands.answer(['id', '-u'], { user })).stdout.trim() || Number.NaN);
  if (!Number.isSafeInteger(uid)) throw unusable(user, 'it is not known, or the broker may not act for it');
  if (uid === 0) throw unusable(user, 'nothing runs as root');
  return uid;
}

export async function ownName(commands: Commands): Promise<string> {
  return (await commands.answer(['id', '-un'])).stdout.trim();
}

function unusable(user: string, why: string): BrokerError {
  return new BrokerError('unavailable', 'operator', [reason('account-unusable', "the cluster account '{user}' can't be used: {why}", { user, why }, { level: 'ERROR' })]);
}
