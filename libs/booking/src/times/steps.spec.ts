import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PoolId } from '#model';
import type { Hold } from '../booking.js';
import type { Step } from './steps.js';
import { stepsOf, stepsOfAlternatives } from './steps.js';
import { addSteps, stepsOfHolds } from '../testing/brute-force.js';

const grain = 10;
const claim = fc.record({
  pool: fc.constantFrom('a/x' as PoolId, 'b/x' as PoolId),
  interval: fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 90 })).map(([start, length]) => ({ start, end: start + length })),
  amount: fc.record({ cores: fc.integer({ min: 0, max: 9 }), memory: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] }),
});
const holds = fc.array(fc.array(claim, { maxLength: 3 }), { maxLength: 6 }).map((sets) => sets.map((claims, index): Hold => ({ index, claims })));

function counted(steps: readonly Step[]): ReadonlyMap<string, number> {
  const use = new Map<string, number>();
  for (const { pool, resource, from, until, amount } of steps) {
    for (let slot = from; slot < until; slot++) addSteps(use, [{ key: `${slot}|${resource}|${pool}`, amount }]);
  }
  return use;
}

/** Alternatives that differ in their times only. */
const alike = fc.array(fc.array(claim, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 6 })
  .map((sets) => sets.map((claims, index): Hold => ({ index, claims: claims.map((one, place) => ({ ...one, pool: (place === 0 ? 'a/x' : 'b/x') as PoolId, amount: { ...sets[0]?.[place]?.amount } })) })));

describe('steps', () => {
  it('of alternatives are at each instant the most that one of them takes', () => {
    fc.assert(fc.property(fc.oneof(holds, alike), (given) => {
      const expected = new Map(stepsOfHolds(given, grain).filter(({ amount }) => amount > 0).map(({ key, amount }) => [key, amount]));
      expect(counted(stepsOfAlternatives(given, grain))).toEqual(expected);
    }), { numRuns: 1000 });
  });

  it('round outward, and an empty interval occupies the grain that it lies in', () => {
    const pool = 'a/x' as PoolId;
    const at = (start: number, end: number): readonly Step[] => stepsOf([{ pool, interval: { start, end }, amount: { cores: 1 } }], grain);
    expect(at(19, 21)).toMatchObject([{ from: 1, until: 3 }]);
    expect(at(15, 15)).toMatchObject([{ from: 1, until: 2 }]);
    expect(at(20, 20)).toEqual([]);
  });
});
