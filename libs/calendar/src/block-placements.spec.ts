import { describe, expect, it } from 'vitest';
import type { CalendarEntry, CalendarEntryId, PoolId, Requester } from '#model';
import { anonymous } from '#model';
import { placeOnBlocks } from './block-placements.js';
import type { Placeable } from './block-placements.js';

const hour = 3_600_000;
const pool = 'stage/main' as PoolId;
const learner: Requester = { ...anonymous, groups: ['ws'] };
const block: CalendarEntry = {
  id: '00000000-0000-4000-8000-000000000001' as CalendarEntryId, name: 'ws', kind: 'block', pool, amounts: { cores: 50 }, times: [{ start: 10 * hour, end: 13 * hour }],
  forced: false, created: 0, block: { group: 'ws', grace: hour, whenFull: 'refuse' },
};
const place: Placeable = { demands: [{ pool, min: { cores: 2, memory: 4 }, max: { cores: 2, memory: 8 }, during: 'stay' }], remarks: [] };

describe('placements on blocks', () => {
  it('come first for the group, and take from the block what it has and the rest from its pool', () => {
    const [first] = placeOnBlocks([place], [block], { requester: learner, now: 0 });
    expect(first?.demands).toEqual([
      { pool: 'stage/block-ws', min: { cores: 2 }, max: { cores: 2 }, during: 'stay' }, { pool, min: { memory: 4 }, max: { memory: 8 }, during: 'stay' },
    ]);
    expect(first?.runs).toEqual([{ start: 10 * hour, end: 13 * hour }]);
  });

  it('are none for others, none on other pools, and none when the block is over or given up', () => {
    expect(placeOnBlocks([place], [block], { requester: anonymous, now: 0 })).toEqual([place]);
    expect(placeOnBlocks([place], [{ ...block, pool: 'stage/gpu' as PoolId }], { requester: learner, now: 0 })).toEqual([place]);
    expect(placeOnBlocks([place], [block], { requester: learner, now: 14 * hour })).toEqual([place]);
    expect(placeOnBlocks([place], [{ ...block, ended: 0 }], { requester: learner, now: 0 })).toEqual([place]);
  });

  it('leave the group nothing else while such a block lasts, until it is given back', () => {
    const general = (now: number): Placeable | undefined => placeOnBlocks([place], [block], { requester: learner, now })[1];
    expect(general(0)?.runs?.some((run) => run.start < 13 * hour && run.end > 10 * hour)).toBe(false);
    expect(general(0)?.runs).toHaveLength(2);
    expect(general(11 * hour)?.runs?.some((run) => run.start <= 10 * hour && run.end >= 13 * hour)).toBe(true);
  });
});
