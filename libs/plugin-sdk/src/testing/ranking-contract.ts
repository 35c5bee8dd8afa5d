/** The sentences that hold for every ranking. One call in each ranking's spec. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock, Instant } from '#model';
import { anonymous, kinds } from '#model';
import { schemaFault } from '../catalogue.js';
import type { OfferRanking, OfferToRank, RankingAsk, RankingPlugin } from '../ranking.js';
import { faultyKey } from './config-fault.js';
import { rememberingLog } from './test-host.js';

export interface RankingSuite<Config> {
  readonly name: string;
  readonly plugin: RankingPlugin<Config>;
  readonly config: unknown;
  readonly badConfigs: readonly { readonly raw: unknown; readonly path: string }[];
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
}

const hour = 3_600_000;

/** One core for an hour from now, at member n1, without a price; `over` says what is different. */
export function anOfferToRank(over: Partial<OfferToRank> = {}, now: Instant = Date.UTC(2030, 5, 3, 8)): OfferToRank {
  return { key: '0', member: 'n1', start: { start: now, end: now }, duration: hour, preparing: 0, cores: { min: 1, max: 1 }, memory: { min: 1, max: 1 }, costs: [], ...over };
}

export function aRankingAsk(over: Partial<RankingAsk> = {}): RankingAsk {
  return { requester: anonymous, request: { executable: { kind: kinds.scripted } }, now: Date.UTC(2030, 5, 3, 8), ...over };
}

const someOffers = fc.array(fc.record({ member: fc.constantFrom('n1', 'n2', 'n3'), wait: fc.nat(100), preparing: fc.nat(9), cost: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }) }), { minLength: 1, maxLength: 30 })
  .map((all) => all.map(({ member, wait, preparing, cost }, index): OfferToRank => {
    const start = aRankingAsk().now + wait * hour;
    return Object.freeze(anOfferToRank({ key: String(index), member, start: { start, end: start }, preparing: preparing * hour, ...(cost === undefined ? {} : { cost }) }));
  }));

export function rankingContract<Config>(suite: RankingSuite<Config>): void {
  const make = (): OfferRanking => suite.plugin.create(suite.plugin.parseConfig(suite.config), {
    clock: suite.clock, log: rememberingLog([]), fetch: suite.fetch ?? (() => Promise.reject(new TypeError('this test has no network'))),
  });
  describe(`${suite.name} keeps the contract of rankings`, () => {
    test('its example configuration keeps its own schema', () => {
      expect(schemaFault(suite.plugin.schema, suite.config)).toBeUndefined();
    });
    test.for(suite.badConfigs)('a bad configuration names the key $path', ({ raw, path }) => {
      expect(faultyKey(suite.plugin, raw)).toBe(path);
    });
    test('every offer has a finite score, and nothing else has one', async () => {
      await fc.assert(fc.asyncProperty(someOffers, async (offers) => {
        const scores = await make().score(Object.freeze(offers), aRankingAsk());
        expect([...scores.keys()].sort()).toEqual(offers.map(({ key }) => key).sort());
        expect([...scores.values()].every(Number.isFinite)).toBe(true);
      }), { numRuns: 50 });
    });
    test('asked twice, it scores the same', async () => {
      await fc.assert(fc.asyncProperty(someOffers, async (offers) => {
        const ranking = make();
        expect(await ranking.score(offers, aRankingAsk())).toEqual(await ranking.score(offers, aRankingAsk()));
      }), { numRuns: 20 });
    });
  });
}
