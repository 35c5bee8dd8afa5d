import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTurn, overHours } from './rates.js';

const hour = 3_600_000;
const minute = 60_000;
const curve = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 24, maxLength: 24 });
const run = fc.record({ start: fc.integer({ min: 0, max: 10_000 }).map((at) => at * minute), duration: fc.integer({ min: 1, max: 4_000 }).map((length) => length * minute) });

describe('hourly curves', () => {
  it('a run costs what its minutes cost, one by one', () => {
    fc.assert(fc.property(curve, run, (values, { start, duration }) => {
      let sum = 0;
      for (let at = start; at < start + duration; at += minute) sum += (values[Math.floor(at / hour) % 24] ?? 0) / 60;
      expect(overHours(values, { start, duration }, 0)).toBeCloseTo(sum, 6);
    }), { numRuns: 50 });
  });

  it('between two turns costs change evenly, so that no cheaper start is passed over', () => {
    fc.assert(fc.property(curve, run, fc.double({ min: 0, max: 1, noNaN: true }), (values, { start, duration }, part) => {
      const turn = nextTurn(start, duration);
      expect(turn).toBeGreaterThan(start);
      const [first, last] = [start, turn].map((at) => overHours(values, { start: at, duration }, 0)) as [number, number];
      const between = overHours(values, { start: start + (turn - start) * part, duration }, 0);
      expect(between).toBeCloseTo(first + (last - first) * part, 4);
    }), { numRuns: 100 });
  });

  it('without a curve the value is flat', () => {
    expect(overHours([], { start: 5, duration: 2 * hour }, 1)).toBe(2);
  });
});
