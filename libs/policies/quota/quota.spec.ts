import { describe, expect, it } from 'vitest';
import type { Charge, Verdict } from '#plugin-sdk';
import { anAsk, policyContract, rememberingLog } from '#plugin-sdk/testing';
import { anonymous } from '#model';
import { HandClock } from '#runtime/testing';
import { quotaPolicy } from './index.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
const config = { quotas: [{ name: 'all', sessions: 2, amounts: { cores: 8 }, openOffers: 3 }, { name: 'month', groups: ['astro', 'radio'], per: 'group', hours: { cores: 100 }, period: 'P30D' }] };

policyContract({
  name: 'quota', plugin: quotaPolicy, clock, config,
  badConfigs: [
    { raw: { quotas: [{ name: 'a' }] }, path: 'quotas[0]' }, { raw: { quotas: [{ name: 'a', hours: { cores: 1 } }] }, path: 'quotas[0].period' },
    { raw: { quotas: [{ name: 'a', hours: { cores: 1 }, period: 'P0D' }] }, path: 'quotas[0].period' }, { raw: { quotas: [{ name: 'a', per: 'group', sessions: 1 }] }, path: 'quotas[0].per' },
    { raw: { quotas: [{ name: 'a', sessions: 1 }, { name: 'a', sessions: 2 }] }, path: 'quotas[1].name' },
  ],
  asks: [
    { title: 'what may fit is allowed, and charged', ask: anAsk(), verdict: 'allow' },
    { title: 'what is bigger than a quota is limited to it', ask: anAsk({ need: { min: { cores: 1 }, max: { cores: 9 } } }), verdict: 'limit' },
    { title: 'what can never fit is denied', ask: anAsk({ need: { min: { cores: 9 }, max: { cores: 9 } } }), verdict: 'deny' },
  ],
});

async function chargesOf(groups: readonly string[], pool?: string): Promise<readonly Charge[]> {
  const policy = quotaPolicy.create(quotaPolicy.parseConfig(config), { clock, log: rememberingLog([]), fetch });
  const verdict: Verdict = await policy.judge?.(anAsk({ requester: { ...anonymous, groups }, ...(pool === undefined ? {} : { pool }) })) ?? { kind: 'allow' };
  return verdict.kind === 'deny' ? [] : verdict.charges ?? [];
}

describe('the accounts of quotas', () => {
  it('are one for each requester, or for each group that they are in', async () => {
    expect((await chargesOf(['radio'])).map(({ account }) => account)).toEqual(['quota/all/sessions/anonymous:', 'quota/all/amounts/anonymous:', 'quota/all/offers/anonymous:', 'quota/month/hours/group:radio']);
    expect((await chargesOf(['radio', 'astro'])).filter(({ account }) => account.includes('month'))).toHaveLength(2);
  });

  it('of a policy that is bound to a pool are that pool\'s', async () => {
    expect((await chargesOf([], 'srcnet'))[0]?.account).toBe('quota/srcnet/all/sessions/anonymous:');
  });

  it('have to be known for the longest period', () => {
    expect(quotaPolicy.create(quotaPolicy.parseConfig(config), { clock, log: rememberingLog([]), fetch }).memory).toBe(30 * 86_400_000);
  });
});
