/** Offers, and what would have worked, against trying every start. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant, PoolId, Resources } from '#model';
import type { Candidate, SlotQuery } from '../booking.js';
import { planOffers } from './offer-planner.js';
import type { OfferRules } from './offer-planner.js';
import { Overlay } from '../times/headroom.js';
import { Profile } from '../profile/profile.js';
import { isLarger } from './slot-size.js';
import { calendar, fitsBeside, grain, horizon, now, profileOf, query, works } from '../testing/tiny-calendar.js';
import { biggestPossible, firstPossible } from './what-would-work.js';

const starts = Array.from({ length: horizon + 1 }, (_, offset) => now + offset);
const queries = fc.array(query, { minLength: 1, maxLength: 3 });
const rules: fc.Arbitrary<OfferRules> = fc.record({ most: fc.integer({ min: 1, max: 6 }), spacing: fc.integer({ min: 1, max: 30 }) });

const runs = (booked: Parameters<typeof works>[0], asked: SlotQuery): readonly Instant[] => starts.filter((start) => works(booked, asked, start, asked.duration.min));
const amountOf = (one: Resources, name: string): number => one[name] ?? 0;
const keyOf = ({ query: of, start, duration, granted }: Candidate): string => JSON.stringify([of, start, duration, granted]);

function expectLegal(booked: Parameters<typeof works>[0], asked: SlotQuery, { start, duration, claims, granted }: Candidate): void {
  expect(works(booked, asked, start, duration)).toBe(true);
  expect(fitsBeside(booked, claims)).toBe(true);
  expect(duration).toBeGreaterThanOrEqual(asked.duration.min);
  expect(duration).toBeLessThanOrEqual(asked.duration.max);
  expect(claims).toHaveLength(asked.demands.length);
  for (const [index, { min, max }] of asked.demands.entries()) {
    for (const name of ['cores', 'memory']) {
      const has = amountOf(claims[index]?.amount ?? {}, name);
      expect(has).toBeGreaterThanOrEqual(amountOf(min, name));
      expect(has).toBeLessThanOrEqual(amountOf(max, name));
    }
  }
  expect(amountOf(granted, 'cores')).toBeLessThanOrEqual(amountOf(asked.atMost ?? { cores: Infinity }, 'cores'));
}

describe('planOffers', () => {
  it('offers only what fits, by itself, within windows, hours, durations, sizes and limits; never too many, and nothing twice', () => {
    fc.assert(fc.property(calendar, queries, rules, (booked, asked, given) => {
      const offers = planOffers({ queries: asked, rules: given }, profileOf(booked));
      for (const offer of offers) expectLegal(booked, asked[offer.query] as SlotQuery, offer);
      expect(offers.length).toBeLessThanOrEqual(given.most);
      expect(new Set(offers.map(keyOf)).size).toBe(offers.length);
      expect(offers.map(({ start }) => start)).toEqual(offers.map(({ start }) => start).sort((a, b) => a - b));
    }), { numRuns: 500 });
  });

  it('offers the same whether every way is looked at, or only as many as can matter', () => {
    fc.assert(fc.property(calendar, fc.array(query, { minLength: 2, maxLength: 8 }), rules, (booked, asked, given) => {
      const profile = profileOf(booked);
      // A way that nobody can take, and that would begin before all others, keeps the looking from ending early.
      const [first] = asked as [SlotQuery];
      const hopeless = { ...first, notBefore: now - 1, windows: [{ start: now - 1, end: now - 1 }, ...first.windows], demands: first.demands.map((one) => ({ ...one, min: { cores: 1e9 }, max: { cores: 1e9 } })) };
      const [short, whole] = [planOffers({ queries: asked, rules: given }, profile), planOffers({ queries: [...asked, hopeless], rules: given }, profile)];
      expect(short.map(keyOf)).toEqual(whole.map(keyOf));
    }), { numRuns: 500 });
  });

  it('offers the same whether ways that are alike are told by one of them, or each is looked at', () => {
    const elsewhere = (asked: SlotQuery): SlotQuery => ({ ...asked, demands: asked.demands.map((one) => ({ ...one, pool: one.pool === 'a/x' ? 'b/x' as PoolId : 'a/x' as PoolId })) });
    const likewise = fc.array(query, { minLength: 1, maxLength: 4 }).map((asked) => asked.flatMap((one) => [one, elsewhere(one), one, elsewhere(one)]));
    const byOthers = calendar.map((claims) => claims.slice(0, 3).flatMap((one) => [{ ...one, pool: 'a/x' as PoolId }, { ...one, pool: 'b/x' as PoolId }]));
    fc.assert(fc.property(fc.oneof(fc.constant([]), calendar), byOthers, likewise, rules, (booked, used, asked, given) => {
      const room = new Overlay(used, grain).over(profileOf(booked));
      // An admission may know one host from another, so every way is looked at for it.
      const admission = { admits: () => true, retry: () => undefined };
      expect(planOffers({ queries: asked, rules: given }, room).map(keyOf)).toEqual(planOffers({ queries: asked, rules: { ...given, admission } }, room).map(keyOf));
    }), { numRuns: 200 });
  });

  it('looks at few of thousands of hosts where none has room at once, as long as they are alike', () => {
    const pools = Array.from({ length: 5000 }, (_, index) => `many/host${index}` as PoolId);
    const total = { cores: 4 };
    const profile = Profile.from({ version: 1, pools: pools.map((pool) => ({ pool, total })), bookings: [], open: [] }, { grain, horizon }, now);
    const used = pools.map((pool, index) => ({ pool, amount: { cores: 1 + (index % 2) }, interval: { start: now, end: index % 2 === 0 ? now + 50 : Infinity } }));
    const room = new Overlay(used, grain).over(profile);
    const [min, max, windows, duration] = [{ cores: 2 }, { cores: 4 }, [{ start: now, end: now + horizon }], { min: 5, max: 5 }];
    const asked = pools.map((pool): SlotQuery => ({ demands: [{ pool, min, max, during: 'run' }], windows, duration, lead: 0, trail: 0, notBefore: now }));
    let looks = 0;
    const counted: typeof room = { ...room, timelineOf: (pool, name) => { const usage = room.timelineOf(pool, name); return { shape: usage.shape, max: (...range) => usage.max(...range), firstAbove: (...range) => usage.firstAbove(...range), lastAbove: (...range) => { looks += 1; return usage.lastAbove(...range); } }; } };
    const offers = planOffers({ queries: asked, rules: { most: 2, spacing: 10 } }, counted);
    expect(offers.map(({ start, granted }) => ({ start, granted }))).toEqual([{ start: now, granted: { cores: 2 } }, { start: now + 50, granted: { cores: 4 } }]);
    expect(looks).toBeLessThan(100);
  });

  it('begins with the earliest start that there is, and offers nothing only where there is none', () => {
    fc.assert(fc.property(calendar, queries, rules, (booked, asked, given) => {
      const [first] = planOffers({ queries: asked, rules: given }, profileOf(booked));
      const earliest = Math.min(...asked.flatMap((one) => runs(booked, one)));
      expect(first?.start ?? Infinity).toBe(earliest);
    }), { numRuns: 500 });
  });

  it('leaves no later start out that is a spacing after the one before, while there may be more offers', () => {
    fc.assert(fc.property(calendar, query, rules, (booked, asked, given) => {
      const offers = planOffers({ queries: [asked], rules: given }, profileOf(booked));
      const offered = new Set(offers.map(({ start }) => start));
      if (offers.length === 0 || offers.length >= given.most) return;
      for (let start: Instant | undefined = offers[0]?.start; start !== undefined;) {
        expect(offered).toContain(start);
        const from: Instant = start + given.spacing;
        start = runs(booked, asked).find((one) => one >= from);
      }
    }), { numRuns: 500 });
  });

  it('has no offer that another one beats in size or length while it starts no later and has no less of anything', () => {
    fc.assert(fc.property(calendar, query, rules, (booked, asked, given) => {
      const offers = planOffers({ queries: [asked], rules: given }, profileOf(booked));
      const atSameStart = (a: Candidate, b: Candidate): boolean => a.start === b.start && a.duration <= b.duration && Object.keys(a.granted).every((name) => amountOf(a.granted, name) <= amountOf(b.granted, name));
      for (const one of offers) {
        const better = offers.filter((other) => other !== one && atSameStart(one, other));
        // The smallest at the earliest start stays beside a bigger one there: who asked for little may want little.
        expect(better.length === 0 || one.duration === asked.duration.min).toBe(true);
      }
    }), { numRuns: 500 });
  });

  it('offers the whole maximum where any start has room for it', () => {
    fc.assert(fc.property(calendar, query, (booked, asked) => {
      const whole = { ...asked, demands: asked.demands.map((one) => ({ ...one, min: one.max })) };
      if (asked.atMost !== undefined || !starts.some((start) => works(booked, whole, start, asked.duration.max))) return;
      const offers = planOffers({ queries: [asked], rules: { most: 6, spacing: 10 } }, profileOf(booked));
      const isWhole = ({ claims, duration }: Candidate): boolean => duration === asked.duration.max
        && claims.every(({ amount }, index) => ['cores', 'memory'].every((name) => amountOf(amount, name) === amountOf(asked.demands[index]?.max ?? {}, name)));
      expect(offers.some(isWhole)).toBe(true);
      expect(offers.some((one) => offers.every((other) => !isLarger(other, one)) && !isWhole(one))).toBe(false);
    }), { numRuns: 500 });
  });
});

describe('what would work', () => {
  it('is the first start for any of the queries, were there no windows', () => {
    fc.assert(fc.property(calendar, queries, (booked, asked) => {
      const whenever = asked.map((one) => ({ ...one, windows: [{ start: one.notBefore, end: now + horizon }] }));
      const expected = Math.min(...whenever.flatMap((one) => runs(booked, one)));
      expect(firstPossible(profileOf(booked), asked) ?? Infinity).toBe(expected);
    }), { numRuns: 500 });
  });

  it('is the largest amount of each resource that some start in the windows has, were it the only one that is wanted', () => {
    fc.assert(fc.property(calendar, query, (booked, asked) => {
      const [demand] = asked.demands;
      const single = { ...asked, demands: demand ? [demand] : [] };
      const free = { ...single, demands: single.demands.map((one) => ({ ...one, min: {} })) };
      const biggest = biggestPossible(profileOf(booked), single);
      expect(biggest !== undefined).toBe(runs(booked, free).length > 0);
      for (const name of ['cores', 'memory']) {
        if (biggest === undefined) return;
        const has = (amount: number): boolean => runs(booked, { ...single, demands: single.demands.map((one) => ({ ...one, min: { [name]: amount } })) }).length > 0;
        const cap = Math.min(amountOf(demand?.max ?? {}, name), amountOf(asked.atMost ?? {}, name) || Infinity);
        const expected = Array.from({ length: Math.max(0, cap) + 1 }, (_, amount) => amount).filter(has).at(-1) ?? 0;
        expect(amountOf(biggest, name)).toBe(expected);
      }
    }), { numRuns: 500 });
  });
});
