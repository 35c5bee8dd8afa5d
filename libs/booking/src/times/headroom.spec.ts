import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PoolId } from '#model';
import type { Headroom } from './headroom.js';
import { Overlay } from './headroom.js';
import { Timeline } from './timeline.js';

const pool = 'a/x' as PoolId;
const origin = 3;
const slots = 32;
const part = fc.record({ from: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 0, max: 20 }), amount: fc.integer({ min: 1, max: 4 }) });
const range = fc.tuple(fc.integer({ min: 0, max: slots }), fc.integer({ min: 0, max: slots })).map(([from, length]) => [from, Math.min(slots, from + length)] as const);

describe('what others use, over what is booked', () => {
  it('answers as one timeline with both would', () => {
    fc.assert(fc.property(fc.array(part, { maxLength: 6 }), fc.array(part, { maxLength: 6 }), range, fc.integer({ min: 0, max: 8 }), (booked, others, [from, to], limit) => {
      const own = new Timeline(slots);
      const both = new Timeline(slots);
      for (const one of booked) for (const timeline of [own, both]) timeline.add(one.from - origin, one.from + one.length - origin, one.amount);
      for (const one of others) both.add(one.from - origin, one.from + one.length - origin, one.amount);
      const below: Headroom = { grain: 10, limit: 1000, origin, totalOf: () => ({ cores: 8 }), timelineOf: () => own };
      const claims = others.map((one) => ({ pool, interval: { start: one.from * 10, end: (one.from + one.length) * 10 }, amount: { cores: one.amount } }));
      const usage = new Overlay(claims, 10).over(below).timelineOf(pool, 'cores');
      const expected = [both.max(from, to), both.lastAbove(from, to, limit), both.firstAbove(from, to, limit)];
      expect([usage.max(from, to), usage.lastAbove(from, to, limit), usage.firstAbove(from, to, limit)]).toEqual(expected);
    }), { numRuns: 3000 });
  });

  it('tells the first time at which little enough is used, and none where no end is known', () => {
    const overlay = new Overlay([
      { pool, interval: { start: 100, end: 200 }, amount: { cores: 4 } }, { pool, interval: { start: 150, end: 300 }, amount: { cores: 2 } },
      { pool, interval: { start: 0, end: Infinity }, amount: { cores: 1 } },
    ], 10);
    expect(overlay.firstBelow(pool, 'cores', { start: 105, amount: 3 })).toBe(200);
    expect(overlay.firstBelow(pool, 'cores', { start: 105, amount: 2 })).toBe(300);
    expect(overlay.firstBelow(pool, 'cores', { start: 105, amount: 0 })).toBeUndefined();
    expect(overlay.mostDuring(pool, 'cores', { start: 180, end: 250 })).toBe(7);
  });
});
