import { describe, expect, it } from 'vitest';
import { anOfferToRank, aRankingAsk, rankingContract, rememberingLog } from '#plugin-sdk/testing';
import type { OfferToRank } from '#plugin-sdk';
import { HandClock } from '#runtime/testing';
import { weightsRanking } from './index.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
const hour = 3_600_000;

rankingContract({
  name: 'weights', plugin: weightsRanking, clock, config: { wait: 1, cost: 0.5, preparing: 2, members: { n1: 3, n2: -1 } },
  badConfigs: [{ raw: { wait: -1 }, path: 'wait' }, { raw: { cost: 'much' }, path: 'cost' }, { raw: { members: { n1: 'best' } }, path: 'members.n1' }, { raw: { weight: 1 }, path: 'weight' }],
});

async function bestOf(config: unknown, offers: readonly OfferToRank[]): Promise<readonly string[]> {
  const ranking = weightsRanking.create(weightsRanking.parseConfig(config), { clock, log: rememberingLog([]), fetch });
  const scores = await ranking.score(offers, aRankingAsk());
  return [...scores].sort(([, a], [, b]) => b - a).map(([key]) => key);
}

const later = (hours: number, more: Partial<OfferToRank>): OfferToRank => {
  const start = clock.now() + hours * hour;
  return anOfferToRank({ start: { start, end: start }, ...more });
};

describe('weights', () => {
  it('put the earliest first, where nothing is configured', async () => {
    expect(await bestOf({}, [later(2, { key: 'late' }), later(1, { key: 'early' })])).toEqual(['early', 'late']);
  });

  it('weigh an hour against money', async () => {
    const offers = [later(0, { key: 'now', cost: 10 }), later(4, { key: 'later', cost: 4 })];
    expect(await bestOf({ wait: 1, cost: 1 }, offers)).toEqual(['later', 'now']);
    expect(await bestOf({ wait: 1, cost: 0.5 }, offers)).toEqual(['now', 'later']);
  });

  it('take who names no price for the dearest', async () => {
    expect(await bestOf({ cost: 1 }, [anOfferToRank({ key: 'silent' }), anOfferToRank({ key: 'cheap', cost: 1 }), anOfferToRank({ key: 'dear', cost: 9 })])).toEqual(['cheap', 'silent', 'dear']);
  });

  it('prefer where less has to be brought, and members by their names', async () => {
    const offers = [anOfferToRank({ key: 'far', member: 'n1', preparing: hour }), anOfferToRank({ key: 'near', member: 'n2' })];
    expect(await bestOf({ preparing: 1 }, offers)).toEqual(['near', 'far']);
    expect(await bestOf({ preparing: 1, members: { n1: 2 } }, offers)).toEqual(['far', 'near']);
  });
});
