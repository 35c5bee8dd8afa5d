import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline } from './timeline.js';

const slots = 64;
const range = fc.tuple(fc.integer({ min: -10, max: slots + 10 }), fc.integer({ min: -5, max: slots })).map(([from, length]) => ({ from, until: from + length }));
const change = fc.record({ range, amount: fc.integer({ min: -5, max: 9 }) });

function inGrid(from: number, until: number): number[] {
  return Array.from({ length: slots }, (_, slot) => slot).filter((slot) => slot >= from && slot < until);
}

describe('Timeline', () => {
  it('answers as counting slot by slot does', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 25 }), fc.array(fc.record({ range, limit: fc.integer({ min: 0, max: 30 }) }), { maxLength: 10 }), (changes, questions) => {
      const timeline = new Timeline(slots);
      const use = new Array<number>(slots).fill(0);
      for (const { range: { from, until }, amount } of changes) {
        timeline.add(from, until, amount);
        for (const slot of inGrid(from, until)) use[slot] = (use[slot] ?? 0) + amount;
      }
      for (const { range: { from, until }, limit } of questions) {
        const asked = inGrid(from, until);
        const above = asked.filter((slot) => (use[slot] ?? 0) > limit);
        expect(timeline.max(from, until)).toBe(asked.length === 0 ? 0 : Math.max(...asked.map((slot) => use[slot] ?? 0)));
        expect(timeline.lastAbove(from, until, limit)).toBe(above.at(-1) ?? -1);
        expect(timeline.firstAbove(from, until, limit)).toBe(above[0] ?? -1);
      }
    }), { numRuns: 2000 });
  });

  it('is the same whether built from changes or added one by one', () => {
    fc.assert(fc.property(fc.array(change, { maxLength: 25 }), range, (changes, asked) => {
      const added = new Timeline(slots);
      const edges = new Float64Array(slots);
      for (const { range: { from, until }, amount } of changes) {
        added.add(from, until, amount);
        if (from >= until || from >= slots || until <= 0) continue;
        edges[Math.max(0, from)] = (edges[Math.max(0, from)] ?? 0) + amount;
        if (until < slots) edges[until] = (edges[until] ?? 0) - amount;
      }
      expect(Timeline.fromChanges(edges).max(asked.from, asked.until)).toBe(added.max(asked.from, asked.until));
    }), { numRuns: 1000 });
  });
});
