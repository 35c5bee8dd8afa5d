/** A replica that slept in the middle of a step, past its lease, and wakes when another one has carried the session to its end. */
import { expect, test } from 'vitest';
import type { Handle, Platform } from '#plugin-sdk';
import { SessionsWorld } from './sessions-world.js';
import type { Wrap } from './sessions-world.js';

type Step = 'prepare' | 'approach' | 'start' | 'cancel' | 'release' | 'logs';

/** A platform that calls `before` ahead of one step, the first time. */
function beforeStep(step: Step, before: () => Promise<void>): Wrap {
  let isFirst = true;
  const once = async (): Promise<void> => {
    if (!isFirst) return;
    isFirst = false;
    await before();
  };
  return (platform) => {
    if (step === 'logs') return Object.assign(Object.create(platform) as Platform, { logs: lateLogs(platform, once) });
    const original = (platform[step] as Platform['start']).bind(platform) as unknown as (...values: unknown[]) => Promise<Handle | void>;
    return Object.assign(Object.create(platform) as Platform, { [step]: async (...values: unknown[]) => { await once(); return original(...values); } });
  };
}

function lateLogs(platform: Platform, before: () => Promise<void>): NonNullable<Platform['logs']> {
  return async function* (handle, options) {
    await before();
    yield* platform.logs?.(handle, options) ?? [];
  };
}

test.for(['prepare', 'approach', 'start', 'cancel', 'release', 'logs'] as const)('asleep in the middle of %s, it doubles nothing and overwrites nothing when it wakes', async (step) => {
  let frozen: ReturnType<SessionsWorld['freeze']> | undefined;
  const world: SessionsWorld = await SessionsWorld.open(beforeStep(step, () => (frozen = world.freeze()).asleep), { timing: { lease: 4_000 } });
  const id = await world.accept({ prepare: 'PT2S', run: 'forever', log: ['hello'] }, { after: 10, length: 20, preparing: 2 });
  for (let tries = 0; tries < 200 && !frozen; tries += 1) await world.moveOn(500);
  const first = world.tasks;
  world.boot();
  for (let tries = 0; tries < 200 && (await world.record(id)).work.stage !== 'settled'; tries += 1) await world.moveOn(500);
  expect(frozen).toBeDefined();
  const settled = await world.record(id);
  const events = await world.store.events(id, 0, 100);
  frozen?.wake();
  for (let tries = 0; tries < 20; tries += 1) await world.moveOn(1_000);
  expect(await world.record(id)).toEqual(settled);
  expect(await world.store.events(id, 0, 100)).toEqual(events);
  expect(await world.store.keptLog(id)).toBe('hello\n');
  expect(await world.phases(id)).toEqual(['ACCEPTED', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING', 'COMPLETED']);
  expect(world.leftovers()).toEqual([]);
  await Promise.all([first.stop(), world.close()]);
});

test('a clock that is set back lets nothing rest until it is as late again', async () => {
  const world = await SessionsWorld.open();
  const id = await world.accept({ run: 'PT30S' }, { after: 5, length: 600 });
  await world.passUntil(id, 'RUNNING');
  const later = await world.accept({ run: 'PT5S' }, { after: 120, length: 600 });
  await world.clock.moveTo(world.clock.now() - 3_600_000);
  await world.tasks.cancel(id);
  for (let tries = 0; tries < 10; tries += 1) await world.moveOn(1_000);
  expect((await world.record(id)).work.stage).toBe('settled');
  expect(await world.phase(later)).toBe('WAITING');
  await world.passUntilSettled(id);
  await world.close();
});
