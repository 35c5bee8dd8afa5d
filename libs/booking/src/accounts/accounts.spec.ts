import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OfferSetId, SessionId } from '#model';
import type { AccountLimit } from '#plugin-sdk';
import { exceededBy } from './account-limits.js';
import { AccountBook, accountPool, isAccount } from './accounts.js';
import type { Claim } from '../booking.js';

const grain = 300_000;
const hour = 3_600_000;
const pool = accountPool('quota/alice');
const claimOf = (start: number, length: number, cores: number): Claim => ({ pool, interval: { start: start * grain, end: (start + length) * grain }, amount: { cores } });
const drawn = fc.record({ start: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 1, max: 30 }), cores: fc.integer({ min: 1, max: 9 }) });
const firm = fc.array(drawn, { maxLength: 6 });
const sets = fc.array(fc.array(drawn, { minLength: 1, maxLength: 3 }), { maxLength: 4 });
type Drawn = { readonly start: number; readonly length: number; readonly cores: number };

function bookOf(bookings: readonly Drawn[], open: readonly (readonly Drawn[])[]): AccountBook {
  const book = new AccountBook(grain);
  bookings.forEach((one, index) => { book.putBooking(`s${index}` as SessionId, undefined, [claimOf(one.start, one.length, one.cores)]); });
  open.forEach((alternatives, index) => { book.putSet(`o${index}` as OfferSetId, undefined, alternatives.map((one, at) => ({ index: at, claims: [claimOf(one.start, one.length, one.cores)] }))); });
  return book;
}
const usedAt = (slot: number, bookings: readonly Drawn[], open: readonly (readonly Drawn[])[]): number => {
  const at = ({ start, length, cores }: Drawn): number => (start <= slot && slot < start + length ? cores : 0);
  return bookings.reduce((sum, one) => sum + at(one), 0) + open.reduce((sum, all) => sum + Math.max(...all.map(at)), 0);
};
const hoursOf = ({ start, length, cores }: Drawn, from: number, until: number): number => (Math.max(0, Math.min(until, start + length) - Math.max(from, start)) * grain * cores) / hour;

describe('accounts', () => {
  it('are pools with a name of their own', () => {
    expect([isAccount(pool), isAccount('stage/main' as never)]).toEqual([true, false]);
  });

  it('use at once what counting slot by slot gives', () => {
    fc.assert(fc.property(firm, sets, fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 30 }), (bookings, open, from, length) => {
      const slots = Array.from({ length }, (_, index) => usedAt(from + index, bookings, open));
      expect(bookOf(bookings, open).mostAtOnce(pool, 'cores', { start: from * grain, end: (from + length) * grain })).toBe(Math.max(...slots));
    }));
  });

  it('spend in a window what summing up gives, of a set the dearest offer', () => {
    fc.assert(fc.property(firm, sets, fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 30 }), (bookings, open, from, length) => {
      const sum = bookings.reduce((all, one) => all + hoursOf(one, from, from + length), 0) + open.reduce((all, one) => all + Math.max(...one.map((each) => hoursOf(each, from, from + length))), 0);
      expect(bookOf(bookings, open).spent(pool, 'cores', { start: from * grain, end: (from + length) * grain })).toBeCloseTo(sum, 6);
    }));
  });

  it('are empty again when everything is taken back', () => {
    fc.assert(fc.property(firm, sets, (bookings, open) => {
      const book = bookOf(bookings, open);
      bookings.forEach((one, index) => { book.putBooking(`s${index}` as SessionId, [claimOf(one.start, one.length, one.cores)], undefined); });
      open.forEach((all, index) => { book.putSet(`o${index}` as OfferSetId, all.map((one, at) => ({ index: at, claims: [claimOf(one.start, one.length, one.cores)] })), undefined); });
      expect([book.edges(pool), book.named(''), book.openSets(pool)]).toEqual([[], [], 0]);
    }));
  });

  it('of a sliding period are judged by their fullest window, wherever that lies', () => {
    fc.assert(fc.property(firm, drawn, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 60 }), (bookings, wanted, length, most) => {
      const limit: AccountLimit = { kind: 'sliding', length: length * grain, most: { cores: most } };
      const all = [...bookings, wanted];
      let isOver = false;
      // By half grains, so that windows which begin between edges are tried too; from the first that touches what is wanted to the last.
      for (let from = wanted.start - length; from <= wanted.start + wanted.length; from += 0.5) {
        if (all.reduce((sum, one) => sum + hoursOf(one, from, from + length), 0) > most + 1e-6) isOver = true;
      }
      expect(exceededBy(bookOf(bookings, []), claimOf(wanted.start, wanted.length, wanted.cores), [limit]) !== undefined).toBe(isOver);
    }), { numRuns: 1_000 });
  });
});
