import type { Clock } from '#model';
import { setTimeout as wait } from 'node:timers/promises';

/** Longest single timer that Node keeps (2^31 - 1 ms); longer sleeps are made of several. */
const longestTimer = 2_147_483_647;

/** The machine's clock. The only place that reads it or sets timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(length, signal) {
    for (let left = Math.max(0, length); ; left -= longestTimer) {
      await wait(Math.min(left, longestTimer), undefined, signal ? { signal } : {});
      if (left <= longestTimer) return;
    }
  },
};
