import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, keepMost, rankOffers, rankings } from './rank-offers.js';
import type { Ranked } from './rank-offers.js';

function offer(member: string, start: number, price: number | undefined, uuid = ''): Ranked & { uuid: string } {
  const costs = price === undefined ? [] : [{ kind: 'k', type: 'urn:x:monetary', max: price }];
  return { member, uuid, start: { start, end: start }, cost: costOf(costs), bringing: 0 };
}

const offers = fc.array(fc.record({
  member: fc.constantFrom('a', 'b', 'c', 'd'), start: fc.nat(4), price: fc.option(fc.nat(3), { nil: undefined }),
}), { maxLength: 40 }).map((all) => all.map(({ member, start, price }, index) => offer(member, start, price, String(index))));

const startOf = (one: Ranked | undefined): number => one?.start.start ?? 0;

describe('rankOffers', () => {
  it('puts earlier ones first, then cheaper ones, and loses or doubles none', () => {
    fc.assert(fc.property(offers, fc.nat(), (all, turn) => {
      const ranked = rankOffers(all, turn);
      expect(new Set(ranked)).toEqual(new Set(all));
      expect(ranked).toHaveLength(all.length);
      ranked.slice(1).forEach((one, index) => {
        const before = ranked[index] as Ranked;
        expect(startOf(before)).toBeLessThanOrEqual(startOf(one));
        if (startOf(before) === startOf(one)) expect(before.cost).toBeLessThanOrEqual(one.cost);
      });
    }));
  });

  it('puts cheaper ones first, then earlier ones, where that is configured', () => {
    fc.assert(fc.property(offers, fc.nat(), (all, turn) => {
      const ranked = rankOffers(all, turn, rankings.cheapest);
      expect(new Set(ranked)).toEqual(new Set(all));
      ranked.slice(1).forEach((one, index) => {
        const before = ranked[index] as Ranked;
        expect(before.cost).toBeLessThanOrEqual(one.cost);
        if (before.cost === one.cost) expect(startOf(before)).toBeLessThanOrEqual(startOf(one));
      });
    }));
  });

  it('puts any number of equal ones in order', () => {
    const all = Array.from({ length: 200_000 }, (_, index) => offer(index % 2 === 0 ? 'a' : 'b', 0, 1, String(index)));
    expect(rankOffers(all, 0)).toHaveLength(all.length);
  });

  it('keeps the best of every member before a second of any, in the same order', () => {
    fc.assert(fc.property(offers, fc.nat(), fc.integer({ min: 1, max: 10 }), (all, turn, most) => {
      const whole = rankOffers(all, turn);
      const ranked = keepMost(whole, most);
      expect(ranked).toHaveLength(Math.min(most, all.length));
      expect(ranked).toEqual(whole.filter((one) => ranked.includes(one)));
      const members = new Set(all.map((one) => one.member));
      if (most >= members.size) expect(new Set(ranked.map((one) => one.member))).toEqual(members);
    }));
  });

  it('lets equal offers take turns, begun by another member from set to set', () => {
    const equal = ['a', 'a', 'a', 'b', 'b', 'c'].map((member) => offer(member, 1, 1));
    const order = (turn: number): string => rankOffers(equal, turn).map((one) => one.member).join('');
    expect(order(0)).toBe('abcaba');
    expect(new Set([0, 1, 2].map((turn) => order(turn)[0]))).toEqual(new Set(['a', 'b', 'c']));
  });

  it('puts where less is to be brought first, among those of one start and price', () => {
    const bringing = (member: string, start: number, minutes: number): Ranked => ({ ...offer(member, start, 1), bringing: minutes });
    const ranked = rankOffers([bringing('far', 1, 9), bringing('near', 1, 1), bringing('later', 2, 0)], 0);
    expect(ranked.map((one) => one.member)).toEqual(['near', 'far', 'later']);
  });

  it('goes by the scores where there are some, then by the usual order, then by turns', () => {
    const scored = [offer('a', 1, 1), offer('b', 1, 1), offer('b', 2, 1), offer('c', 9, 1)].map((one, index) => ({ ...one, score: index === 3 ? 5 : 0 }));
    expect(rankOffers(scored, 0).map((one) => `${one.member}${one.start.start}`)).toEqual(['c9', 'a1', 'b1', 'b2']);
    expect(rankOffers(scored, 2).map((one) => `${one.member}${one.start.start}`)).toEqual(['c9', 'b1', 'a1', 'b2']);
  });
});
