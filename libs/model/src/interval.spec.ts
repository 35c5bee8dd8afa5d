import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatInstant, formatInterval, parseDuration, parseInstant, parseInterval } from './interval.js';

describe('ISO 8601 in and out', () => {
  it('reads every duration that it writes', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), (length) => {
      expect(parseDuration(formatDuration(length), 0)).toEqual({ ok: true, value: length });
    }));
  });

  it('reads plain durations as every other form of them', () => {
    const part = fc.option(fc.nat({ max: 999_999 }), { nil: undefined });
    fc.assert(fc.property(part, part, part, part, (days, hours, minutes, seconds) => {
      const time = [hours === undefined ? '' : `${hours}H`, minutes === undefined ? '' : `${minutes}M`, seconds === undefined ? '' : `${seconds}S`].join('');
      const text = `P${days === undefined ? '' : `${days}D`}${time === '' ? '' : `T${time}`}`;
      expect(parseDuration(text, 0)).toMatchObject(parseDuration(` ${text}`, 0));
    }));
    for (const text of ['P', 'PT', 'P1DT', 'P1H', '1H', 'PT1H30']) expect(parseDuration(text, 0).ok).toBe(parseDuration(` ${text}`, 0).ok);
  });

  it('reads every instant that it writes', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (at) => {
      expect(parseInstant(formatInstant(at))).toEqual({ ok: true, value: at });
    }));
  });

  it('reads every interval that it writes', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), fc.integer({ min: 0, max: 1e10 }), (start, length) => {
      expect(parseInterval(formatInterval({ start, end: start + length }))).toEqual({ ok: true, value: { start, end: start + length } });
    }));
  });

  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      for (const read of [parseInstant, parseInterval, (one: string) => parseDuration(one, 0)]) expect(typeof read(text).ok).toBe('boolean');
    }));
  });

  it('writes durations in days and less, never in months', () => {
    expect([formatDuration(0), formatDuration(90_000), formatDuration(40 * 86_400_000), formatDuration(1500)]).toEqual(['PT0S', 'PT1M30S', 'P40D', 'PT1.5S']);
  });

  it('reads every form of a zone, and no zone that there is not', () => {
    const nine = { ok: true, value: Date.parse('2030-06-03T09:00:00Z') };
    for (const text of ['2030-06-03T09:00:00Z', '2030-06-03T11:00:00+02:00', '2030-06-03T11:00:00+0200', '2030-06-03T11:00+02', '20300603T0730-0130']) expect(parseInstant(text), text).toEqual(nine);
    expect(parseInstant('2030-06-03T09:00')).toMatchObject({ ...nine, warning: expect.stringContaining('no time zone') as string });
    for (const text of ['2030-06-03T09:00:00+24:00', '2030-06-03T09:00:00-01:60', '2030-06-03T09:00:00+99']) expect(parseInstant(text).ok, text).toBe(false);
  });

  it('reads fractions with a point and with a comma, as ISO 8601 allows both', () => {
    for (const text of ['PT1.5M', 'PT1,5M', 'PT90,0S', 'PT0.025H']) expect(parseDuration(text, 0), text).toEqual({ ok: true, value: 90_000 });
  });

  it('takes an elided end', () => {
    expect(parseInterval('2030-06-03T11:30Z/T12:00Z')).toEqual({ ok: true, value: { start: Date.parse('2030-06-03T11:30Z'), end: Date.parse('2030-06-03T12:00Z') } });
  });
});
