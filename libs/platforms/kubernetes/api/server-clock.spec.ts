import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ServerClock } from './server-clock.js';

const now = Date.UTC(2030, 5, 3, 8);
const dateAt = (instant: number): string => new Date(instant).toUTCString();

test('the clock of a server is known to a second by one answer, and closer by each that follows', () => {
  const answers = fc.array(fc.record({ after: fc.nat(10_000), there: fc.nat(300), back: fc.nat(300) }), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(fc.integer({ min: -120_000, max: 120_000 }), answers, (ahead, all) => {
    const clock = new ServerClock();
    let [at, error] = [now, Number.POSITIVE_INFINITY];
    for (const { after, there, back } of all) {
      const asked = at + after;
      at = asked + there + back;
      clock.note(dateAt(asked + there + ahead), asked, at);
      error = Math.min(error, 500 + there + back);
      // What is less than a second can't be told from nothing.
      expect(Math.abs(clock.ahead - ahead)).toBeLessThanOrEqual(clock.ahead === 0 ? 1_000 + error : error + 1);
    }
  }));
});

test('a clock that is set is believed at the next answer', () => {
  const clock = new ServerClock();
  clock.note(dateAt(now), now, now + 10);
  expect(clock.ahead).toBe(0);
  clock.note(dateAt(now + 60_000), now, now + 10);
  expect(Math.abs(clock.ahead - 60_500)).toBeLessThanOrEqual(10);
});

test('a date that is none tells nothing', () => {
  const clock = new ServerClock();
  clock.note('soon', now, now);
  expect(clock.ahead).toBe(0);
});
