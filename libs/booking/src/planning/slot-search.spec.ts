import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Overlay } from '../times/headroom.js';
import { SlotSearch } from './slot-search.js';
import { enlarge } from './slot-size.js';
import { calendar, fitsBeside, grain, horizon, now, profileOf, query, works } from '../testing/tiny-calendar.js';

describe('SlotSearch', () => {
  it('finds the same first start as trying every millisecond does', () => {
    fc.assert(fc.property(calendar, query, fc.integer({ min: now, max: now + 100 }), (booked, asked, from) => {
      const starts = Array.from({ length: horizon + 1 }, (_, offset) => now + offset).filter((start) => start >= from);
      const expected = starts.find((start) => works(booked, asked, start, asked.duration.min));
      expect(new SlotSearch(profileOf(booked), asked).first(from, asked.duration.min)).toBe(expected);
    }), { numRuns: 2000 });
  });

  it('finds beside what others use the same first start as if that were booked too', () => {
    fc.assert(fc.property(calendar, calendar, query, (booked, others, asked) => {
      const narrowed = new Overlay(others, grain).over(profileOf(booked));
      const starts = Array.from({ length: horizon + 1 }, (_, offset) => now + offset);
      const expected = starts.find((start) => works([...booked, ...others], asked, start, asked.duration.min));
      const search = new SlotSearch(narrowed, asked);
      const start = search.first(now, asked.duration.min);
      expect(start).toBe(expected);
      if (start === undefined) return;
      expect(works([...booked, ...others], asked, start, search.longest(start, asked.duration.min))).toBe(true);
      const { claims } = enlarge(narrowed, search, { start, duration: asked.duration.min });
      expect(fitsBeside([...booked, ...others], claims)).toBe(true);
    }), { numRuns: 2000 });
  });

  it('gives the longest duration that the minimum fits for', () => {
    fc.assert(fc.property(calendar, query, (booked, asked) => {
      const search = new SlotSearch(profileOf(booked), asked);
      const start = search.first(now, asked.duration.min);
      if (start === undefined) return;
      const longest = search.longest(start, asked.duration.min);
      expect(works(booked, asked, start, longest)).toBe(true);
      const longer = Array.from({ length: asked.duration.max - longest }, (_, more) => longest + more + 1);
      expect(longer.filter((duration) => works(booked, asked, start, duration))).toEqual([]);
    }), { numRuns: 1000 });
  });

  it('makes a slot as big as it can be there, so that nothing more of anything fits', () => {
    fc.assert(fc.property(calendar, query, (booked, asked) => {
      const profile = profileOf(booked);
      const search = new SlotSearch(profile, asked);
      const duration = asked.duration.min;
      const start = search.first(now, duration);
      if (start === undefined) return;
      const { claims, granted } = enlarge(profile, search, { start, duration });
      expect(fitsBeside(booked, claims)).toBe(true);
      for (const [index, { max }] of asked.demands.entries()) {
        for (const name of ['cores', 'memory'] as const) {
          const has = claims[index]?.amount[name] ?? 0;
          const isFull = has >= (max[name] ?? 0) || (granted[name] ?? 0) >= ((asked.atMost as Record<string, number> | undefined)?.[name] ?? Infinity);
          if (isFull) continue;
          const more = claims.map((one, at) => (at === index ? { ...one, amount: { ...one.amount, [name]: has + 1 } } : one));
          expect(fitsBeside(booked, more)).toBe(false);
        }
      }
    }), { numRuns: 1000 });
  });
});
