import { expect, it } from 'vitest';
import { rankingTime } from './ranker.js';

it('the time of a ranking is taken off that of the members, who keep at least half of it', () => {
  expect(rankingTime(undefined, 5_000)).toBe(0);
  expect(rankingTime({ within: 250 }, 5_000)).toBe(250);
  expect(rankingTime({ within: 9_000 }, 5_000)).toBe(2_500);
  expect(rankingTime({ within: 250 }, 1)).toBe(0);
});
