import type { Milliseconds } from '#model';
import type { Ledger, PoolResult } from '#booking';
import { pledgePool } from '#node';
import type { BoundPolicy, DividedPool } from '#node';

/** Makes every pledge a pool of the ledger. What can't be: a pool that is not there, or a pledge that was cut below what is promised of it. */
export async function definePledges(ledger: Ledger, divided: readonly DividedPool[]): Promise<readonly string[]> {
  const known = ledger.preview((profile) => new Set(profile.pools().map(({ pool }) => pool)));
  const strangers = divided.filter(({ pool }) => !known.has(pool)).map(({ pool }) => `pools: there is no pool ${pool} to divide; see eb capacity for the names`);
  const pledges = divided.flatMap((one) => one.pledges.map((pledge) => ({ name: pledge.name, pool: pledgePool(one, pledge), total: pledge.amounts })));
  const results = await ledger.definePools(pledges);
  return [...strangers, ...results.flatMap((result, index) => (result.kind === 'defined' ? [] : [cutRefused(pledges[index]?.name ?? '', result)]))];
}

/** How far back accounts have to be known, for policies and fair shares. */
export function memoryOf(policies: readonly BoundPolicy[], divided: readonly DividedPool[]): Milliseconds {
  const shares = divided.flatMap(({ pledges }) => pledges.map(({ fairShare }) => fairShare?.period ?? 0));
  return Math.max(0, ...shares, ...policies.map(({ memory = 0 }) => memory));
}

/** It keeps its former size until then. */
function cutRefused(name: string, { sessions, sets }: PoolResult & { kind: 'refused' }): string {
  return `pools: pledge ${name} can not become smaller than what is promised of it to sessions ${sessions.join(', ') || '-'} and offer sets ${sets.join(', ') || '-'}; it stays as it was until the next start`;
}
