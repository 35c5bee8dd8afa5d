import { describe, expect, it } from 'vitest';
import type { PoolId, Resources } from '#model';
import { reason } from '#model';
import type { Charge } from '#plugin-sdk';
import { accountPool } from '#booking';
import type { Ledger } from '#booking';
import { Shares, prepareAccounts } from './shares.js';

function charge(counts: Charge['counts']): Charge {
  return { account: `quota/${counts}/alice`, counts, limits: [{ kind: 'at-once', most: { cores: 10 } }], reason: reason('quota', 'no more', {}) };
}

/** What a ledger knows of accounts. */
function aLedger(): { readonly known: Map<PoolId, Resources>; readonly ledger: Pick<Ledger, 'definePools' | 'preview'> } {
  const known = new Map<PoolId, Resources>();
  const profile = { totalOf: (pool: PoolId) => known.get(pool) } as Parameters<Parameters<Ledger['preview']>[0]>[0];
  return {
    known,
    ledger: {
      preview: (look) => look(profile),
      definePools: (pools) => { for (const { pool, total } of pools) known.set(pool, total); return Promise.resolve([]); },
    } as Pick<Ledger, 'definePools' | 'preview'>,
  };
}

describe('accounts that an answer may charge', () => {
  const shares = new Shares([], new Map(), [], []);

  it('know whatever a session may be given, also what nobody asked for, and keep what they knew', async () => {
    const { known, ledger } = aLedger();
    const granted = charge('granted');
    await prepareAccounts(ledger, { charges: [granted], shares }, [{ cores: 1 }, { cores: 8, memory: 4 }]);
    await prepareAccounts(ledger, { charges: [granted], shares }, [{ cores: 1 }, { cores: 128, 'gpu:a100': 4 }]);
    expect(Object.keys(known.get(accountPool(granted.account)) ?? {}).sort()).toEqual(['cores', 'gpu:a100', 'memory']);
  });

  it('of sessions and money count nothing else', async () => {
    const { known, ledger } = aLedger();
    await prepareAccounts(ledger, { charges: [charge('sessions'), charge('money')], shares }, [{ cores: 1 }]);
    expect([...known.values()].map((total) => Object.keys(total))).toEqual([['sessions'], ['money']]);
  });
});
