import { describe, expect, it } from 'vitest';
import type { RequestedSchedule } from '#model';
import { reasonText } from '#model';
import { Faults } from '../faults.js';
import { readTimes } from './requested-schedule.js';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse('2030-06-03T08:00:00Z');
const settings = { defaults: { duration: hour, window: 7 * day, cores: 1, memory: 1 }, longest: 7 * day, horizon: 60 * day };

function read(requested: RequestedSchedule | undefined) {
  const faults = new Faults();
  const times = readTimes(requested ? { schedule: { requested } } : {}, now, settings, faults);
  return { times, faults: faults.reasons.map((one) => ({ path: one.path, text: reasonText(one) })) };
}

describe('the requested schedule', () => {
  it('defaults to the next week and one hour', () => {
    expect(read(undefined).times).toMatchObject({ windows: [{ start: now, end: now + 7 * day }], duration: { min: hour, max: hour } });
  });

  it('takes a window of start and duration, closed at its end', () => {
    expect(read({ start: '2030-06-03T09:00:00Z/PT3H' }).times.windows).toEqual([{ start: now + hour, end: now + 4 * hour }]);
  });

  it('takes several windows, sorts them and joins those that overlap', () => {
    const { times } = read({ start: ['2030-06-04T09:00:00Z/PT1H', '2030-06-03T09:00:00Z/PT1H', '2030-06-03T09:30:00Z/PT1H'] });
    expect(times.windows).toEqual([{ start: now + hour, end: now + 2.5 * hour }, { start: now + day + hour, end: now + day + 2 * hour }]);
  });

  it('takes a bare instant as a start at exactly that time', () => {
    expect(read({ start: '2030-06-03T11:30:00Z' }).times.windows).toEqual([{ start: now + 3.5 * hour, end: now + 3.5 * hour }]);
  });

  it('cuts a window that has begun at now', () => {
    expect(read({ start: '2030-06-03T07:00:00Z/PT2H' }).times.windows).toEqual([{ start: now, end: now + hour }]);
  });

  it('reads zone-less times as UTC and says so', () => {
    const { times } = read({ start: '2030-06-03T09:00:00/PT1H' });
    expect(times.windows[0]?.start).toBe(now + hour);
    expect(times.remarks.map(reasonText)[0]).toMatch(/no time zone/);
  });

  it('takes a minimum and a maximum duration', () => {
    expect(read({ duration: { min: 'PT1H', max: 'PT4H' } }).times.duration).toEqual({ min: hour, max: 4 * hour });
  });

  it.each([
    ['a window in the past', { start: '2030-06-03T06:00:00Z/PT1H' }, 'schedule.requested.start', /ended before now/],
    ['a reversed window', { start: '2030-06-03T10:00:00Z/2030-06-03T09:00:00Z' }, 'schedule.requested.start', /ends before it starts/],
    ['a repeating window', { start: 'R5/2030-06-03T10:00:00Z/PT1H' }, 'schedule.requested.start', /repeats/],
    ['duration/end', { start: 'PT1H/2030-06-03T10:00:00Z' }, 'schedule.requested.start', /begins with a duration/],
    ['nonsense', { start: 'tomorrow' }, 'schedule.requested.start', /time of day/],
    ['the second of two windows', { start: ['2030-06-03T09:00:00Z/PT1H', 'x'] }, 'schedule.requested.start[1]', /time of day/],
    ['a start beyond the calendar', { start: '2031-06-03T09:00:00Z/PT1H' }, 'schedule.requested.start', /beyond the calendar/],
    ['P1H', { duration: 'P1H' }, 'schedule.requested.duration', /PT1H/],
    ['a zero duration', { duration: 'PT0S' }, 'schedule.requested.duration', /greater than zero/],
    ['a negative duration', { duration: '-PT1H' }, 'schedule.requested.duration', /negative/],
    ['a gigantic duration', { duration: 'P999999999999Y' }, 'schedule.requested.duration', /too long|longer than this node/],
    ['a duration beyond the limit', { duration: 'P30D' }, 'schedule.requested.duration', /at most P7D/],
    ['min above max', { duration: { min: 'PT2H', max: 'PT1H' } }, 'schedule.requested.duration', /longer than the maximum/],
  ])('refuses %s and names field and fix', (_, requested, path, text) => {
    const { faults } = read(requested as RequestedSchedule);
    expect(faults[0]?.path).toBe(path);
    expect(faults[0]?.text).toMatch(text);
  });
});
