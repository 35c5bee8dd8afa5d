import { describe, expect, it } from 'vitest';
import { BrokerError, formatInstant } from '#model';
import type { CalendarEntryId } from '#model';
import { readEntry } from './read-entry.js';

const given = { id: '00000000-0000-4000-8000-000000000001' as CalendarEntryId, now: Date.parse('2030-03-01T00:00:00Z') };
const course = { kind: 'block', pool: 'stage/main', amounts: { cores: 50 }, group: 'ws', when: '2030-03-28T13:45:00Z/2030-03-28T17:00:00Z' };

function faultsOf(raw: unknown): readonly string[] {
  try {
    readEntry(raw, given);
    return [];
  } catch (error) {
    if (error instanceof BrokerError && error.word === 'malformed') return error.reasons.map((one) => one.path ?? '');
    throw error;
  }
}

describe('an entry of the calendar', () => {
  it('repeats by the clock of its zone, over a change of the clocks', () => {
    const { times } = readEntry({ ...course, repeat: { count: 2, every: 'P7D', zone: 'Europe/London' } }, given);
    expect(times.map((one) => formatInstant(one.start))).toEqual(['2030-03-28T13:45:00Z', '2030-04-04T12:45:00Z']);
  });

  it('leaves out what is over, and is refused when nothing is left', () => {
    const { times } = readEntry({ kind: 'maintenance', pool: 'stage/main', when: ['2030-02-01T00:00:00Z/PT1H', '2030-04-01T00:00:00Z/PT1H'] }, given);
    expect(times).toHaveLength(1);
    expect(faultsOf({ kind: 'maintenance', pool: 'stage/main', when: '2030-02-01T00:00:00Z/PT1H' })).toEqual(['when']);
  });

  it('with a bare start is for good', () => {
    expect(readEntry({ kind: 'maintenance', pool: 'stage/main', when: '2030-04-01T00:00:00Z' }, given).times).toEqual([{ start: Date.parse('2030-04-01T00:00:00Z') }]);
  });

  it.each([
    ['a shape that is not known', { kind: 'party' }, ['kind', 'pool', 'when']],
    ['nothing', undefined, ['']],
    ['a list', [], ['']],
    ['a block without group and end', { ...course, group: undefined, when: '2030-03-28T13:45:00Z' }, ['group', 'when']],
    ['a block for a group that nobody can be in', { ...course, group: 'w\0s' }, ['group']],
    ['terms of a block on maintenance', { ...course, kind: 'maintenance', grace: 'PT1M' }, ['grace', 'group']],
    ['growth by force and without amounts', { kind: 'growth', pool: 'stage/main', when: '2030-04-01T00:00:00Z', force: true }, ['amounts', 'force']],
    ['times that overlap', { ...course, when: [course.when, '2030-03-28T16:00:00Z/PT4H'] }, ['when']],
    ['repeats that overlap', { ...course, repeat: { count: 2, every: 'PT1H' } }, ['when']],
    ['repeats that go nowhere', { ...course, repeat: { count: 2, every: 'often', zone: 'Mars/Olympus' } }, ['repeat.every', 'repeat.zone']],
    ['an empty time', { ...course, when: '2030-03-28T16:00:00Z/PT0S' }, ['when']],
    ['a negative amount', { ...course, amounts: { cores: -1 } }, ['amounts.cores']],
    ['a key that nobody knows', { ...course, colour: 'red' }, ['colour']],
  ])('is refused for %s, with the path', (_what, raw, paths) => {
    expect([...new Set(faultsOf(raw))].sort()).toEqual(paths);
  });
});
