import { expect, test } from 'vitest';
import { HandClock } from '#runtime/testing';
import { Waves } from './waves.js';

test('what comes alone goes at once, what comes soon after goes together with the next wave', async () => {
  const clock = new HandClock(0);
  const waves = new Waves(clock, 500);
  const gone: string[] = [];
  const joins = (name: string): Promise<void> => waves.join().then(() => { gone.push(name); });
  await joins('first');
  const a = joins('a');
  await clock.advance(499);
  const b = joins('b');
  expect(gone).toEqual(['first']);
  await clock.advance(1);
  await Promise.all([a, b]);
  await clock.advance(500);
  await joins('alone');
  expect(gone).toEqual(['first', 'a', 'b', 'alone']);
});

test('a clock that is set back holds up nothing', async () => {
  let now = 10_000;
  const waves = new Waves({ now: () => now, sleep: () => new Promise(() => undefined) }, 500);
  for (const shown of [10_000, 4_000, 9_000]) {
    now = shown;
    await waves.join();
  }
});
