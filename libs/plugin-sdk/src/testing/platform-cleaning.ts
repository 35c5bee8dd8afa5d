/** Cancel and release from every point, twice, and nothing is left. */
import { describe, expect, test } from 'vitest';
import type { Handle } from '../platform.js';
import type { PlatformSuite, PlatformWorld } from './platform-suite.js';
import { quietWork } from './platform-suite.js';
import { stopped } from './platform-endings.js';

type Point = 'nothing was done' | 'it is prepared' | 'it was started' | 'it runs' | 'it has ended';
const points: readonly Point[] = ['nothing was done', 'it is prepared', 'it was started', 'it runs', 'it has ended'];

export function cleaningSentences<Config>(suite: PlatformSuite<Config>, world: () => PlatformWorld<Config>): void {
  describe('cleaning up', () => {
    test.for(points)('release leaves nothing after %s, also the second time', async (point) => {
      const handle = await reach(suite, world(), point);
      await world().expectClean(handle);
      expect((await world().see(handle)).seen).toBe('gone');
      await world().expectClean(handle);
    });
    test.for(points)('cancel is safe after %s, also the second time', async (point) => {
      const handle = await reach(suite, world(), point);
      if (point !== 'it is prepared') await stopped(world(), handle);
      await world().during(world().platform.cancel(handle));
      await world().during(world().platform.cancel(handle));
      expect((await world().see(handle)).seen).not.toBe('running');
      await world().expectClean(handle);
    });
    test('what a lost answer left behind is found by the session identifier alone', async () => {
      const plan = await world().plan(suite.payloads.runsLong);
      await world().prepare(plan);
      await world().restart();
      await world().expectClean(world().platform.handleOf(plan));
    });
    test.skipIf(!suite.payloads.preparesLong)('a prepare that is aborted stops, and its remains can be released', async () => {
      const plan = await world().plan(suite.payloads.preparesLong ?? suite.payloads.runsLong);
      const abort = new AbortController();
      const preparing = world().platform.prepare(plan, quietWork(abort.signal));
      preparing.catch(() => undefined);
      await suite.pass(world().host);
      abort.abort(new Error('not wanted any more'));
      await expect(world().during(preparing)).rejects.toThrow();
      await world().expectClean(world().platform.handleOf(plan));
    });
  });
}

async function reach<Config>(suite: PlatformSuite<Config>, world: PlatformWorld<Config>, point: Point): Promise<Handle> {
  if (point === 'nothing was done') return world.platform.handleOf(await world.plan(suite.payloads.runsLong));
  if (point === 'it is prepared') return world.prepare(await world.plan(suite.payloads.runsLong));
  if (point === 'it was started') return world.started(suite.payloads.runsLong);
  const handle = await world.started(point === 'it runs' ? suite.payloads.runsLong : suite.payloads.succeeds);
  if (point === 'it runs') await world.until(handle, (seen) => seen.seen === 'running');
  else await world.untilEnded(handle);
  return handle;
}
